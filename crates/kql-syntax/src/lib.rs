//! KQL as text: tokens, the syntax tree with byte spans, diagnostics.
//!
//! Parsing is a pure function of the text and never fails: what cannot be parsed becomes an error node
//! in the tree and a diagnostic with its place, and parsing goes on at the next pipe or semicolon.
//! This crate knows nothing of column types, tables, Arrow or files.

pub mod codes;
pub mod diagnostic;
mod format;
mod keywords;
pub mod lexer;
pub mod operators;
mod parser;
pub mod render;
mod span;
mod string_literal;
pub mod tree;
mod tree_text;

pub use diagnostic::{Diagnostic, Severity};
pub use format::{format, layout};
pub use operators::{Operator, OperatorKind};
pub use parser::{Parsed, parse};
pub use span::Span;
pub use tree_text::tree_text;
