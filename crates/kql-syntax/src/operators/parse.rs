//! `parse`: the tree node and its parser.

use crate::Span;
use crate::tree::{Expr, Name, Parameter, TypeName};

/// `parse kind=regex flags=i x with * "text" name: type …`, and `parse-where`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    pub parameters: Vec<Parameter>,
    pub only_matches: bool,
    pub source: Expr,
    pub pattern: Vec<ParsePart>,
}

/// A part of a parse pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum ParsePart {
    /// `*`: anything.
    Star(Span),
    /// A string constant.
    Text(Expr),
    /// `name` or `name: type`.
    Column { name: Name, column_type: Option<TypeName> },
}
