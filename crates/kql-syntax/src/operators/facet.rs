//! `facet`: the tree node and its parser.

use crate::tree::Expr;

/// `facet by a, b with (operators)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    pub by: Vec<Expr>,
    pub with: Option<Box<Expr>>,
}
