//! `in`, `in~`, `has_any`, `has_all` and their negations, over value lists.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
