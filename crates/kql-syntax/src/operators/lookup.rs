//! `lookup`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `lookup kind=leftouter (right) on conditions`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    pub parameters: Vec<Parameter>,
    pub right: Box<Expr>,
    pub condition: super::join::JoinCondition,
}
