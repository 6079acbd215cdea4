//! Pairs of a row and those within its window.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, UInt32Array};
use datafusion::arrow::compute::kernels::cmp::not_distinct;
use datafusion::arrow::compute::{and, filter, prep_null_mask_filter, take};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{JoinSide, exec_err};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::joins::utils::{ColumnIndex, JoinFilter};
use futures::{Stream, stream};

use super::band::{Band, Bound};
use super::sorted::{Sorted, evaluated, hashes_of, integers};

/// How the pairs of a join are made.
pub(super) struct Pairing {
    band: Band,
    sorted_keys: usize,
    other_keys: Vec<Arc<dyn PhysicalExpr>>,
    filter: JoinFilter,
    /// Where each column of the result comes from.
    columns: Vec<ColumnIndex>,
    schema: SchemaRef,
    batch_rows: usize,
}

/// Pairs by the rows of both sides.
struct Places {
    sorted: UInt32Array,
    other: UInt32Array,
}

impl Pairing {
    /// The pairs of a join with the keys of its two sides, that which is sorted first.
    pub fn new(
        join: &HashJoinExec,
        band: &Band,
        sorted_keys: Vec<Arc<dyn PhysicalExpr>>,
        other_keys: Vec<Arc<dyn PhysicalExpr>>,
        batch_rows: usize,
    ) -> Result<Pairing> {
        let Some(filter) = join.filter() else { return exec_err!("internal error: a window without a filter") };
        let left_width = join.left().schema().fields().len();
        let place = |column: usize| match column.checked_sub(left_width) {
            None => ColumnIndex { index: column, side: JoinSide::Left },
            Some(index) => ColumnIndex { index, side: JoinSide::Right },
        };
        let columns = match &join.projection {
            Some(projection) => projection.iter().map(|column| place(*column)).collect(),
            None => (0..left_width + join.right().schema().fields().len()).map(place).collect(),
        };
        Ok(Pairing {
            band: band.clone(),
            sorted_keys: sorted_keys.len(),
            other_keys,
            filter: filter.clone(),
            columns,
            schema: join.schema(),
            batch_rows: batch_rows.max(1),
        })
    }

    /// The pairs of a batch with what is sorted, batch by batch.
    pub fn pairs(
        self: &Arc<Pairing>,
        sorted: &Arc<Sorted>,
        batch: RecordBatch,
    ) -> Result<impl Stream<Item = Result<RecordBatch>> + Send + use<>> {
        let keys = evaluated(&self.other_keys, &batch)?;
        let hashes = hashes_of(&keys, batch.num_rows())?;
        let windows = windows(&self.band, &batch)?;
        let searching =
            Searching { pairing: self.clone(), sorted: sorted.clone(), batch, keys, hashes, windows, row: 0, taken: 0 };
        Ok(stream::try_unfold(searching, |mut searching| async move {
            while let Some(places) = searching.next() {
                let joined = searching.joined(places)?;
                if joined.num_rows() > 0 {
                    return Ok(Some((joined, searching)));
                }
            }
            Ok(None)
        }))
    }
}

/// The window of each row: from the first time to the last, if it has one.
fn windows(band: &Band, batch: &RecordBatch) -> Result<Vec<Option<(i64, i64)>>> {
    let (lower, upper) = (shifted(&band.lower, batch)?, shifted(&band.upper, batch)?);
    let at = |shifted: &Shifted<'_>, row: usize| {
        let mut sum = shifted.number;
        for (column, times) in &shifted.columns {
            sum += i128::from(column.is_valid(row).then(|| column.value(row))?) * times;
        }
        // Beyond the ends of what 64 bits hold there is nothing.
        Some(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX }))
    };
    let window = |row: usize| {
        let mut window = (i64::MIN, i64::MAX);
        for bound in &lower {
            window.0 = window.0.max(at(bound, row)?);
        }
        for bound in &upper {
            window.1 = window.1.min(at(bound, row)?);
        }
        Some(window)
    };
    Ok((0..batch.num_rows()).map(window).collect())
}

/// A bound over the columns of a batch.
struct Shifted<'a> {
    columns: Vec<(&'a Int64Array, i128)>,
    number: i128,
}

fn shifted<'a>(bounds: &[Bound], batch: &'a RecordBatch) -> Result<Vec<Shifted<'a>>> {
    let shifted = bounds.iter().map(|bound| {
        let columns = bound.columns.iter().map(|(column, times)| Ok((integers(batch, *column)?, *times)));
        Ok(Shifted { columns: columns.collect::<Result<_>>()?, number: bound.number })
    });
    shifted.collect()
}

/// Where the search for the pairs of a batch stands.
struct Searching {
    pairing: Arc<Pairing>,
    sorted: Arc<Sorted>,
    batch: RecordBatch,
    keys: Vec<ArrayRef>,
    hashes: Vec<u64>,
    windows: Vec<Option<(i64, i64)>>,
    /// The row whose pairs come next, and how many of them are taken already.
    row: u32,
    taken: usize,
}

impl Searching {
    /// The next places of pairs, as many as a batch has.
    fn next(&mut self) -> Option<Places> {
        let most = self.pairing.batch_rows;
        let mut sorted: Vec<u32> = Vec::with_capacity(most);
        let mut other: Vec<u32> = Vec::with_capacity(most);
        while let (Some(hash), Some(window)) = (self.hashes.get(self.row as usize), self.windows.get(self.row as usize))
        {
            let found = window.map(|(from, to)| self.sorted.within(*hash, from, to)).unwrap_or_default();
            let found = found.get(self.taken..).unwrap_or_default();
            let fitting = found.len().min(most - sorted.len());
            sorted.extend(found.iter().take(fitting));
            other.extend(std::iter::repeat_n(self.row, fitting));
            if fitting < found.len() {
                self.taken += fitting;
                break;
            }
            self.row += 1;
            self.taken = 0;
        }
        (!sorted.is_empty()).then(|| Places { sorted: sorted.into(), other: other.into() })
    }

    /// The rows of those pairs whose keys are equal and that pass the filter.
    fn joined(&self, places: Places) -> Result<RecordBatch> {
        let filter_columns = self.columns(self.pairing.filter.column_indices(), &places)?;
        let rows = RecordBatchOptions::new().with_row_count(Some(places.sorted.len()));
        let seen = RecordBatch::try_new_with_options(self.pairing.filter.schema().clone(), filter_columns, &rows)?;
        let passes = self.pairing.filter.expression().evaluate(&seen)?.into_array(seen.num_rows())?;
        let Some(passes) = passes.as_boolean_opt() else {
            return exec_err!("internal error: a filter that is no bool");
        };
        let mut kept = if passes.null_count() == 0 { passes.clone() } else { prep_null_mask_filter(passes) };
        for (sorted, other) in self.sorted.keys.iter().take(self.pairing.sorted_keys).zip(&self.keys) {
            let (sorted, other) = (take(sorted, &places.sorted, None)?, take(other, &places.other, None)?);
            kept = and(&kept, &not_distinct(&sorted, &other)?)?;
        }
        let places = if kept.true_count() == kept.len() {
            places
        } else {
            let kept = |places: &UInt32Array| {
                Ok::<_, datafusion::error::DataFusionError>(filter(places, &kept)?.as_primitive().clone())
            };
            Places { sorted: kept(&places.sorted)?, other: kept(&places.other)? }
        };
        let columns = self.columns(&self.pairing.columns, &places)?;
        let rows = RecordBatchOptions::new().with_row_count(Some(places.sorted.len()));
        Ok(RecordBatch::try_new_with_options(self.pairing.schema.clone(), columns, &rows)?)
    }

    fn columns(&self, wanted: &[ColumnIndex], places: &Places) -> Result<Vec<ArrayRef>> {
        let columns = wanted.iter().map(|column| {
            let (rows, places) = if column.side == self.pairing.band.side {
                (&self.sorted.rows, &places.sorted)
            } else {
                (&self.batch, &places.other)
            };
            match rows.columns().get(column.index) {
                Some(array) => Ok(take(array, places, None)?),
                None => exec_err!("internal error: a join gives a column that no side has"),
            }
        });
        columns.collect()
    }
}
