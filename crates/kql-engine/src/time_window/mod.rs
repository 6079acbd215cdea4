//! Joins in a time window, such as `join kind=inner R on User | where t2 between (t1 .. t1 + 1h)`: of the pairs of a key
//! only those within the window are formed.
//!
//! A hash join forms all pairs of a key and filters them. Here the rows of one side lie sorted by key and time, and for
//! each row of the other side those within its window are found by binary search. The filter is evaluated over what is
//! found, so that the window need not be exact, only wide enough.
//!
//! This is done to a physical plan just before it runs, in the process that runs it; a plan that travels has an ordinary
//! join.

mod band;
mod pairs;
mod sorted;

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinSide, JoinType, NullEquality, plan_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::distribution_requirements::InputDistributionRequirements;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{StreamExt, TryFutureExt, TryStreamExt};
use tokio::sync::OnceCell;

use band::Band;
use pairs::Pairing;
use sorted::Sorted;

/// The plan with each hash join whose filter is a window as a join in that window.
pub(crate) fn join_in_windows(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = plan.transform_up(|node| {
        Ok(match node.downcast_ref::<HashJoinExec>().and_then(TimeWindowJoinExec::of) {
            Some(join) => Transformed::yes(Arc::new(join) as Arc<dyn ExecutionPlan>),
            None => Transformed::no(node),
        })
    })?;
    Ok(plan.data)
}

/// An inner join whose filter is a window.
struct TimeWindowJoinExec {
    /// What it stands for.
    join: HashJoinExec,
    band: Band,
    /// The sorted side, where all partitions of the other one need the whole of it.
    shared: Arc<OnceCell<Arc<Sorted>>>,
    properties: Arc<PlanProperties>,
}

impl TimeWindowJoinExec {
    /// The join in a window, if this one is such.
    fn of(join: &HashJoinExec) -> Option<TimeWindowJoinExec> {
        if *join.join_type() != JoinType::Inner || join.null_equality() != NullEquality::NullEqualsNull {
            return None;
        }
        let mut bands = band::bands(join.filter()?);
        // As in the hash join, the left side is held and the right one streams, unless only the right one can be sorted.
        bands.sort_by_key(|band| band.side != JoinSide::Left);
        let band = bands.into_iter().find(|band| band.side == JoinSide::Left || may_hold_right(join))?;
        let join = join.builder().build().ok()?;
        let properties = join.properties().clone();
        Some(TimeWindowJoinExec { join, band, shared: Arc::default(), properties })
    }

    fn sorted_side(&self) -> &Arc<dyn ExecutionPlan> {
        if self.band.side == JoinSide::Left { self.join.left() } else { self.join.right() }
    }

    /// The keys of one side.
    fn keys(&self, side: JoinSide) -> Vec<Arc<dyn PhysicalExpr>> {
        let (left, right): (Vec<_>, Vec<_>) = self.join.on().iter().cloned().unzip();
        if side == JoinSide::Left { left } else { right }
    }
}

/// Whether the right side may be the one that is held: then it must not be a part of what the left one needs, and nobody
/// may count on its order.
fn may_hold_right(join: &HashJoinExec) -> bool {
    let is_alike = match join.partition_mode() {
        PartitionMode::Partitioned => true,
        PartitionMode::CollectLeft => join.right().output_partitioning().partition_count() == 1,
        PartitionMode::Auto => false,
    };
    is_alike && join.properties().output_ordering().is_none()
}

impl fmt::Debug for TimeWindowJoinExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeWindowJoinExec({:?} of {:?})", self.band, self.join)
    }
}

impl DisplayAs for TimeWindowJoinExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "TimeWindowJoinExec: ")?;
        self.join.fmt_as(format, f)
    }
}

impl ExecutionPlan for TimeWindowJoinExec {
    fn name(&self) -> &str {
        "TimeWindowJoinExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.join.children()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        self.join.input_distribution_requirements()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        match self.band.side {
            JoinSide::Left => self.join.maintains_input_order(),
            _ => vec![false, false],
        }
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.join.apply_expressions(visit)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match TimeWindowJoinExec::of(&self.join.builder().with_new_children(children)?.build()?) {
            Some(join) => Ok(Arc::new(join)),
            None => plan_err!("a join in a window cannot be one over other inputs"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (sorted_side, other_side) = match self.band.side {
            JoinSide::Left => (JoinSide::Left, JoinSide::Right),
            _ => (JoinSide::Right, JoinSide::Left),
        };
        let other = if other_side == JoinSide::Left { self.join.left() } else { self.join.right() };
        let others = other.execute(partition, context.clone())?;
        let memory = MemoryConsumer::new("TimeWindowJoin").register(context.memory_pool());
        let (keys, time) = (self.keys(sorted_side), self.band.column);
        let is_shared = *self.join.partition_mode() == PartitionMode::CollectLeft;
        let input = self.sorted_side().clone();
        let (shared, for_input) = (self.shared.clone(), context.clone());
        let sorted = async move {
            if is_shared {
                let all =
                    || async { Sorted::gather(input.execute(0, for_input)?, &keys, time, memory).await.map(Arc::new) };
                shared.get_or_try_init(all).await.cloned()
            } else {
                Sorted::gather(input.execute(partition, for_input)?, &keys, time, memory).await.map(Arc::new)
            }
        };
        let batch_rows = context.session_config().batch_size();
        let pairing = Pairing::new(&self.join, &self.band, self.keys(sorted_side), self.keys(other_side), batch_rows)?;
        let pairing = Arc::new(pairing);
        let joined = async move {
            let sorted = sorted.await?;
            Ok(others.map(move |batch| pairing.pairs(&sorted, batch?)).try_flatten())
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), joined.try_flatten_stream())))
    }
}
