//! Columnar files (Parquet, Arrow IPC): read by DataFusion in the file's own types, then converted to those of KQL.
//!
//! [`types`] says which KQL type an Arrow type stands for, [`convert`] converts arrays, [`nested`] writes nested ones
//! as the JSON text of `dynamic`, [`exec`] is the plan node, [`pruning`] takes filters through the conversion so that
//! row groups are still left out. Parquet files on this machine have a scan of their own, [`parquet_scan`].

mod convert;
mod exec;
mod files;
mod nested;
mod open;
mod parquet_scan;
mod provider;
mod pruning;
mod types;
mod variant;

pub(crate) use convert::{convert, convert_or_null};
pub use exec::{Conversion, ConvertExec, ConvertSpec};
pub(crate) use open::{open_columnar, open_columnar_bytes};
pub use parquet_scan::{
    ParquetColumn, ParquetFile, ParquetScanExec, ParquetScanSpec, RAW_BATCH_ROWS, SharedParquetScan,
};
pub(crate) use types::scalar_type;
