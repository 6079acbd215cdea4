//! `distinct`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `distinct a, b` and `distinct *` (a [`ExprKind::Star`](crate::tree::ExprKind::Star)).
#[derive(Clone, Debug, PartialEq)]
pub struct Distinct {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<Expr>,
}
