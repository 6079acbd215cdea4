//! A filter within a scan: what it asks of a row is built first, the rest only of the rows that it keeps.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::compute::{BatchCoalescer, filter, filter_record_batch, prep_null_mask_filter};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};

use super::batch::column_of_spans;
use super::{RecordError, TextScanSpec};
use crate::folders;
use crate::json::Spans;

/// A condition on the rows of a scan, and which columns of those that fulfil it are wanted.
#[derive(Debug)]
pub(crate) struct ScanFilter {
    /// Over all columns of the scan.
    pub predicate: Arc<dyn PhysicalExpr>,
    /// The places of the columns that it reads.
    asked: Vec<usize>,
    /// Those columns.
    asked_schema: SchemaRef,
    /// The predicate over those columns alone.
    asked_predicate: Arc<dyn PhysicalExpr>,
    /// The places of the columns that are wanted.
    pub output: Vec<usize>,
    /// Their schema.
    pub schema: SchemaRef,
    /// More rows than this are not needed of any partition.
    pub limit: Option<usize>,
}

impl ScanFilter {
    pub(crate) fn try_new(
        input: &SchemaRef,
        predicate: Arc<dyn PhysicalExpr>,
        output: Option<&[usize]>,
        limit: Option<usize>,
    ) -> Result<ScanFilter> {
        let mut asked: Vec<usize> = collect_columns(&predicate).into_iter().map(|column| column.index()).collect();
        asked.sort_unstable();
        asked.dedup();
        let asked_schema: SchemaRef = Arc::new(input.project(&asked)?);
        let output = output.map_or_else(|| (0..input.fields().len()).collect(), <[usize]>::to_vec);
        Ok(ScanFilter {
            asked_predicate: reassign_expr_columns(predicate.clone(), &asked_schema)?,
            schema: Arc::new(input.project(&output)?),
            predicate,
            asked,
            asked_schema,
            output,
            limit,
        })
    }

    /// The wanted rows and columns of a batch of all columns.
    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mask = mask(&self.predicate, batch)?;
        Ok(filter_record_batch(&batch.project(&self.output)?, &mask)?)
    }

    /// The wanted rows and columns of a batch of lines, given what the folders tell and the id that a row at the start of
    /// the input would have. What is wrong with a line is told apart from what is wrong with the predicate.
    pub(crate) fn build(
        &self,
        spec: &TextScanSpec,
        (folder_values, row_base): (&[(String, String)], Option<u64>),
        input: &Buffer,
        spans: &Spans,
    ) -> Result<Result<RecordBatch>, RecordError> {
        let build = |place: usize, rows: Option<&[usize]>| match (spec.columns.get(place), rows) {
            (Some(column), None) => column_of_spans(column, input, spans.column(place).iter().copied()).map(Ok),
            (Some(column), Some(rows)) => {
                let spans = spans.column(place);
                let spans = rows.iter().map(|row| spans.get(*row).copied().unwrap_or_default());
                column_of_spans(column, input, spans).map(Ok)
            }
            (None, rows) => {
                let count = rows.map_or(spans.rows(), <[usize]>::len);
                Ok(match (spec.folder_columns.get(place - spec.columns.len()), row_base) {
                    (Some(column), _) => folders::array_of(folder_values, column, count),
                    (None, Some(base)) => Ok(row_ids(base, spans, rows)),
                    (None, None) => internal_err!("no column {place} in the scan of {}", spec.table),
                })
            }
        };
        let mut asked = Vec::with_capacity(self.asked.len());
        for place in &self.asked {
            match build(*place, None)? {
                Ok(column) => asked.push(column),
                Err(error) => return Ok(Err(error)),
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(spans.rows()));
        let mask = RecordBatch::try_new_with_options(self.asked_schema.clone(), asked.clone(), &options)
            .map_err(Into::into)
            .and_then(|batch| mask(&self.asked_predicate, &batch));
        let mask = match mask {
            Ok(mask) => mask,
            Err(error) => return Ok(Err(error)),
        };
        let kept: Vec<usize> = mask.values().set_indices().collect();
        let rows = (kept.len() < spans.rows()).then_some(kept.as_slice());
        let mut columns = Vec::with_capacity(self.output.len());
        for place in &self.output {
            let built = self.asked.binary_search(place).ok().and_then(|number| asked.get(number));
            let column = match (built, rows) {
                (Some(array), None) => Ok(array.clone()),
                (Some(array), Some(_)) => filter(array, &mask).map_err(Into::into),
                (None, rows) => build(*place, rows)?,
            };
            match column {
                Ok(column) => columns.push(column),
                Err(error) => return Ok(Err(error)),
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(kept.len()));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(Into::into))
    }
}

/// The ids of rows, or of all, given the id that a row at the start of the input would have.
pub(crate) fn row_ids(base: u64, spans: &Spans, rows: Option<&[usize]>) -> ArrayRef {
    let id = |start: &u32| base + u64::from(*start);
    let starts = spans.starts();
    Arc::new(match rows {
        None => starts.iter().map(id).collect::<UInt64Array>(),
        Some(rows) => rows.iter().map(|row| starts.get(*row).map(id)).collect(),
    })
}

/// Of each row, whether it is kept; a null does not keep it.
fn mask(predicate: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<BooleanArray> {
    let kept = predicate.evaluate(batch)?.into_array(batch.num_rows())?;
    match kept.as_boolean_opt() {
        Some(kept) if kept.null_count() > 0 => Ok(prep_null_mask_filter(kept)),
        Some(kept) => Ok(kept.clone()),
        None => internal_err!("the condition of a scan is no bool"),
    }
}

/// Puts the small batches that a filter leaves together. Texts of few rows are copied, so that these do not hold on to
/// all that has been read.
pub(crate) struct Coalescer {
    batches: BatchCoalescer,
    is_finished: bool,
}

impl Coalescer {
    pub(crate) fn new(filter: &ScanFilter, batch_size: usize) -> Coalescer {
        let batches = BatchCoalescer::new(filter.schema.clone(), batch_size);
        Coalescer { batches: batches.with_biggest_coalesce_batch_size(Some(batch_size / 2)), is_finished: false }
    }

    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        Ok(self.batches.push_batch(batch)?)
    }

    /// What is there is all.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.is_finished = true;
        Ok(self.batches.finish_buffered_batch()?)
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.is_finished
    }

    pub(crate) fn next(&mut self) -> Option<RecordBatch> {
        self.batches.next_completed_batch()
    }
}
