//! The columnar executor: bound plans become DataFusion plans and run.
//!
//! [`Engine::run`] takes a bound [`Relation`](kql_semantics::Relation) and gives Arrow record batches. Lowering
//! maps each operator onto a DataFusion logical plan, so that its optimiser works for us; where KQL has no
//! relational equal, a plan node of our own stands in. Every KQL function reaches DataFusion through one adapter.
//! This crate knows plans and tables, but no query text, no rule files and no terminals.

mod binding;
pub mod codec;
mod error;
pub mod explain;
mod expressions;
mod filtered_scan;
pub mod functions;
mod held_rows;
mod late_rows;
mod lowering;
mod native;
pub mod operators;
mod places;
mod raw_texts;
mod result;
mod session;
mod shared_scan;
mod shortage;
mod spilling;
mod subqueries;
mod tables;
mod time_window;

pub use error::EngineError;
pub use result::{QueryResult, QueryStream};
pub use session::{Engine, EngineOptions, RunOptions};
