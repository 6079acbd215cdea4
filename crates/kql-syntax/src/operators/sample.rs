//! `sample`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `sample n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
}
