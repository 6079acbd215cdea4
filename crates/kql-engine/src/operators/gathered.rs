//! All rows of a partition, for operators that must see every row before they give one.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;

/// The most rows of a batch that is handed out.
const BATCH_ROWS: usize = 8192;

/// Gathers batches, and hands out a large one in slices.
pub(crate) struct Gathered {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Batches may share memory.
    counter: RecordBatchMemoryCounter,
    memory: MemoryReservation,
    result: Option<RecordBatch>,
    handed_out: usize,
}

impl Gathered {
    /// No rows yet; what is held counts against `memory`.
    pub fn new(schema: SchemaRef, memory: MemoryReservation) -> Gathered {
        Gathered {
            schema,
            batches: Vec::new(),
            counter: RecordBatchMemoryCounter::new(),
            memory,
            result: None,
            handed_out: 0,
        }
    }

    /// Takes in a batch.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.memory.try_grow(self.counter.count_batch(&batch))?;
        self.batches.push(batch);
        Ok(())
    }

    /// All rows in one batch.
    pub fn concatenated(&mut self) -> Result<RecordBatch> {
        let batches = std::mem::take(&mut self.batches);
        self.counter = RecordBatchMemoryCounter::new();
        Ok(concat_batches(&self.schema, &batches)?)
    }

    /// Sets what is handed out.
    pub fn hand_out(&mut self, batch: RecordBatch) {
        self.result = Some(batch);
        self.handed_out = 0;
    }

    /// The next slice of what is handed out.
    pub fn next_slice(&mut self) -> Option<RecordBatch> {
        let result = self.result.as_ref()?;
        let length = BATCH_ROWS.min(result.num_rows().checked_sub(self.handed_out)?);
        if length == 0 {
            self.result = None;
            self.memory.free();
            return None;
        }
        let slice = result.slice(self.handed_out, length);
        self.handed_out += length;
        Some(slice)
    }
}
