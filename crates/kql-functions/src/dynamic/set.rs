//! `set_*` and `jaccard_index`.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
