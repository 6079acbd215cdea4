//! `project`: the tree node and its parser.

use crate::tree::Expr;

/// `project a, b = x, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub columns: Vec<Expr>,
}
