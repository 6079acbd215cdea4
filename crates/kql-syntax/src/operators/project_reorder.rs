//! `project-reorder`: the tree node and its parser.

use crate::tree::Expr;

/// `project-reorder a, b* asc, c granny-asc`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectReorder {
    pub columns: Vec<ReorderedColumn>,
}

/// A column or wildcard with the order that its matches get.
#[derive(Clone, Debug, PartialEq)]
pub struct ReorderedColumn {
    pub column: Expr,
    pub order: Option<ReorderDirection>,
}

/// How a wildcard's matches are ordered among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReorderDirection {
    Ascending,
    Descending,
    /// `granny-asc`: digits compare as numbers.
    GrannyAscending,
    GrannyDescending,
}
