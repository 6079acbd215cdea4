//! `assert-schema`: the tree node and its parser.

use crate::tree::ColumnDeclaration;

/// `assert-schema (name: type, …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct AssertSchema {
    pub columns: Vec<ColumnDeclaration>,
}
