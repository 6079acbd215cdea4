//! Member and element access of `dynamic` values.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
