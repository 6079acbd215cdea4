//! `reduce`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `reduce kind=source by x with threshold=…, characters=…`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    pub parameters: Vec<Parameter>,
    pub by: Expr,
    pub properties: Vec<Parameter>,
}
