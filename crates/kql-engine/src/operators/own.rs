//! Operators of our own, where KQL has no relational equal: one logical and one physical node for all of them.
//!
//! An operator is a plain [`OwnOperator`] specification that names columns, never positions, so that it survives
//! the optimiser's pruning and travels over a wire as it is. What it does is its [`Behaviour`]: which columns it
//! passes on, what it demands of its input, and the [`Worker`] that turns one partition's batches into others.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef, plan_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr as DataFusionExpr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_expr::projection::ProjectionMapping;
use datafusion::physical_expr::{Distribution, LexOrdering, OrderingRequirements, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::distribution_requirements::InputDistributionRequirements;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::graph::{AddGraphColumn, KeepShortest, MakeGraph, MatchPattern};
use super::join::FirstByKey;
use super::make_series::SeriesMaker;
use super::mv_expand::Expand;
use super::number::Number;
use super::parse::Parse;
use super::plugin::RunPlugin;
use super::scan::Scanner;
use super::serialize::InOrder;
use super::window::Window;

/// The operators of our own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum OwnOperator {
    FirstByKey(FirstByKey),
    Expand(Expand),
    Parse(Parse),
    Plugin(RunPlugin),
    Number(Number),
    InOrder(InOrder),
    MakeSeries(SeriesMaker),
    Scan(Scanner),
    Window(Window),
    MakeGraph(MakeGraph),
    AddGraphColumn(AddGraphColumn),
    MatchPattern(MatchPattern),
    KeepShortest(KeepShortest),
}

impl OwnOperator {
    fn behaviour(&self) -> &dyn Behaviour {
        match self {
            OwnOperator::FirstByKey(operator) => operator,
            OwnOperator::Expand(operator) => operator,
            OwnOperator::Parse(operator) => operator,
            OwnOperator::Plugin(operator) => operator,
            OwnOperator::Number(operator) => operator,
            OwnOperator::InOrder(operator) => operator,
            OwnOperator::MakeSeries(operator) => operator,
            OwnOperator::Scan(operator) => operator,
            OwnOperator::Window(operator) => operator,
            OwnOperator::MakeGraph(operator) => operator,
            OwnOperator::AddGraphColumn(operator) => operator,
            OwnOperator::MatchPattern(operator) => operator,
            OwnOperator::KeepShortest(operator) => operator,
        }
    }

    /// The plan of this operator over an input.
    pub fn over(self, input: LogicalPlan) -> Result<LogicalPlan> {
        let node = OwnNode::try_new(self, input)?;
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }
}

/// What an operator does, told from its specification.
pub(crate) trait Behaviour: fmt::Debug {
    /// What plans call it.
    fn name(&self) -> &'static str;

    /// Its settings, for plans.
    fn describe(&self) -> String;

    /// The input columns that it reads.
    fn reads(&self) -> Vec<&str>;

    /// Whether an input column comes out again, in its place among those that do.
    fn passes(&self, _column: &str) -> bool {
        true
    }

    /// The columns that come after those passed on.
    fn adds(&self) -> Vec<Field> {
        Vec::new()
    }

    /// Whether filtering the output by this column is the same as filtering the input by it; it is not where every row
    /// counts for the others.
    fn filters_by(&self, _column: &str) -> bool {
        false
    }

    /// Whether the first rows out come of the first rows in, at most one of each.
    fn limits_input(&self) -> bool {
        false
    }

    /// Whether sorting the input is as good as sorting the output.
    fn sorts_below(&self) -> bool {
        false
    }

    /// How the rows must lie in partitions.
    fn distribution(&self) -> Rows<'_> {
        Rows::InOnePartition
    }

    /// The order in which the rows must come, by column.
    fn order(&self) -> &[OrderKey] {
        &[]
    }

    /// What works on one partition.
    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>>;
}

/// How an operator needs its input's rows to lie in partitions.
pub(crate) enum Rows<'a> {
    Anywhere,
    /// Rows of equal values in these columns are together.
    TogetherBy(&'a [String]),
    InOnePartition,
}

/// A column to be in order by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct OrderKey {
    pub column: String,
    pub descending: bool,
    pub nulls_first: bool,
}

/// Turns the batches of one partition into others, in order.
pub(crate) trait Worker: Send {
    /// Takes in a batch.
    fn push(&mut self, batch: RecordBatch) -> Result<()>;

    /// Hands out a batch, or `None` when it needs another one first.
    fn pull(&mut self) -> Result<Option<RecordBatch>>;

    /// Learns that there are no more batches; what it still has is pulled then.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

/// An operator of our own in a logical plan.
#[derive(Debug)]
pub(crate) struct OwnNode {
    operator: OwnOperator,
    input: LogicalPlan,
    schema: DFSchemaRef,
}

impl OwnNode {
    fn try_new(operator: OwnOperator, input: LogicalPlan) -> Result<OwnNode> {
        let schema = output_schema(operator.behaviour(), input.schema().as_arrow())?;
        let schema = DFSchema::from_unqualified_fields(schema.fields().clone(), Default::default())?;
        Ok(OwnNode { operator, input, schema: Arc::new(schema) })
    }

    /// The operator.
    pub fn operator(&self) -> &OwnOperator {
        &self.operator
    }

    /// What it works on.
    pub fn input(&self) -> &LogicalPlan {
        &self.input
    }

    /// The physical plan over the planned input.
    pub fn plan(&self, input: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(OwnExec::try_new(self.operator.clone(), input)?))
    }

    fn passed(&self) -> Vec<usize> {
        passed(self.operator.behaviour(), self.input.schema().as_arrow())
    }
}

fn passed(behaviour: &dyn Behaviour, input: &Schema) -> Vec<usize> {
    let names = input.fields().iter().enumerate();
    names.filter(|(_, field)| behaviour.passes(field.name())).map(|(at, _)| at).collect()
}

fn output_schema(behaviour: &dyn Behaviour, input: &Schema) -> Result<Schema> {
    for name in behaviour.reads() {
        if input.column_with_name(name).is_none() {
            return plan_err!("{} reads the column {name}, which is not there", behaviour.name());
        }
    }
    let mut fields = input.project(&passed(behaviour, input))?.fields().to_vec();
    fields.extend(behaviour.adds().into_iter().map(Arc::new));
    Ok(Schema::new(fields))
}

impl PartialEq for OwnNode {
    fn eq(&self, other: &OwnNode) -> bool {
        self.operator == other.operator && self.input == other.input
    }
}

impl Eq for OwnNode {}

impl Hash for OwnNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operator.hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for OwnNode {
    fn partial_cmp(&self, _other: &OwnNode) -> Option<Ordering> {
        None
    }
}

impl UserDefinedLogicalNodeCore for OwnNode {
    fn name(&self) -> &str {
        self.operator.behaviour().name()
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<DataFusionExpr> {
        Vec::new()
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        let names = self.schema.fields().iter().map(|field| field.name());
        names.filter(|name| !self.operator.behaviour().filters_by(name)).cloned().collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.operator.behaviour().describe())
    }

    fn with_exprs_and_inputs(
        &self,
        _expressions: Vec<DataFusionExpr>,
        mut inputs: Vec<LogicalPlan>,
    ) -> Result<OwnNode> {
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => OwnNode::try_new(self.operator.clone(), input),
            _ => plan_err!("{} takes one input", self.name()),
        }
    }

    fn necessary_children_exprs(&self, outputs: &[usize]) -> Option<Vec<Vec<usize>>> {
        let passed = self.passed();
        let read = self.operator.behaviour().reads();
        let input = self.input.schema().as_arrow();
        let mut needed: Vec<usize> = outputs.iter().filter_map(|output| passed.get(*output).copied()).collect();
        needed.extend(read.iter().filter_map(|name| input.index_of(name).ok()));
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }

    fn supports_limit_pushdown(&self) -> bool {
        self.operator.behaviour().limits_input()
    }
}

/// An operator of our own in a physical plan.
#[derive(Debug)]
pub(crate) struct OwnExec {
    operator: OwnOperator,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl OwnExec {
    pub fn try_new(operator: OwnOperator, input: Arc<dyn ExecutionPlan>) -> Result<OwnExec> {
        let behaviour = operator.behaviour();
        let schema = Arc::new(output_schema(behaviour, &input.schema())?);
        let kept = passed(behaviour, &input.schema());
        let mapping = kept.iter().map(|at| {
            let name = input.schema().field(*at).name().clone();
            (Arc::new(PhysicalColumn::new(&name, *at)) as Arc<dyn PhysicalExpr>, name)
        });
        let mapping = ProjectionMapping::try_new(mapping, &input.schema())?;
        let equivalences = input.equivalence_properties();
        let partitioning = match behaviour.distribution() {
            Rows::InOnePartition => Partitioning::UnknownPartitioning(1),
            _ => input.output_partitioning().project(&mapping, equivalences),
        };
        let properties = PlanProperties::new(
            equivalences.project(&mapping, schema),
            partitioning,
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Ok(OwnExec { operator, input, properties: Arc::new(properties) })
    }

    pub fn operator(&self) -> &OwnOperator {
        &self.operator
    }

    /// The columns of which rows with equal values must be together; none where it is otherwise.
    pub fn keys(&self) -> Vec<Arc<dyn PhysicalExpr>> {
        match self.operator.behaviour().distribution() {
            Rows::TogetherBy(columns) => columns.iter().filter_map(|name| self.input_column(name)).collect(),
            Rows::Anywhere | Rows::InOnePartition => Vec::new(),
        }
    }

    fn input_column(&self, name: &str) -> Option<Arc<dyn PhysicalExpr>> {
        let at = self.input.schema().index_of(name).ok()?;
        Some(Arc::new(PhysicalColumn::new(name, at)))
    }
}

impl DisplayAs for OwnExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Exec: {}", self.operator.behaviour().name(), self.operator.behaviour().describe())
    }
}

impl ExecutionPlan for OwnExec {
    fn name(&self) -> &str {
        self.operator.behaviour().name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![match self.operator.behaviour().distribution() {
            Rows::Anywhere => Distribution::UnspecifiedDistribution,
            Rows::InOnePartition => Distribution::SinglePartition,
            Rows::TogetherBy(_) => Distribution::KeyPartitioned(self.keys()),
        }])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let keys = self.operator.behaviour().order().iter().filter_map(|key| {
            let options = SortOptions { descending: key.descending, nulls_first: key.nulls_first };
            Some(PhysicalSortExpr::new(self.input_column(&key.column)?, options))
        });
        vec![LexOrdering::new(keys).map(OrderingRequirements::from)]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        // DataFusion takes it that a sort may move below, and that columns have the same positions there.
        let behaviour = self.operator.behaviour();
        vec![behaviour.sorts_below() && self.input.schema().fields().iter().all(|field| behaviour.passes(field.name()))]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn supports_limit_pushdown(&self) -> bool {
        self.operator.behaviour().limits_input()
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(OwnExec::try_new(self.operator.clone(), input)?)),
            _ => plan_err!("{} takes one input", self.name()),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context.clone())?;
        let memory = MemoryConsumer::new(self.operator.behaviour().name()).register(context.memory_pool());
        let worker = self.operator.behaviour().worker(&self.input.schema(), &self.schema(), memory)?;
        let batches = stream::try_unfold((input, worker, false), |(mut input, mut worker, mut finished)| async move {
            loop {
                if let Some(batch) = worker.pull()? {
                    return Ok(Some((batch, (input, worker, finished))));
                }
                if finished {
                    return Ok(None);
                }
                match input.next().await.transpose()? {
                    Some(batch) => worker.push(batch)?,
                    None => {
                        worker.finish()?;
                        finished = true;
                    }
                }
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}
