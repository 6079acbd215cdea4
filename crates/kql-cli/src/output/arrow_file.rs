//! `--format arrow`: an Arrow IPC file (Feather), or a stream of the same batches.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::ipc::writer::{FileWriter, StreamWriter};

use super::batches::BatchWriter;
use super::file_columns::FileColumns;

/// Writes one Arrow file.
pub struct ArrowWriter<'o> {
    writer: FileWriter<&'o mut (dyn Write + Send)>,
    columns: FileColumns,
}

impl<'o> ArrowWriter<'o> {
    /// Begins a file of these columns.
    pub fn new(out: &'o mut (dyn Write + Send), columns: FileColumns) -> Result<ArrowWriter<'o>> {
        Ok(ArrowWriter { writer: FileWriter::try_new(out, columns.schema())?, columns })
    }
}

impl BatchWriter for ArrowWriter<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(&self.columns.batch(batch)?)?)
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.writer.finish()?)
    }
}

/// Writes one stream of Arrow batches.
pub struct ArrowStreamWriter<'o> {
    writer: StreamWriter<&'o mut (dyn Write + Send)>,
    columns: FileColumns,
}

impl<'o> ArrowStreamWriter<'o> {
    /// Begins a stream of these columns.
    pub fn new(out: &'o mut (dyn Write + Send), columns: FileColumns) -> Result<ArrowStreamWriter<'o>> {
        Ok(ArrowStreamWriter { writer: StreamWriter::try_new(out, columns.schema())?, columns })
    }
}

impl BatchWriter for ArrowStreamWriter<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(&self.columns.batch(batch)?)?)
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.writer.finish()?)
    }
}
