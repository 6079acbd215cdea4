//! `sort`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `sort by a asc nulls first, …` and `order by …`; each key is an [`ExprKind::Ordered`](crate::tree::ExprKind::Ordered) or a plain expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    pub parameters: Vec<Parameter>,
    pub by: Vec<Expr>,
}
