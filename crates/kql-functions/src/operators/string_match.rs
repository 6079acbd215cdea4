//! `has`, `contains`, `startswith`, `endswith`, `matches regex` and their variants.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
