//! The binder: from the syntax tree to a bound plan in which every column has a name, a type and an id.
//!
//! The same analysis serves execution, checking and editors. This crate knows neither files nor DataFusion.

pub mod plan;
mod tables;

pub use plan::{Column, ColumnId, Expr, ExprKind, Relation, RelationOperator};
pub use tables::Tables;
