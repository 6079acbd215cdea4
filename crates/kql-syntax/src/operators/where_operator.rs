//! `where`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `where predicate` and `filter predicate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Where {
    pub parameters: Vec<Parameter>,
    pub predicate: Expr,
}
