//! The rows of a stage, held in memory, and samples of them.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::{concat, filter, filter_record_batch, not};
use datafusion::error::DataFusionError;
use kql_semantics::Column;
use kql_types::Value;

use super::Sample;
use crate::EngineError;

/// Rows that are shown of many.
const SHOWN: usize = 3;
/// Rows of which these are chosen.
const LOOKED_AT: usize = 1000;

/// For each input of a stage, how many rows each of its rows became; none where that cannot be told.
pub(super) type Became = Vec<Option<Vec<u32>>>;

/// The rows that a stage gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub columns: Vec<Column>,
    pub batches: Vec<RecordBatch>,
    pub count: usize,
    /// For each read from which rows may derive, which of them do.
    pub followed: Vec<(usize, Arc<BooleanArray>)>,
    /// What they hold of the memory of the query.
    pub bytes: usize,
}

impl Rows {
    /// The same rows, these first: of equal keys `innerunique` keeps the first, and Kusto filters before it chooses.
    pub fn with_first(&self, first: &BooleanArray) -> Result<Rows, EngineError> {
        let others = not(first).map_err(DataFusionError::from)?;
        let mut rows = Rows { batches: Vec::new(), followed: Vec::new(), ..self.clone() };
        for chosen in [first, &others] {
            let mut start = 0;
            for batch in &self.batches {
                let part = filter_record_batch(batch, &chosen.slice(start, batch.num_rows()));
                rows.batches.push(part.map_err(DataFusionError::from)?);
                start += batch.num_rows();
            }
        }
        for (read, marks) in &self.followed {
            let marks = marks.as_ref();
            let parts = [filter(marks, first), filter(marks, &others)].into_iter().collect::<Result<Vec<_>, _>>();
            let parts = parts.map_err(DataFusionError::from)?;
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            let marks = concat(&parts).map_err(DataFusionError::from)?;
            rows.followed.push((*read, Arc::new(marks.as_boolean().clone())));
        }
        Ok(rows)
    }

    /// Which rows derive from a read, if that is known.
    pub fn marks(&self, read: usize) -> Option<&BooleanArray> {
        self.followed.iter().find(|(of, _)| *of == read).map(|(_, marks)| marks.as_ref())
    }

    /// The first of the marked rows that differ in these columns.
    pub fn samples(&self, marks: &BooleanArray, columns: &[Column]) -> Vec<Sample> {
        let position = |column: &Column| self.columns.iter().position(|own| own.id == column.id);
        let positions: Vec<(usize, Column)> =
            columns.iter().filter_map(|column| Some((position(column)?, column.clone()))).collect();
        let mut samples = Samples::default();
        let mut start = 0;
        for batch in &self.batches {
            for row in 0..batch.num_rows() {
                if samples.is_full() {
                    return samples.found;
                }
                if marks.is_valid(start + row) && marks.value(start + row) {
                    samples.add(|| sample(batch, row, &positions));
                }
            }
            start += batch.num_rows();
        }
        samples.found
    }
}

/// The values of some columns of a row, by their positions.
pub(super) fn sample(batch: &RecordBatch, row: usize, columns: &[(usize, Column)]) -> Sample {
    let values = columns.iter().filter_map(|(at, column)| {
        let value = Value::from_array(batch.column(*at).as_ref(), row, column.scalar_type)?;
        Some((column.name.clone(), value))
    });
    values.collect()
}

/// Samples of many rows, none like another.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    pub found: Vec<Sample>,
    seen: usize,
}

impl Samples {
    /// Looks at one more row, as long as there are few samples and few rows were looked at.
    pub fn add(&mut self, sample: impl FnOnce() -> Sample) {
        if self.is_full() {
            return;
        }
        self.seen += 1;
        let sample = sample();
        if !sample.is_empty() && !self.found.contains(&sample) {
            self.found.push(sample);
        }
    }

    /// Whether no more rows are looked at.
    pub fn is_full(&self) -> bool {
        self.found.len() >= SHOWN || self.seen >= LOOKED_AT
    }
}
