//! `take`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `take n` and `limit n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
}
