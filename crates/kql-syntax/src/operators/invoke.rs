//! `invoke`: the tree node and its parser.

use crate::tree::Expr;

/// `invoke function(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke {
    pub function: Expr,
}
