//! base64, URL, hexadecimal and compression.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
