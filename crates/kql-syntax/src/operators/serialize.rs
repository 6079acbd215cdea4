//! `serialize`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `serialize a = row_number(), …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Serialize {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<Expr>,
}
