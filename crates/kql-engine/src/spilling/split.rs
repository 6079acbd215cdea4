//! Splitting rows by the hash of their keys: rows of equal keys come to the same part, on both sides of a join.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::interleave_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_expr::PhysicalExprRef;

use super::files::{Spilled, Spilling};

/// Into how many parts rows are split at a time. Each is an open file while it is there.
pub(super) const PARTS: usize = 64;

/// How often a part is split again before it is taken as it is.
pub(super) const MOST_LEVELS: u64 = 6;

/// A part of which splitting leaves more than this share of the rows together is not split again.
pub(super) const SHARE_TOGETHER: f64 = 0.9;

/// Bytes that are gathered before they are split, where there is memory for them: each part is written in pieces of
/// a `PARTS`th of it.
const BLOCK_BYTES: usize = 8 << 20;

/// Splits the rows of one side.
pub(super) struct Splitter<'a> {
    runtime: Arc<RuntimeEnv>,
    schema: SchemaRef,
    keys: Vec<PhysicalExprRef>,
    hasher: RandomState,
    /// Parts whose rows are left out.
    unwanted: Vec<bool>,
    files: Vec<Option<Spilling>>,
    block: Vec<RecordBatch>,
    block_bytes: usize,
    counter: RecordBatchMemoryCounter,
    memory: &'a MemoryReservation,
}

impl<'a> Splitter<'a> {
    /// Splits rows by their keys. Each level of splitting has a hash of its own. What waits to be written counts
    /// against `memory`.
    pub fn new(
        runtime: &Arc<RuntimeEnv>,
        schema: SchemaRef,
        keys: Vec<PhysicalExprRef>,
        level: u64,
        memory: &'a MemoryReservation,
    ) -> Splitter<'a> {
        Splitter {
            runtime: runtime.clone(),
            schema,
            keys,
            hasher: RandomState::with_seed(0x6b71_6c00 + level),
            unwanted: vec![false; PARTS],
            files: (0..PARTS).map(|_| None).collect(),
            block: Vec::new(),
            block_bytes: 0,
            counter: RecordBatchMemoryCounter::new(),
            memory,
        }
    }

    /// Leaves out the rows of parts that are so marked.
    pub fn leave_out(&mut self, unwanted: Vec<bool>) {
        self.unwanted = unwanted;
    }

    /// Takes in a batch.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let bytes = self.counter.count_batch(&batch);
        // What comes has to be held in any case; the question is only for how long.
        let fits = self.memory.try_grow(bytes).is_ok();
        if !fits {
            self.memory.grow(bytes);
        }
        self.block_bytes += bytes;
        self.block.push(batch);
        if !fits || self.block_bytes >= BLOCK_BYTES { self.write_block() } else { Ok(()) }
    }

    /// The parts; one without rows has no file.
    pub fn finish(mut self) -> Result<Vec<Option<Spilled>>> {
        self.write_block()?;
        self.files.into_iter().map(|file| file.map(Spilling::finish).transpose()).collect()
    }

    fn write_block(&mut self) -> Result<()> {
        let block = std::mem::take(&mut self.block);
        let mut places: Vec<Vec<(usize, usize)>> = vec![Vec::new(); PARTS];
        for (at, batch) in block.iter().enumerate() {
            let keys = self.keys.iter().map(|key| key.evaluate(batch)?.into_array(batch.num_rows()));
            let keys = keys.collect::<Result<Vec<_>>>()?;
            let mut hashes = vec![0; batch.num_rows()];
            create_hashes(&keys, &self.hasher, &mut hashes)?;
            for (row, hash) in hashes.iter().enumerate() {
                if let Some(places) = places.get_mut(part_of(*hash)) {
                    places.push((at, row));
                }
            }
        }
        let batches: Vec<&RecordBatch> = block.iter().collect();
        for ((places, file), unwanted) in places.iter().zip(&mut self.files).zip(&self.unwanted) {
            if places.is_empty() || *unwanted {
                continue;
            }
            let file = match file {
                Some(file) => file,
                None => file.insert(Spilling::new(&self.runtime, &self.schema)?),
            };
            file.write(&interleave_record_batch(&batches, places)?)?;
        }
        self.memory.shrink(self.block_bytes);
        self.block_bytes = 0;
        self.counter = RecordBatchMemoryCounter::new();
        Ok(())
    }
}

/// The part of a hash: by its upper half, for the lower bits of a good hash and of a poor one differ in quality.
fn part_of(hash: u64) -> usize {
    usize::try_from((hash >> 32) % PARTS as u64).unwrap_or_default()
}
