//! `join`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `join kind=inner hint.strategy=shuffle (right) on conditions`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub parameters: Vec<Parameter>,
    pub right: Box<Expr>,
    pub condition: JoinCondition,
}

/// What joins the two sides.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinCondition {
    /// `on a, $left.b == $right.c`.
    On(Vec<Expr>),
    /// `where predicate`.
    Where(Expr),
    /// Nothing was written.
    Missing,
}
