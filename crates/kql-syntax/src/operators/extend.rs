//! `extend`: the tree node and its parser.

use crate::tree::Expr;

/// `extend a = x, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Extend {
    pub columns: Vec<Expr>,
}
