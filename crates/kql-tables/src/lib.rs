//! Files and folders as KQL tables.

mod source;

pub use source::{NoTables, TableSource};
