//! `summarize`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `summarize a = agg(), … by b, bin(c, 1h), …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Summarize {
    pub parameters: Vec<Parameter>,
    pub aggregations: Vec<Expr>,
    pub by: Vec<Expr>,
}
