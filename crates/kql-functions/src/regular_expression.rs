//! `extract`, `extract_all`, `replace_regex` and their like.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
