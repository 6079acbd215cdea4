//! The commands, one file each.

pub mod check;
pub mod functions;
pub mod query;
pub mod run;
pub mod tables;
