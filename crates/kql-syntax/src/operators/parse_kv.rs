//! `parse-kv`: the tree node and its parser.

use crate::tree::{ColumnDeclaration, Expr, Parameter};

/// `parse-kv x as (name: type, …) with (pair_delimiter=…, …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseKv {
    pub source: Expr,
    pub columns: Vec<ColumnDeclaration>,
    pub properties: Vec<Parameter>,
}
