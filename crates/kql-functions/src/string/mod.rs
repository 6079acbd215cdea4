//! Strings: length, case, cutting, joining, replacing, searching.
//!
//! Lengths and positions count code points.

use crate::Function;

mod case;
mod code_points;
mod concatenate;
mod cut;
mod format;
mod measure;
mod position;
mod replace;
mod search;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    measure::FUNCTIONS,
    case::FUNCTIONS,
    concatenate::FUNCTIONS,
    cut::FUNCTIONS,
    search::FUNCTIONS,
    replace::FUNCTIONS,
    code_points::FUNCTIONS,
    format::FUNCTIONS,
];
