//! What a scan of Parquet files is to do, in plain data.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use serde::{Deserialize, Serialize};

use crate::OnError;
use crate::columns::TableColumn;

/// A Parquet file on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParquetFile {
    /// An absolute URL with the scheme `file`.
    pub url: String,
    /// The file as the user knows it, for messages.
    pub path: String,
    /// In bytes.
    pub size: u64,
    pub rows: u64,
}

/// A column that the scan can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParquetColumn {
    /// Its name and type in the table.
    pub column: TableColumn,
    /// The name of the column of the files that it is converted from; in a file without it all is null, of a string all
    /// is empty.
    pub source: Option<String>,
}

/// A scan of Parquet files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParquetScanSpec {
    pub table: String,
    pub files: Vec<ParquetFile>,
    /// The columns that filters and projections speak of, in their order.
    pub columns: Vec<ParquetColumn>,
    pub partitions: usize,
    pub on_error: OnError,
    /// More rows than this are not needed of any partition.
    pub limit: Option<usize>,
}

impl ParquetScanSpec {
    /// The schema of [`ParquetScanSpec::columns`].
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(|column| column.column.field()).collect::<Vec<_>>()))
    }
}
