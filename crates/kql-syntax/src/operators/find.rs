//! `find`: the tree node and its parser.

use crate::tree::{Expr, Parameter, TypeName};

/// `find withsource=S in (T, U*) where PREDICATE project a, b: type, pack_all()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    pub parameters: Vec<Parameter>,
    pub tables: Vec<Expr>,
    pub predicate: Option<Expr>,
    pub project: Vec<FindColumn>,
    pub project_smart: bool,
    pub project_away: Vec<Expr>,
}

/// A column that `find` projects, with the type that the query gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct FindColumn {
    /// A name, or the call `pack_all()` or `pack(*)`.
    pub value: Expr,
    pub column_type: Option<TypeName>,
}
