//! Functions over arrays. What is not an array where one is asked for gives null, unless a function says otherwise.

pub mod cut;
pub mod make;
pub mod measure;
pub mod sort;
