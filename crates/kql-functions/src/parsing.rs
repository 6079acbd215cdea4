//! `parse_json`, `parse_url`, `parse_path` and the other `parse_*` functions.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
