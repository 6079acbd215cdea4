//! One batch in the making, and what a format has to do for it.

use datafusion::arrow::array::{BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use super::{OnError, ScanReport, TextScanSpec};
use crate::columns::ColumnBuilder;
use crate::json::JsonError;

/// A record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordError {
    /// Offset in the chunk.
    pub at: usize,
    pub message: String,
    /// Whether the records after it can still be found.
    pub is_skippable: bool,
}

impl RecordError {
    pub(crate) fn skippable(at: usize, message: impl Into<String>) -> RecordError {
        RecordError { at, message: message.into(), is_skippable: true }
    }

    pub(crate) fn fatal(at: usize, message: impl Into<String>) -> RecordError {
        RecordError { at, message: message.into(), is_skippable: false }
    }
}

impl From<JsonError> for RecordError {
    fn from(error: JsonError) -> RecordError {
        RecordError::skippable(error.at, error.message)
    }
}

/// Takes the records of one chunk, one after another.
pub(crate) trait RecordDecoder: Send + Sync {
    /// Appends the next record to the batch; `false` when there is none. After a skippable error the batch has no row
    /// of it, or a row that [`BatchBuilder::append_row`] has rejected, and the next call goes on behind it.
    fn decode(&mut self, batch: &mut BatchBuilder) -> Result<bool, RecordError>;
}

/// Takes the batches of one file whose format has batches of its own.
pub(crate) trait BatchDecoder: Send + Sync {
    /// The next batch of these columns; `None` when there is none.
    fn decode(&mut self, schema: &SchemaRef, report: &ScanReport) -> Result<Option<RecordBatch>, String>;
}

/// Builds a batch of the wanted columns from records of one chunk.
pub(crate) struct BatchBuilder {
    schema: SchemaRef,
    columns: Vec<(String, ColumnBuilder)>,
    rows: usize,
    /// The rows that are to be taken out again.
    rejected: Vec<usize>,
    on_error: OnError,
    /// Of each column, how many values could not be read and are null.
    nulls: Vec<u64>,
}

impl BatchBuilder {
    pub(crate) fn new(schema: &SchemaRef, spec: &TextScanSpec, input: &Buffer, capacity: usize) -> BatchBuilder {
        BatchBuilder {
            schema: schema.clone(),
            columns: (spec.columns)
                .iter()
                .map(|column| (column.name.clone(), ColumnBuilder::new(column, input, capacity, spec.on_error)))
                .collect(),
            rows: 0,
            rejected: Vec::new(),
            on_error: spec.on_error,
            nulls: vec![0; spec.columns.len()],
        }
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Appends one value to each column by `append`, which gets the column's place. A value that is refused has left a
    /// null behind; the row is then rejected, and the error names the column, unless nulls are what is wanted.
    pub(crate) fn append_row(
        &mut self,
        mut append: impl FnMut(usize, &mut ColumnBuilder) -> Result<(), JsonError>,
    ) -> Result<(), RecordError> {
        let mut first = None;
        for (place, (name, column)) in self.columns.iter_mut().enumerate() {
            let Err(error) = append(place, column) else { continue };
            if self.on_error == OnError::Null {
                if let Some(count) = self.nulls.get_mut(place) {
                    *count += 1;
                }
            } else {
                first.get_or_insert_with(|| RecordError::skippable(error.at, format!("{name}: {}", error.message)));
            }
        }
        self.rows += 1;
        match first {
            None => Ok(()),
            Some(error) => {
                self.rejected.push(self.rows - 1);
                Err(error)
            }
        }
    }

    /// Tells what became null.
    pub(crate) fn tell(&self, report: &ScanReport) {
        for ((name, _), count) in self.columns.iter().zip(&self.nulls) {
            report.add_nulls(name, *count);
        }
    }

    pub(crate) fn finish(self) -> Result<RecordBatch, ArrowError> {
        let arrays = self.columns.into_iter().map(|(_, column)| column.finish()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(self.schema, arrays, &options)?;
        if self.rejected.is_empty() {
            return Ok(batch);
        }
        let mut keep = vec![true; self.rows];
        for row in self.rejected {
            if let Some(keep) = keep.get_mut(row) {
                *keep = false;
            }
        }
        filter_record_batch(&batch, &BooleanArray::from(keep))
    }
}
