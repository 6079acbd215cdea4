//! Tables from files, as a query sees them.

mod support;

mod csv;
mod definitions;
mod errors;
mod json;
mod ndjson;
mod parquet;
mod splits;
