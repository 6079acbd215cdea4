//! `range`: the tree node and its parser.

use crate::tree::{Expr, Name};

/// `range x from a to b step s`.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    pub column: Name,
    pub from: Expr,
    pub to: Expr,
    pub step: Expr,
}
