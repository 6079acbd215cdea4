//! `iff`, `case`, `coalesce`, `isnull`, `isempty` and their like.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
