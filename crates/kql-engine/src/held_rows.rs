//! All rows of an answer or of a subquery, held in memory and counted against what the query may use, or on disk.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::internal_err;
use datafusion::common::runtime::JoinSet;
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, execute_stream_partitioned};
use futures::{TryStreamExt, stream};

use crate::error::outgrew_memory;
use crate::spilling::{Spilled, Spilling, given};
use crate::tables::memory_table;

/// What rows are held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// They are what was asked for. They are not counted: who asks for them has the room.
    Answer,
    /// A `materialize`. Rows for which there is no memory are on disk, if they need not travel with the plan.
    Table { may_spill: bool },
    /// A `toscalar`.
    Scalar,
    /// An `in`.
    Set,
}

impl Purpose {
    /// The name under which memory is asked for.
    fn name(self) -> &'static str {
        match self {
            Purpose::Answer => "answer",
            Purpose::Table { .. } => "materialize",
            Purpose::Scalar => "toscalar",
            Purpose::Set => "in",
        }
    }

    /// The error of a plan that was made for little memory. The different values for an `in` are held to the end, which
    /// leaves the aggregation that finds them too little; and that is then what fails.
    pub fn blamed(self, error: DataFusionError) -> DataFusionError {
        if self == Purpose::Set && outgrew_memory(&error) {
            return DataFusionError::ResourcesExhausted(format!("Failed to allocate memory for {}", self.name()));
        }
        error
    }
}

/// Memory that is held as long as its rows are.
pub(crate) type HeldMemory = Vec<Arc<MemoryReservation>>;

/// Rows, partition by partition.
#[derive(Debug)]
pub(crate) struct HeldRows {
    schema: SchemaRef,
    partitions: Vec<Held>,
}

/// The rows of one partition.
enum Held {
    InMemory(Vec<RecordBatch>, HeldMemory),
    OnDisk(Spilled),
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Held::InMemory(batches, _) => write!(f, "InMemory({} batches)", batches.len()),
            Held::OnDisk(spilled) => write!(f, "OnDisk({} rows)", spilled.size.rows),
        }
    }
}

impl HeldRows {
    /// Runs a plan to its end.
    pub async fn of(plan: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>, purpose: Purpose) -> Result<HeldRows> {
        let schema = plan.schema();
        let mut running = JoinSet::new();
        let disk = (purpose == Purpose::Table { may_spill: true }).then(|| context.runtime_env());
        let pool = context.memory_pool().clone();
        for (number, mut rows) in execute_stream_partitioned(plan, context)?.into_iter().enumerate() {
            let memory = MemoryConsumer::new(purpose.name()).register(&pool);
            let is_counted = purpose != Purpose::Answer;
            let mut holding = Holding::new(schema.clone(), is_counted.then_some(memory), disk.clone());
            running.spawn(async move {
                while let Some(batch) = rows.try_next().await? {
                    holding.add(batch)?;
                }
                Ok::<_, DataFusionError>((number, holding.finish()?))
            });
        }
        let mut partitions = Vec::new();
        while let Some(finished) = running.join_next().await {
            match finished {
                Ok(partition) => partitions.push(partition?),
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(error) => return Err(DataFusionError::External(Box::new(error))),
            }
        }
        partitions.sort_by_key(|(number, _)| *number);
        Ok(HeldRows { schema, partitions: partitions.into_iter().map(|(_, held)| held).collect() })
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        let of = |held: &Held| match held {
            Held::InMemory(batches, _) => batches.iter().map(RecordBatch::num_rows).sum(),
            Held::OnDisk(spilled) => spilled.size.rows,
        };
        self.partitions.iter().map(of).sum()
    }

    /// The rows, all of which are in memory unless they are those of a `materialize`, and what they take. One partition
    /// after the other, so that the order of the input shows wherever partitions kept it.
    pub fn into_batches(self) -> Result<(Vec<RecordBatch>, HeldMemory)> {
        let mut all = Vec::new();
        let mut memory = Vec::new();
        for held in self.partitions {
            let Held::InMemory(batches, reservation) = held else {
                return internal_err!("rows on disk are asked for as if they were in memory");
            };
            all.extend(batches);
            memory.extend(reservation);
        }
        Ok((all, memory))
    }

    /// The rows as a table that can be read more than once, and what those of them take that are in memory.
    pub fn into_table(self) -> Result<(Arc<dyn TableProvider>, HeldMemory)> {
        if self.partitions.iter().all(|held| matches!(held, Held::InMemory(..))) {
            let schema = self.schema.clone();
            let (batches, memory) = self.into_batches()?;
            return Ok((memory_table(schema, batches)?, memory));
        }
        let parts = self
            .partitions
            .into_iter()
            .map(|held| Arc::new(HeldPartition { schema: self.schema.clone(), held }) as Arc<dyn PartitionStream>);
        // Memory is counted as long as the table is there.
        Ok((Arc::new(StreamingTable::try_new(self.schema.clone(), parts.collect())?), Vec::new()))
    }
}

/// One partition of a table.
#[derive(Debug)]
struct HeldPartition {
    schema: SchemaRef,
    held: Held,
}

impl PartitionStream for HeldPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        match &self.held {
            Held::InMemory(batches, _) => given(self.schema.clone(), batches.clone()),
            Held::OnDisk(spilled) => spilled.read(&self.schema).unwrap_or_else(|error| {
                let failure = stream::once(std::future::ready(Err(error)));
                Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), failure))
            }),
        }
    }
}

/// Gathers the rows of one partition.
struct Holding {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Batches may share memory.
    counter: RecordBatchMemoryCounter,
    /// `None` where it is not counted.
    memory: Option<MemoryReservation>,
    /// Where rows may go for which there is no memory.
    disk: Option<Arc<RuntimeEnv>>,
    spilling: Option<Spilling>,
}

impl Holding {
    fn new(schema: SchemaRef, memory: Option<MemoryReservation>, disk: Option<Arc<RuntimeEnv>>) -> Holding {
        Holding { schema, batches: Vec::new(), counter: RecordBatchMemoryCounter::new(), memory, disk, spilling: None }
    }

    fn add(&mut self, batch: RecordBatch) -> Result<()> {
        if let Some(spilling) = &mut self.spilling {
            return spilling.write(&batch);
        }
        let counted = match &self.memory {
            Some(memory) => memory.try_grow(self.counter.count_batch(&batch)),
            None => Ok(()),
        };
        match (counted, &self.disk) {
            (Ok(()), _) => self.batches.push(batch),
            (Err(error), Some(disk)) if outgrew_memory(&error) => {
                let mut spilling = Spilling::new(disk, &self.schema)?;
                for batch in self.batches.drain(..).chain([batch]) {
                    spilling.write(&batch)?;
                }
                self.memory = None;
                self.spilling = Some(spilling);
            }
            (Err(error), _) => return Err(error),
        }
        Ok(())
    }

    fn finish(self) -> Result<Held> {
        Ok(match self.spilling {
            Some(spilling) => Held::OnDisk(spilling.finish()?),
            None => Held::InMemory(self.batches, self.memory.map(Arc::new).into_iter().collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array};
    use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool};

    use super::*;

    #[test]
    fn shared_memory_is_counted_once() {
        let pool: Arc<dyn MemoryPool> = Arc::new(FairSpillPool::new(10_000));
        let memory = MemoryConsumer::new("answer").register(&pool);
        let batch = |rows: i64| {
            let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
            RecordBatch::try_from_iter([("n", numbers)]).unwrap()
        };
        let large = batch(1000);
        let mut holding = Holding::new(large.schema(), Some(memory), None);
        holding.add(large.slice(0, 10)).unwrap();
        holding.add(large.slice(10, 500)).unwrap();
        assert_eq!(pool.reserved(), 8000);
        holding.add(batch(100)).unwrap();
        assert_eq!(pool.reserved(), 8800);
        assert!(holding.add(batch(1000)).is_err());
    }
}
