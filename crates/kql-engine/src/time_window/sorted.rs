//! The side of a join in a window that is held: its rows by key and time.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use datafusion::common::{exec_datafusion_err, exec_err};
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::physical_expr::PhysicalExpr;
use futures::StreamExt;

/// What a row takes beside its columns: its place while it is sorted, and at most an entry in the table of keys.
const PLACE_BYTES: usize = 80;

/// The hash of each row's keys; equal keys have equal hashes.
pub(super) fn hashes_of(keys: &[ArrayRef], rows: usize) -> Result<Vec<u64>> {
    let mut hashes = vec![0; rows];
    create_hashes(keys, &RandomState::with_seed(0x7769_6e64), &mut hashes)?;
    Ok(hashes)
}

/// The arrays of some expressions over a batch.
pub(super) fn evaluated(expressions: &[Arc<dyn PhysicalExpr>], batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
    expressions.iter().map(|expression| expression.evaluate(batch)?.into_array(batch.num_rows())).collect()
}

/// A column of 64-bit integers.
pub(super) fn integers(batch: &RecordBatch, column: usize) -> Result<&Int64Array> {
    let array = batch.columns().get(column).and_then(|array| array.as_primitive_opt::<Int64Type>());
    array.ok_or_else(|| exec_datafusion_err!("internal error: a window is of a column that is no time"))
}

/// All rows of a side, found by key and time.
pub(super) struct Sorted {
    /// The rows as they came.
    pub rows: RecordBatch,
    /// Their keys.
    pub keys: Vec<ArrayRef>,
    /// The places of each key's rows in `times` and `order`, by the hash of the key.
    places: HashMap<u64, Range<u32>, BuildHasherDefault<HashedAlready>>,
    /// Ascending among the rows of a key. Rows without a time are not there.
    times: Vec<i64>,
    /// Which row each time is of.
    order: Vec<u32>,
    _memory: MemoryReservation,
}

impl Sorted {
    /// Takes all rows in.
    pub async fn gather(
        mut input: SendableRecordBatchStream,
        keys: &[Arc<dyn PhysicalExpr>],
        time: usize,
        memory: MemoryReservation,
    ) -> Result<Sorted> {
        let mut batches = Vec::new();
        let mut counter = RecordBatchMemoryCounter::new();
        while let Some(batch) = input.next().await.transpose()? {
            memory.try_grow(counter.count_batch(&batch) + batch.num_rows() * PLACE_BYTES)?;
            batches.push(batch);
        }
        let rows = concat_batches(&input.schema(), &batches)?;
        drop(batches);
        if u32::try_from(rows.num_rows()).is_err() {
            return exec_err!("one side of a join in a time window has more than four billion rows");
        }
        let keys = evaluated(keys, &rows)?;
        let hashes = hashes_of(&keys, rows.num_rows())?;
        let of_rows = integers(&rows, time)?;
        let mut sorted: Vec<(u64, i64, u32)> = Vec::with_capacity(rows.num_rows());
        for ((hash, time), row) in hashes.into_iter().zip(of_rows).zip(0..) {
            if let Some(time) = time {
                sorted.push((hash, time, row));
            }
        }
        sorted.sort_unstable();
        let mut places: HashMap<u64, Range<u32>, _> = HashMap::default();
        let mut start = 0;
        for key in sorted.chunk_by(|(left, ..), (right, ..)| left == right) {
            let end = start + u32::try_from(key.len()).unwrap_or_default();
            if let Some((hash, ..)) = key.first() {
                places.insert(*hash, start..end);
            }
            start = end;
        }
        let (times, order) = sorted.into_iter().map(|(_, time, row)| (time, row)).unzip();
        Ok(Sorted { rows, keys, places, times, order, _memory: memory })
    }

    /// The rows of a key, by its hash, whose times are in the window, the ends included. Another key may have the hash.
    pub fn within(&self, hash: u64, from: i64, to: i64) -> &[u32] {
        let Some(places) = self.places.get(&hash) else { return &[] };
        let places = places.start as usize..places.end as usize;
        let (Some(times), Some(order)) = (self.times.get(places.clone()), self.order.get(places)) else { return &[] };
        let first = times.partition_point(|time| *time < from);
        let within = times.get(first..).unwrap_or_default().partition_point(|time| *time <= to);
        order.get(first..first + within).unwrap_or_default()
    }
}

/// Takes a hash as it is.
#[derive(Default)]
struct HashedAlready(u64);

impl Hasher for HashedAlready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
