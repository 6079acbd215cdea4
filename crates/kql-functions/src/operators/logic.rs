//! `and`, `or` and `not`.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
