//! `top-nested`: the tree node and its parser.

use crate::tree::Expr;

/// `top-nested n of x with others = "o" by agg(), top-nested …`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopNested {
    pub clauses: Vec<TopNestedClause>,
}

/// One level of a `top-nested`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopNestedClause {
    pub count: Option<Expr>,
    pub of: Expr,
    pub with_others: Option<Expr>,
    pub by: Expr,
}
