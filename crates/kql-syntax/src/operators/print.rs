//! `print`: the tree node and its parser.

use crate::tree::Expr;

/// `print a = x, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Print {
    pub columns: Vec<Expr>,
}
