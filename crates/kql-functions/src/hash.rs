//! `hash`, `hash_md5`, `hash_sha256` and their like.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
