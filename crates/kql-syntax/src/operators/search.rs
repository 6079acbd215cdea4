//! `search`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `search kind=case_sensitive in (T, U) PREDICATE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    pub parameters: Vec<Parameter>,
    pub tables: Vec<Expr>,
    pub predicate: Expr,
}
