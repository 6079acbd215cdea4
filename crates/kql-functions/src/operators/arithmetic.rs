//! `+ - * / %` and unary minus.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
