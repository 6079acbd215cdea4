//! `macro-expand`: the tree node and its parser.

use crate::tree::{Expr, Name, Parameter, Statement};

/// `macro-expand GROUP as NAME ( statements )`.
#[derive(Clone, Debug, PartialEq)]
pub struct MacroExpand {
    pub parameters: Vec<Parameter>,
    pub group: Expr,
    pub name: Option<Name>,
    pub body: Vec<Statement>,
}
