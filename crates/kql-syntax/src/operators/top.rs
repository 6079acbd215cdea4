//! `top`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `top n by a desc, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Top {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
    pub by: Vec<Expr>,
}
