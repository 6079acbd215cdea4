//! `project-keep`: the tree node and its parser.

use crate::tree::Expr;

/// `project-keep a, b*`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectKeep {
    pub columns: Vec<Expr>,
}
