//! `partition`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `partition hint.strategy=native by column (operators)`, with its legacy `{ query }` form.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    pub parameters: Vec<Parameter>,
    pub by: Expr,
    pub scope: Option<Expr>,
    pub body: Box<Expr>,
    pub legacy: bool,
}
