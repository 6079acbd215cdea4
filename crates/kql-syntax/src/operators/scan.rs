//! `scan`: the tree node and its parser.

use crate::tree::{Expr, FunctionParameter, Name, Parameter};

/// `scan with_match_id=M order by … partition by … declare (…) with ( step … )`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    pub parameters: Vec<Parameter>,
    pub order_by: Vec<Expr>,
    pub partition_by: Vec<Expr>,
    pub declarations: Vec<FunctionParameter>,
    pub steps: Vec<ScanStep>,
}

/// `step NAME optional output=all : condition => a = x, …;`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanStep {
    pub name: Name,
    pub optional: bool,
    pub output: Option<Name>,
    pub condition: Expr,
    pub assignments: Vec<Expr>,
}
