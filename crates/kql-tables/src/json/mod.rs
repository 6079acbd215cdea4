//! Reading JSON text in place: where values begin and end, without building a tree.

mod keys;
mod span;
mod text;
mod value;

pub(crate) use keys::{Keys, RowScanner, members, read_key};
pub(crate) use span::{Span, Spans};
pub(crate) use text::string_content;
pub(crate) use value::{Kind, RawValue, Strings, skip_value, skip_value_with, skip_whitespace};

/// What is wrong with a JSON text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// Offset in bytes.
    pub at: usize,
    pub message: &'static str,
}

impl JsonError {
    pub(crate) fn new(at: usize, message: &'static str) -> JsonError {
        JsonError { at, message }
    }
}
