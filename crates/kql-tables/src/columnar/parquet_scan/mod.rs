//! Parquet files on this machine, read by a scan of our own.
//!
//! The scan takes the query's filters and projections in. A filter is computed on the columns that it reads alone, and
//! the other columns are decoded for the rows that are left ([`unit`]). Columns of text that the file keeps as
//! dictionaries stay so while filters and projections are computed, once for each value ([`dictionary`]); paths into
//! dynamic columns are read as columns of their own ([`members`]). Row groups whose statistics tell that nothing in them
//! is wanted are left out, and what remains is divided among the partitions ([`work`]). Scans of the same files may become
//! one ([`shared`]). [`exec`] is the plan node, [`spec`] says in plain data what it does, [`rows`] reads chosen rows by
//! their ids.

mod column;
mod dictionary;
mod exec;
mod file;
mod filters;
mod local;
mod members;
mod pages;
mod partition;
mod rows;
mod shared;
mod spec;
mod statistics;
mod unit;
mod work;

pub use exec::{ParquetScanExec, RAW_BATCH_ROWS};
pub(crate) use local::LocalParquet;
pub use shared::SharedParquetScan;
pub use spec::{ParquetColumn, ParquetFile, ParquetScanSpec};
