//! `fork`: the tree node and its parser.

use crate::tree::{Expr, Name};

/// `fork name=(operators) (operators)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    pub branches: Vec<ForkBranch>,
}

/// One branch of a `fork`: its operators stand in a pipe without a source.
#[derive(Clone, Debug, PartialEq)]
pub struct ForkBranch {
    pub name: Option<Name>,
    pub body: Expr,
}
