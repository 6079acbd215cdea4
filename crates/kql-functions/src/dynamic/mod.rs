//! Functions over `dynamic` values: paths, arrays, bags, sets.

use crate::Function;

mod array;
mod bag;
mod path;
mod set;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[path::FUNCTIONS, array::FUNCTIONS, bag::FUNCTIONS, set::FUNCTIONS];
