//! `evaluate`: the tree node and its parser.

use crate::tree::{ColumnDeclaration, Expr, Name, Parameter};

/// `evaluate PLUGIN(arguments) : (schema)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluate {
    pub parameters: Vec<Parameter>,
    pub plugin: Name,
    pub arguments: Vec<Expr>,
    pub schema: Option<EvaluateSchema>,
}

/// The declared result of a plugin: `: (a: type, *)`.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluateSchema {
    pub columns: Vec<ColumnDeclaration>,
    /// Position of a `*` among the columns, when there is one: the columns that the plugin adds or passes on.
    pub star: Option<usize>,
}
