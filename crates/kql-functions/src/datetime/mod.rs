//! Functions over points in time and spans of it.

use crate::Function;

mod boundaries;
mod clock;
mod format;
mod make;
mod parts;
mod time_zone;
mod unit;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    clock::FUNCTIONS,
    boundaries::FUNCTIONS,
    parts::FUNCTIONS,
    unit::FUNCTIONS,
    make::FUNCTIONS,
    format::FUNCTIONS,
    time_zone::FUNCTIONS,
];
