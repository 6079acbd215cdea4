//! `project-rename`: the tree node and its parser.

use crate::tree::Expr;

/// `project-rename new = old, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectRename {
    pub columns: Vec<Expr>,
}
