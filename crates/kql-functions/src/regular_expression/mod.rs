//! `extract`, `extract_all`, `replace_regex`, `trim` and their like.
//!
//! Patterns are written in RE2's syntax and match in linear time.

use crate::Function;

mod extract;
mod trim;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[extract::FUNCTIONS, trim::FUNCTIONS];
