//! Operators over the rows of one key at a time, such as the last stage of an aggregation: in memory where that is
//! enough, else over one part of the keys after another.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExprRef;
use datafusion::physical_plan::execution_plan::{EmissionType, replace_children_if_necessary};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use futures::{StreamExt, stream};
use tokio::sync::mpsc::Sender;
use tokio::task::yield_now;

use super::files::{Spilled, compact};
use super::given::{Given, given};
use super::split::{MOST_LEVELS, SHARE_TOGETHER, Splitter};
use crate::error::outgrew_memory;

/// One such operator at work.
pub(super) struct Grouping {
    plan: Arc<dyn ExecutionPlan>,
    keys: Vec<PhysicalExprRef>,
    runtime: Arc<RuntimeEnv>,
    /// What the operator holds. It can spill, so that it gets a fair part.
    memory: Arc<MemoryReservation>,
    /// Where the operator itself cannot spill, and takes of `memory`.
    within: Arc<TaskContext>,
    output: Sender<Result<RecordBatch>>,
}

/// Rows of some of the keys.
struct Part {
    rows: Spilled,
    level: u64,
    is_divisible: bool,
}

impl Grouping {
    /// The operator as it would run in memory, the keys over its input, and where its rows go.
    pub fn new(
        plan: Arc<dyn ExecutionPlan>,
        keys: Vec<PhysicalExprRef>,
        context: &Arc<TaskContext>,
        output: Sender<Result<RecordBatch>>,
    ) -> Result<Grouping> {
        let runtime = context.runtime_env();
        let consumer = MemoryConsumer::new(plan.name()).with_can_spill(true);
        let memory = Arc::new(consumer.register(&runtime.memory_pool));
        let bounded = RuntimeEnvBuilder::from_runtime_env(&runtime)
            .with_memory_pool(Arc::new(Within(memory.clone())))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
            .build_arc()?;
        let within = TaskContext::default().with_session_config(context.session_config().clone()).with_runtime(bounded);
        Ok(Grouping { plan, keys, runtime, memory, within: Arc::new(within), output })
    }

    /// Runs the operator over its input.
    pub async fn run(self, mut input: SendableRecordBatchStream) -> Result<()> {
        let schema = input.schema();
        let mut gathered = Vec::new();
        let mut counter = RecordBatchMemoryCounter::new();
        while let Some(batch) = input.next().await.transpose()? {
            let fits = self.memory.try_grow(counter.count_batch(&batch)).is_ok();
            gathered.push(batch);
            if !fits {
                self.memory.free();
                let rows = stream::iter(gathered.into_iter().map(Ok)).chain(input);
                return self.run_in_parts(Box::pin(RecordBatchStreamAdapter::new(schema, rows))).await;
            }
        }
        if self.outgrew(given(schema.clone(), gathered.clone())).await?.is_some() {
            self.memory.free();
            self.run_in_parts(given(schema, gathered)).await?;
        }
        Ok(())
    }

    async fn run_in_parts(&self, rows: SendableRecordBatchStream) -> Result<()> {
        let schema = rows.schema();
        let mut waiting = self.split(rows, 0).await?;
        while let Some(part) = waiting.pop() {
            let Some(error) = self.outgrew(part.rows.read(&schema)?).await? else { continue };
            if !part.is_divisible || part.level == MOST_LEVELS {
                return Err(error);
            }
            let mut parts = self.split(part.rows.read(&schema)?, part.level + 1).await?;
            for smaller in &mut parts {
                smaller.is_divisible = (smaller.rows.size.rows as f64) < part.rows.size.rows as f64 * SHARE_TOGETHER;
            }
            waiting.extend(parts);
        }
        Ok(())
    }

    /// The parts, the first one last.
    async fn split(&self, mut rows: SendableRecordBatchStream, level: u64) -> Result<Vec<Part>> {
        let mut splitter = Splitter::new(&self.runtime, rows.schema(), self.keys.clone(), level, &self.memory);
        while let Some(batch) = rows.next().await.transpose()? {
            splitter.push(batch)?;
            // A query that is stopped ends here, also where rows never have to be waited for.
            yield_now().await;
        }
        let parts = splitter.finish()?.into_iter().rev().flatten();
        Ok(parts.map(|rows| Part { rows, level, is_divisible: true }).collect())
    }

    /// Runs the operator over rows and hands on what it gives, or tells that it may not have the memory for it.
    async fn outgrew(&self, rows: SendableRecordBatchStream) -> Result<Option<DataFusionError>> {
        let plan = replace_children_if_necessary(self.plan.clone(), vec![Given::plan(rows)?])?;
        // What gives rows while it still takes some may outgrow the memory after that, and what it gave counted for
        // nothing: it waits until all has gone well.
        let waits = plan.pipeline_behavior() != EmissionType::Final;
        let mut given = execute_stream(plan, self.within.clone())?;
        let (mut waiting, mut counter, mut held) = (Vec::new(), RecordBatchMemoryCounter::new(), 0);
        let mut has_sent = false;
        let outgrown = loop {
            let batch = match given.next().await.transpose() {
                Ok(Some(batch)) => compact(&batch)?,
                Ok(None) => break None,
                Err(error) if !has_sent && outgrew_memory(&error) => break Some(error),
                Err(error) => return Err(error),
            };
            if waits {
                let bytes = counter.count_batch(&batch);
                if let Err(error) = self.memory.try_grow(bytes) {
                    break Some(error);
                }
                held += bytes;
                waiting.push(batch);
            } else {
                has_sent = true;
                if self.output.send(Ok(batch)).await.is_err() {
                    break None;
                }
            }
        };
        if outgrown.is_none() {
            for batch in waiting {
                if self.output.send(Ok(batch)).await.is_err() {
                    break;
                }
            }
        }
        self.memory.shrink(held);
        Ok(outgrown)
    }
}

/// The memory that a reservation may take.
#[derive(Debug)]
struct Within(Arc<MemoryReservation>);

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "within {}", self.0.size())
    }
}

impl MemoryPool for Within {
    fn name(&self) -> &str {
        "within"
    }

    fn grow(&self, _reservation: &MemoryReservation, additional: usize) {
        self.0.grow(additional);
    }

    fn shrink(&self, _reservation: &MemoryReservation, shrink: usize) {
        self.0.shrink(shrink);
    }

    fn try_grow(&self, _reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.0.try_grow(additional)
    }

    fn reserved(&self) -> usize {
        self.0.size()
    }
}
