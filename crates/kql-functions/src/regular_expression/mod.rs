//! `extract`, `extract_all`, `replace_regex`, `trim` and their like.

use crate::Function;

mod extract;
mod extract_all;
mod extract_json;
mod replace;
mod trim;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] =
    &[extract::FUNCTIONS, extract_all::FUNCTIONS, extract_json::FUNCTIONS, replace::FUNCTIONS, trim::FUNCTIONS];
