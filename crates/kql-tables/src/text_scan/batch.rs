//! One batch in the making, and what a format has to do for it.

use std::collections::BTreeMap;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use super::{OnError, ScanReport, TextScanSpec};
use crate::columns::{ColumnBuilder, TableColumn};
use crate::json::{JsonError, Span, Spans};

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

impl RecordError {
    /// The error of a column's value in a line, which is told by the place where the line begins.
    fn in_line(input: &[u8], column: &str, error: &JsonError) -> RecordError {
        let before = input.get(..error.at).unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        RecordError::skippable(start, format!("{column}: {}", error.message))
    }
}

/// Builds one column of JSON values from lines of the input. A value that is refused is an error, of several the first
/// one.
pub(crate) fn column_of_spans(
    column: &TableColumn,
    input: &Buffer,
    spans: impl ExactSizeIterator<Item = Span>,
) -> Result<ArrayRef, RecordError> {
    let mut builder = ColumnBuilder::new(column, input, spans.len(), OnError::Fail);
    let mut first = None;
    builder.append_spans(spans, |_, error| {
        first.get_or_insert_with(|| RecordError::in_line(input, &column.name, &error));
    });
    first.map_or_else(|| Ok(builder.finish()), Err)
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

    /// Appends rows by the places of their values in lines of the input. As with [`BatchBuilder::append_row`], a row with
    /// a value that is refused is rejected unless nulls are what is wanted; each such row is told to `reject`, which may
    /// make it the end of all.
    pub(crate) fn append_spans(
        &mut self,
        input: &[u8],
        spans: &Spans,
        mut reject: impl FnMut(RecordError) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        let mut refused = BTreeMap::new();
        for (place, ((name, column), nulls)) in self.columns.iter_mut().zip(&mut self.nulls).enumerate() {
            column.append_spans(spans.column(place).iter().copied(), |row, error| {
                if self.on_error == OnError::Null {
                    *nulls += 1;
                } else {
                    refused.entry(row).or_insert_with(|| RecordError::in_line(input, name, &error));
                }
            });
        }
        for (row, error) in refused {
            self.rejected.push(self.rows + row);
            reject(error)?;
        }
        self.rows += spans.rows();
        Ok(())
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
