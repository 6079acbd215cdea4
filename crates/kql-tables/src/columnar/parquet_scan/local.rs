//! The Parquet files of a table, found when it is opened.

use std::fs::File;

use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::ParquetFile;
use super::exec::FileMetadata;
use crate::TableError;
use crate::text_scan::Source;

/// Less than this is not worth a partition of its own, in bytes.
const MIN_PARTITION_BYTES: u64 = 1024 * 1024;

/// Files with their footers.
#[derive(Debug, Default)]
pub(crate) struct LocalParquet {
    pub files: Vec<ParquetFile>,
    metadata: Vec<ArrowReaderMetadata>,
}

impl LocalParquet {
    /// Reads the footers of files.
    pub(crate) fn open(sources: &[Source]) -> Result<LocalParquet, TableError> {
        let mut opened = LocalParquet::default();
        for source in sources {
            let Source::File { url, path, size, .. } = source else { continue };
            let fail = |error: &dyn std::fmt::Display| TableError::new(path, error);
            let file = File::open(path).map_err(|error| fail(&error))?;
            let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| fail(&error))?;
            let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or_default();
            opened.files.push(ParquetFile { url: url.clone(), path: path.clone(), size: *size, rows });
            opened.metadata.push(metadata);
        }
        Ok(opened)
    }

    pub(crate) fn metadata(&self) -> FileMetadata {
        FileMetadata::known(self.metadata.iter().cloned())
    }

    /// How many partitions to read the files in, of those that the session wants.
    pub(crate) fn partitions(&self, wanted: usize) -> usize {
        let size: u64 = self.files.iter().map(|file| file.size).sum();
        let worth = usize::try_from(size.div_ceil(MIN_PARTITION_BYTES)).unwrap_or(usize::MAX);
        worth.clamp(1, wanted.max(1))
    }
}
