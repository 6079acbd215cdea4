//! `top-hitters`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `top-hitters n of x by weight`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopHitters {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
    pub of: Expr,
    pub by: Option<Expr>,
}
