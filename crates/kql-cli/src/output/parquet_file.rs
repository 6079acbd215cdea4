//! `--format parquet`: a file that other tools read with the right types, as [`super::file_columns`] says.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::batches::BatchWriter;
use super::file_columns::FileColumns;

/// A row group is written when it takes as much memory, in bytes.
const ROW_GROUP_BYTES: usize = 128 * 1024 * 1024;

/// Writes one Parquet file.
pub struct ParquetWriter<'o> {
    writer: ArrowWriter<&'o mut (dyn Write + Send)>,
    columns: FileColumns,
}

impl<'o> ParquetWriter<'o> {
    /// Begins a file of these columns.
    pub fn new(out: &'o mut (dyn Write + Send), columns: FileColumns) -> Result<ParquetWriter<'o>> {
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let writer = ArrowWriter::try_new(out, columns.schema().clone(), Some(properties))?;
        Ok(ParquetWriter { writer, columns })
    }
}

impl BatchWriter for ParquetWriter<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(&self.columns.batch(batch)?)?;
        if self.writer.in_progress_size() > ROW_GROUP_BYTES {
            self.writer.flush()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.writer.finish()?;
        Ok(())
    }
}
