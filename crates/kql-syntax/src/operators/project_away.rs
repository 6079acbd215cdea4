//! `project-away`: the tree node and its parser.

use crate::tree::Expr;

/// `project-away a, b*`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectAway {
    pub columns: Vec<Expr>,
}
