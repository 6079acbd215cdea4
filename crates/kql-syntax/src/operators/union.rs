//! `union`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `union kind=outer withsource=S isfuzzy=true T, U*, (query)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Union {
    pub parameters: Vec<Parameter>,
    pub tables: Vec<Expr>,
}
