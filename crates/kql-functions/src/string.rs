//! Strings: length, case, cutting, joining, replacing, searching.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
