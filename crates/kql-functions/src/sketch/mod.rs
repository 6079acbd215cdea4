//! Sketches of many values in little space, and the functions that read and merge them.
//!
//! A sketch is a `dynamic` value in the form that Kusto shows: `hll()` gives `[[1024,14],["hash", …],[…]]`, `tdigest()`
//! gives `[[7],[value, …],[weight, …]]`.

use crate::Function;

pub mod digest;
mod digest_functions;
pub mod distinct;
mod distinct_functions;
pub mod registers;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[distinct_functions::FUNCTIONS, digest_functions::FUNCTIONS];
