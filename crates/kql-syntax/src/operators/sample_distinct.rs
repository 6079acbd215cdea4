//! `sample-distinct`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `sample-distinct n of x`.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleDistinct {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
    pub of: Expr,
}
