//! The binder: from the syntax tree to a bound plan in which every column has a name, a type and an id.
//!
//! The same analysis serves execution, checking and editors. This crate knows neither files nor DataFusion.

mod binder;
pub mod codes;
mod constants;
mod expressions;
mod follow_ups;
pub mod lints;
mod naming;
mod operators;
mod overloads;
mod patterns;
pub mod plan;
pub mod plan_text;
pub mod predicates;
mod query_options;
mod questions;
mod refresh;
mod restriction;
mod rewrites;
mod scope;
mod statements;
mod suggestions;
mod tables;
mod workspace;
mod workspace_functions;

pub use binder::{BindContext, Bound, BoundResult, TimeWindow, bind, bind_knowing, check};
pub use follow_ups::joined_diagnostics;
pub use plan::{Column, ColumnId, Expr, ExprKind, Relation, RelationOperator, Visualization};
pub use questions::Answer;
pub use suggestions::did_you_mean;
pub use tables::Tables;
pub use workspace::{NoWorkspace, Watchlist, Workspace};
