//! `mv-expand`: the tree node and its parser.

use crate::tree::{Expr, Parameter, TypeName};

/// `mv-expand kind=array with_itemindex=I a = x to typeof(t), … limit n`.
#[derive(Clone, Debug, PartialEq)]
pub struct MvExpand {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<ExpandedColumn>,
    pub limit: Option<Expr>,
}

/// `name = expression to typeof(type)` of `mv-expand` and `mv-apply`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpandedColumn {
    /// The expression, an [`ExprKind::Named`](crate::tree::ExprKind::Named) where it has a name.
    pub value: Expr,
    pub to_type: Option<TypeName>,
}
