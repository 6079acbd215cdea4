//! Hash joins of which neither side has to fit into memory: a grace hash join around DataFusion's own.
//!
//! Where the left side outgrows its share of the memory, both sides are split by the hash of their keys into files, and
//! the parts are joined one after another, each by an ordinary [`HashJoinExec`] that builds on the smaller side. A part
//! that is still too large is split again by another hash; one that cannot be split, since most of its rows have one
//! key, is built piece by piece, and the other side read once for each piece.
//!
//! It costs parallelism, so it stands only in plans that are made when memory has turned out to be short.

mod files;
mod parts;
mod split;

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{exec_err, plan_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::distribution_requirements::InputDistributionRequirements;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};

use crate::codec;
use parts::Joining;

/// Lets every hash join of a plan spill. It runs before rules that depend on how inputs are partitioned and ordered.
#[derive(Debug)]
pub(crate) struct SpillJoins;

impl PhysicalOptimizerRule for SpillJoins {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_up(|node| {
            Ok(match node.downcast_ref::<HashJoinExec>() {
                Some(join) if !join.contains_projection() => Transformed::yes(Arc::new(SpillingJoinExec::of(join)?)),
                _ => Transformed::no(node),
            })
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &str {
        "spill_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A hash join whose sides may be larger than the memory.
#[derive(Debug)]
pub(crate) struct SpillingJoinExec {
    /// The join as it would run in memory.
    join: Arc<HashJoinExec>,
    properties: Arc<PlanProperties>,
}

impl SpillingJoinExec {
    /// The join, able to spill.
    pub fn of(join: &HashJoinExec) -> Result<SpillingJoinExec> {
        let join = join.builder().with_partition_mode(PartitionMode::CollectLeft).reset_state().build()?;
        let properties = PlanProperties::new(
            EquivalenceProperties::new(join.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Ok(SpillingJoinExec { join: Arc::new(join), properties: Arc::new(properties) })
    }

    /// How the join travels: as an ordinary one over nothing.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let nothing = |side: &Arc<dyn ExecutionPlan>| Arc::new(EmptyExec::new(side.schema())) as Arc<dyn ExecutionPlan>;
        let inputs = vec![nothing(self.join.left()), nothing(self.join.right())];
        codec::encode(self.join.builder().with_new_children(inputs)?.build_exec()?)
    }

    /// The join that travelled, over its decoded inputs.
    pub fn decode(
        bytes: &[u8],
        left: &Arc<dyn ExecutionPlan>,
        right: &Arc<dyn ExecutionPlan>,
        context: &TaskContext,
    ) -> Result<SpillingJoinExec> {
        let plan = codec::decode(bytes, context)?;
        let Some(join) = plan.downcast_ref::<HashJoinExec>() else {
            return exec_err!("the encoded join cannot be read");
        };
        SpillingJoinExec::of(&join.builder().with_new_children(vec![left.clone(), right.clone()])?.build()?)
    }
}

impl DisplayAs for SpillingJoinExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let on = self.join.on().iter().map(|(left, right)| format!("({left}, {right})"));
        write!(f, "SpillingJoinExec: {}, on=[{}]", self.join.join_type(), on.collect::<Vec<_>>().join(", "))?;
        match self.join.filter() {
            Some(filter) => write!(f, ", filter={}", filter.expression()),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for SpillingJoinExec {
    fn name(&self) -> &str {
        "SpillingJoinExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![self.join.left(), self.join.right()]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition, Distribution::SinglePartition])
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.join.apply_expressions(visit)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        if children.len() != 2 {
            return plan_err!("a join takes two inputs");
        }
        Ok(Arc::new(SpillingJoinExec::of(&self.join.builder().with_new_children(children)?.build()?)?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let left = self.join.left().execute(partition, context.clone())?;
        let right = self.join.right().execute(partition, context.clone())?;
        let mut output = RecordBatchReceiverStream::builder(self.schema(), 1);
        let joining = Joining::new(self.join.clone(), &context, output.tx())?;
        output.spawn(joining.run(left, right));
        Ok(output.build())
    }
}
