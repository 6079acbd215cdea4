//! Joins, aggregations and the like whose rows do not have to fit into memory.
//!
//! What such an operator does with the rows of one key has nothing to do with the rows of others. Where its rows outgrow
//! its share of the memory, they are split by the hash of their keys into files, and the operator runs over one part
//! after another. A part that is still too large is split again by another hash.
//!
//! It costs parallelism, so it stands only in plans that are made when memory has turned out to be short.

mod files;
mod given;
mod groups;
mod join;
mod split;
mod tops;

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{exec_err, plan_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, PhysicalExpr, PhysicalExprRef};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::distribution_requirements::InputDistributionRequirements;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, replace_children_if_necessary};
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};

use crate::codec;
use crate::operators::own::OwnExec;
pub(crate) use files::{Spilled, Spilling};
pub(crate) use given::given;
use groups::Grouping;
use join::Joining;
pub(crate) use tops::SortForLargeTops;

/// Lets every operator of a plan spill that can work part by part. It runs before rules that depend on how inputs are
/// partitioned and ordered.
#[derive(Debug)]
pub(crate) struct WorkInParts;

impl PhysicalOptimizerRule for WorkInParts {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_up(|node| {
            Ok(match Work::of(&node)? {
                Some(work) => Transformed::yes(Arc::new(InPartsExec::new(work)) as Arc<dyn ExecutionPlan>),
                None => Transformed::no(node),
            })
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &str {
        "work_in_parts"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What is done with each part.
#[derive(Clone, Debug)]
enum Work {
    Join(Arc<HashJoinExec>),
    /// An operator to which only rows of equal keys matter to each other.
    Groups {
        plan: Arc<dyn ExecutionPlan>,
        keys: Vec<PhysicalExprRef>,
    },
}

impl Work {
    /// What an operator does with its parts, if it can work on them one by one.
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Work>> {
        if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
            if join.contains_projection() {
                return Ok(None);
            }
            let join = join.builder().with_partition_mode(PartitionMode::CollectLeft).reset_state().build()?;
            return Ok(Some(Work::Join(Arc::new(join))));
        }
        let keys = if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
            // Of an aggregation in two stages the second one: the first gives on what it has when memory is short.
            let is_last = matches!(aggregate.mode(), AggregateMode::Final | AggregateMode::FinalPartitioned);
            if is_last && aggregate.group_expr().is_single() {
                aggregate.group_expr().input_exprs()
            } else {
                Vec::new()
            }
        } else if let Some(own) = plan.downcast_ref::<OwnExec>() {
            own.keys()
        } else {
            Vec::new()
        };
        Ok((!keys.is_empty()).then(|| Work::Groups { plan: plan.clone(), keys }))
    }

    fn plan(&self) -> Arc<dyn ExecutionPlan> {
        match self {
            Work::Join(join) => join.clone(),
            Work::Groups { plan, .. } => plan.clone(),
        }
    }
}

/// An operator that works part by part.
#[derive(Debug)]
pub(crate) struct InPartsExec {
    work: Work,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    properties: Arc<PlanProperties>,
}

impl InPartsExec {
    fn new(work: Work) -> InPartsExec {
        let plan = work.plan();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(plan.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        let inputs = plan.children().into_iter().cloned().collect();
        InPartsExec { work, inputs, properties: Arc::new(properties) }
    }

    /// The operator over other inputs.
    fn over(plan: Arc<dyn ExecutionPlan>, inputs: Vec<Arc<dyn ExecutionPlan>>) -> Result<InPartsExec> {
        match Work::of(&replace_children_if_necessary(plan, inputs)?)? {
            Some(work) => Ok(InPartsExec::new(work)),
            None => plan_err!("an operator that worked part by part cannot do so over other inputs"),
        }
    }

    /// How the operator travels: as it is in memory, over nothing.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let nothing =
            self.inputs.iter().map(|input| Arc::new(EmptyExec::new(input.schema())) as Arc<dyn ExecutionPlan>);
        codec::encode(replace_children_if_necessary(self.work.plan(), nothing.collect())?)
    }

    /// The operator that travelled, over its decoded inputs.
    pub fn decode(bytes: &[u8], inputs: &[Arc<dyn ExecutionPlan>], context: &TaskContext) -> Result<InPartsExec> {
        let plan = codec::decode(bytes, context)?;
        if plan.children().len() != inputs.len() {
            return exec_err!("the encoded operator has the wrong number of inputs");
        }
        InPartsExec::over(plan, inputs.to_vec())
    }
}

impl DisplayAs for InPartsExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "InPartsExec: ")?;
        self.work.plan().fmt_as(format, f)
    }
}

impl ExecutionPlan for InPartsExec {
    fn name(&self) -> &str {
        "InPartsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition; self.inputs.len()])
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; self.inputs.len()]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.work.plan().apply_expressions(visit)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(InPartsExec::over(self.work.plan(), children)?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let inputs = self.inputs.iter().map(|input| input.execute(partition, context.clone()));
        let mut inputs = inputs.collect::<Result<Vec<_>>>()?.into_iter();
        let mut output = RecordBatchReceiverStream::builder(self.schema(), 1);
        match (&self.work, inputs.next(), inputs.next()) {
            (Work::Join(join), Some(left), Some(right)) => {
                let joining = Joining::new(join.clone(), &context, output.tx())?;
                output.spawn(joining.run(left, right));
            }
            (Work::Groups { plan, keys }, Some(input), None) => {
                let grouping = Grouping::new(plan.clone(), keys.clone(), &context, output.tx())?;
                output.spawn(grouping.run(input));
            }
            _ => return exec_err!("internal error: an operator in parts has the wrong number of inputs"),
        }
        Ok(output.build())
    }
}
