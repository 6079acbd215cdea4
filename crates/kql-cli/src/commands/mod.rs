//! The commands, one file each.

pub mod check;
pub mod convert;
pub mod explain;
pub mod fmt;
pub mod functions;
pub mod init;
pub mod operators;
pub mod query;
pub mod query_files;
pub mod replay;
pub mod rule_files;
pub mod run;
pub mod schema_file;
pub mod tables;
pub mod test;
