//! Files and folders as KQL tables: which files make up a table, what its columns are, and the readers.
//!
//! [`TableSet`] is the whole of it: built from folders and single definitions, it tells the binder the schema of a
//! table by name, and gives the engine a provider for it. Every column comes out in the Arrow type of its KQL type
//! ([`kql_types::ScalarType::arrow_type`]); a string is never null.
//!
//! This crate knows DataFusion, but no KQL text.

mod avro;
mod buffers;
mod columnar;
mod columns;
mod compression;
mod csv;
mod definition;
mod encoding;
mod error;
mod event_log;
mod external;
mod files;
mod folders;
mod format;
mod inference;
mod json;
mod json_document;
mod ndjson;
mod network;
mod peek;
mod row_ids;
mod sampling;
pub mod snappy;
mod source;
mod table;
mod table_set;
mod text_scan;
mod times;

pub use columnar::{
    Conversion, ConvertExec, ConvertSpec, ParquetColumn, ParquetFile, ParquetScanExec, ParquetScanSpec, RAW_BATCH_ROWS,
    SharedParquetScan,
};
pub use columns::TableColumn;
pub use compression::Compression;
pub use definition::Definition;
pub use error::TableError;
pub use format::TextFormat;
pub use row_ids::RowsById;
pub use source::{NoTables, TableSource};
pub use table_set::{TableOptions, TableSet};
pub use text_scan::{FilePart, OnError, ScanReport, Source, TextScanExec, TextScanSpec};
pub use times::AbsentTime;
