//! Joins: in memory where the left side fits, and part by part from files where it does not, each by an ordinary
//! [`HashJoinExec`] that builds on the smaller side.
//!
//! A part that cannot be split, since most of its rows have one key, is built piece by piece, and the other side read
//! once for each piece.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::JoinType;
use datafusion::common::utils::memory::{RecordBatchMemoryCounter, get_record_batch_memory_size};
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation, UnboundedMemoryPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExprRef;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::stream::{EmptyRecordBatchStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{StreamExt, stream};
use tokio::sync::mpsc::Sender;
use tokio::task::yield_now;

use super::files::{Size, Spilled, compact};
use super::given::{Given, given};
use super::split::{MOST_LEVELS, SHARE_TOGETHER, Splitter};
use crate::time_window::join_in_windows;

/// What a row costs in the hash table of a join.
const TABLE_BYTES_PER_ROW: usize = 40;

/// Which side a hash table is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The rows of both sides with some of the keys.
struct Part {
    left: Option<Spilled>,
    right: Option<Spilled>,
    level: u64,
    is_divisible: bool,
}

impl Part {
    fn size(&self, side: Side) -> Size {
        let spilled = match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        };
        spilled.as_ref().map(|spilled| spilled.size).unwrap_or_default()
    }

    /// The side of which a hash table takes less memory.
    fn smaller(&self) -> Side {
        let needs = |side| memory_to_build(self.size(side));
        if needs(Side::Left) <= needs(Side::Right) { Side::Left } else { Side::Right }
    }
}

/// The bytes that building on such a side takes: its batches, the one that they become, and the table.
fn memory_to_build(size: Size) -> usize {
    size.bytes.saturating_mul(2).saturating_add(size.rows.saturating_mul(TABLE_BYTES_PER_ROW))
}

/// One join at work.
pub(super) struct Joining {
    join: Arc<HashJoinExec>,
    runtime: Arc<RuntimeEnv>,
    /// What the join holds. It can spill, so that it gets a fair part.
    memory: MemoryReservation,
    /// For joins in memory, for which `memory` has accounted before they begin.
    within: Arc<TaskContext>,
    output: Sender<Result<RecordBatch>>,
}

impl Joining {
    /// The join as it would run in memory, and where its rows go.
    pub fn new(
        join: Arc<HashJoinExec>,
        context: &Arc<TaskContext>,
        output: Sender<Result<RecordBatch>>,
    ) -> Result<Joining> {
        let runtime = context.runtime_env();
        let memory = MemoryConsumer::new("Join").with_can_spill(true).register(&runtime.memory_pool);
        let accounted = RuntimeEnvBuilder::from_runtime_env(&runtime)
            .with_memory_pool(Arc::new(UnboundedMemoryPool::default()))
            .build_arc()?;
        let within =
            TaskContext::default().with_session_config(context.session_config().clone()).with_runtime(accounted);
        Ok(Joining { join, runtime, memory, within: Arc::new(within), output })
    }

    /// Joins the two sides.
    pub async fn run(self, mut left: SendableRecordBatchStream, right: SendableRecordBatchStream) -> Result<()> {
        let mut gathered = Vec::new();
        let mut counter = RecordBatchMemoryCounter::new();
        while let Some(batch) = left.next().await.transpose()? {
            let bytes = counter.count_batch(&batch);
            let fits = self.memory.try_grow(memory_to_build(Size { rows: batch.num_rows(), bytes })).is_ok();
            gathered.push(batch);
            if !fits {
                self.memory.free();
                let before = stream::iter(gathered.into_iter().map(Ok));
                let left = RecordBatchStreamAdapter::new(left.schema(), before.chain(left));
                return self.run_in_parts(Box::pin(left), right).await;
            }
        }
        let left = given(left.schema(), gathered);
        self.send(self.join_of(left, right, Side::Left)?).await?;
        Ok(())
    }

    async fn run_in_parts(&self, left: SendableRecordBatchStream, right: SendableRecordBatchStream) -> Result<()> {
        let mut waiting = self.split(left, right, 0).await?;
        while let Some(part) = waiting.pop() {
            if self.gives_nothing(&part) {
                continue;
            }
            let build = part.smaller();
            let memory = memory_to_build(part.size(build));
            if self.memory.try_resize(memory).is_ok() {
                let (left, right) = (self.read(Side::Left, &part.left)?, self.read(Side::Right, &part.right)?);
                self.send(self.join_of(left, right, build)?).await?;
            } else if part.is_divisible && part.level < MOST_LEVELS {
                let (left, right) = (self.read(Side::Left, &part.left)?, self.read(Side::Right, &part.right)?);
                let mut parts = self.split(left, right, part.level + 1).await?;
                for smaller in &mut parts {
                    let rows = smaller.size(smaller.smaller()).rows as f64;
                    smaller.is_divisible = rows < part.size(build).rows as f64 * SHARE_TOGETHER;
                }
                waiting.extend(parts);
            } else {
                self.join_in_pieces(&part).await?;
            }
            self.memory.free();
        }
        Ok(())
    }

    /// Both sides in parts, the first part last.
    async fn split(
        &self,
        left: SendableRecordBatchStream,
        right: SendableRecordBatchStream,
        level: u64,
    ) -> Result<Vec<Part>> {
        let (left_keys, right_keys): (Vec<_>, Vec<_>) = self.join.on().iter().cloned().unzip();
        let lefts = self.split_side(left, left_keys, level, Vec::new()).await?;
        // Rows without a partner that the join would not give are not even written.
        let unwanted =
            if keeps_right(*self.join.join_type()) { Vec::new() } else { lefts.iter().map(Option::is_none).collect() };
        let rights = self.split_side(right, right_keys, level, unwanted).await?;
        let parts = lefts.into_iter().zip(rights).rev();
        Ok(parts.map(|(left, right)| Part { left, right, level, is_divisible: true }).collect())
    }

    async fn split_side(
        &self,
        mut rows: SendableRecordBatchStream,
        keys: Vec<PhysicalExprRef>,
        level: u64,
        unwanted: Vec<bool>,
    ) -> Result<Vec<Option<Spilled>>> {
        let mut splitter = Splitter::new(&self.runtime, rows.schema(), keys, level, &self.memory);
        if !unwanted.is_empty() {
            splitter.leave_out(unwanted);
        }
        while let Some(batch) = rows.next().await.transpose()? {
            splitter.push(batch)?;
            // A query that is stopped ends here, also where rows never have to be waited for.
            yield_now().await;
        }
        splitter.finish()
    }

    fn gives_nothing(&self, part: &Part) -> bool {
        let kind = *self.join.join_type();
        (part.left.is_none() && !keeps_right(kind)) || (part.right.is_none() && !keeps_left(kind))
    }

    /// Joins a part of which neither side fits into memory and that cannot be split. The rows of one side are taken in
    /// pieces: of that side, what becomes of a row is known when all of the other side has been seen.
    async fn join_in_pieces(&self, part: &Part) -> Result<()> {
        match self.join.join_type() {
            JoinType::Inner => self.join_pieces_of(part.smaller(), part, &self.join).await,
            JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => {
                self.join_pieces_of(Side::Left, part, &self.join).await
            }
            JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => {
                self.join_pieces_of(Side::Right, part, &self.join).await
            }
            JoinType::Full => {
                // What belongs together and what the left side has alone, and then what the right side has alone.
                let with_left = self.join.builder().with_type(JoinType::Left).build()?;
                self.join_pieces_of(Side::Left, part, &with_left).await?;
                let right_alone = self.join.builder().with_type(JoinType::RightAnti).build()?;
                self.join_pieces_of(Side::Right, part, &right_alone).await
            }
        }
    }

    async fn join_pieces_of(&self, side: Side, part: &Part, join: &HashJoinExec) -> Result<()> {
        let built = match side {
            Side::Left => &part.left,
            Side::Right => &part.right,
        };
        let mut built = self.read(side, built)?;
        let schema = built.schema();
        let mut next = built.next().await.transpose()?;
        while let Some(first) = next.take() {
            self.memory.free();
            // One batch has to fit; what it takes is held anyway.
            self.memory.grow(memory_of_batch(&first));
            let mut piece = vec![first];
            while let Some(batch) = built.next().await.transpose()? {
                if self.memory.try_grow(memory_of_batch(&batch)).is_err() {
                    next = Some(batch);
                    break;
                }
                piece.push(batch);
            }
            let piece = given(schema.clone(), piece);
            let (left, right) = match side {
                Side::Left => (piece, self.read(Side::Right, &part.right)?),
                Side::Right => (self.read(Side::Left, &part.left)?, piece),
            };
            self.send(execute(join, left, right, side, &self.within)?).await?;
        }
        Ok(())
    }

    fn join_of(
        &self,
        left: SendableRecordBatchStream,
        right: SendableRecordBatchStream,
        build: Side,
    ) -> Result<SendableRecordBatchStream> {
        execute(&self.join, left, right, build, &self.within)
    }

    fn read(&self, side: Side, spilled: &Option<Spilled>) -> Result<SendableRecordBatchStream> {
        let schema = match side {
            Side::Left => self.join.left().schema(),
            Side::Right => self.join.right().schema(),
        };
        match spilled {
            Some(spilled) => spilled.read(&schema),
            None => Ok(Box::pin(EmptyRecordBatchStream::new(schema))),
        }
    }

    /// Hands on what is joined. The batches are compact, since what comes next may have to hold many of them.
    async fn send(&self, mut joined: SendableRecordBatchStream) -> Result<()> {
        let schema = self.join.schema();
        while let Some(batch) = joined.next().await.transpose()? {
            let batch = with_columns_of(&schema, &compact(&batch)?)?;
            if self.output.send(Ok(batch)).await.is_err() {
                // Nobody wants more.
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The batch with the columns of the whole join: what the right side has alone lacks those of the left.
fn with_columns_of(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch> {
    let lacking = schema.fields().len().saturating_sub(batch.num_columns());
    let lacking = schema.fields().iter().take(lacking).map(|field| new_null_array(field.data_type(), batch.num_rows()));
    let columns: Vec<ArrayRef> = lacking.chain(batch.columns().iter().cloned()).collect();
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &rows)?)
}

fn memory_of_batch(batch: &RecordBatch) -> usize {
    memory_to_build(Size { rows: batch.num_rows(), bytes: get_record_batch_memory_size(batch) })
}

fn keeps_left(kind: JoinType) -> bool {
    matches!(kind, JoinType::Left | JoinType::Full | JoinType::LeftAnti | JoinType::LeftMark)
}

fn keeps_right(kind: JoinType) -> bool {
    matches!(kind, JoinType::Right | JoinType::Full | JoinType::RightAnti | JoinType::RightMark)
}

/// Runs a join over two streams with the hash table on one of them.
fn execute(
    join: &HashJoinExec,
    left: SendableRecordBatchStream,
    right: SendableRecordBatchStream,
    build: Side,
    context: &Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let inputs = vec![Given::plan(left)?, Given::plan(right)?];
    let join = join.builder().with_new_children(inputs)?.reset_state().build()?;
    let plan = match build {
        Side::Left => Arc::new(join) as Arc<dyn ExecutionPlan>,
        Side::Right => join.swap_inputs(PartitionMode::CollectLeft)?,
    };
    execute_stream(join_in_windows(plan)?, context.clone())
}
