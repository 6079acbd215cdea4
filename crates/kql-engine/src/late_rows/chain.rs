//! The nodes between a scan and what chooses among its rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use kql_tables::{ParquetScanExec, RowsById, TextScanExec};
use kql_types::ScalarType;

use crate::places::{columns_of, over_places};

/// A scan and the nodes over it, each of which hands every row on by itself or drops it.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    scan: Arc<dyn ExecutionPlan>,
    /// Whether the scan gives way to other tasks now and then.
    is_yielding: bool,
    /// From the scan upwards.
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Filter {
        predicate: Arc<dyn PhysicalExpr>,
        /// The columns that are handed on.
        places: Vec<usize>,
        schema: SchemaRef,
    },
    Project {
        expressions: Vec<ProjectionExpr>,
        schema: SchemaRef,
    },
    /// The first rows in order, of each partition or of all.
    First {
        by: LexOrdering,
        fetch: usize,
        of_each: bool,
    },
    /// Partitions that are in order become one.
    Merge {
        by: LexOrdering,
        fetch: Option<usize>,
    },
    /// All partitions become one.
    Gather,
}

/// A chain that hands on a few columns and behind them the ids of the rows.
pub(super) struct Early {
    pub plan: Arc<dyn ExecutionPlan>,
    /// The places of its columns among those at the end of the chain, which ascend.
    pub places: Vec<usize>,
    /// The rows of the scan.
    pub rows: Arc<dyn RowsById>,
}

type ScanWithIds = (Arc<dyn ExecutionPlan>, Arc<dyn RowsById>);

impl Chain {
    /// The chain that ends with a node; `None` where other nodes are in it, or where to compute something twice would not
    /// give the same.
    pub(super) fn of(node: &Arc<dyn ExecutionPlan>) -> Option<Chain> {
        let (mut node, mut is_yielding, mut steps) = (node, false, Vec::new());
        loop {
            if node.is::<TextScanExec>() || node.is::<ParquetScanExec>() {
                // A scan of Parquet takes the bound of the first rows so far along, which is better still.
                let is_first = steps.iter().any(|step| matches!(step, Step::First { .. }));
                steps.reverse();
                return (!is_first || node.is::<TextScanExec>()).then(|| Chain {
                    scan: node.clone(),
                    is_yielding,
                    steps,
                });
            }
            if let Some(filter) = node.downcast_ref::<FilterExec>() {
                if filter.fetch().is_some() || is_volatile(filter.predicate()) {
                    return None;
                }
                let all = 0..filter.input().schema().fields().len();
                let places = filter.projection().as_ref().map_or_else(|| all.collect(), |places| places.to_vec());
                steps.push(Step::Filter { predicate: filter.predicate().clone(), places, schema: filter.schema() });
                node = filter.input();
            } else if let Some(project) = node.downcast_ref::<ProjectionExec>() {
                if project.expr().iter().any(|each| is_volatile(&each.expr)) {
                    return None;
                }
                steps.push(Step::Project { expressions: project.expr().to_vec(), schema: project.schema() });
                node = project.input();
            } else if let Some(sort) = node.downcast_ref::<SortExec>() {
                let by = sort.expr().clone();
                steps.push(Step::First { by, fetch: sort.fetch()?, of_each: sort.preserve_partitioning() });
                node = sort.input();
            } else if let Some(merge) = node.downcast_ref::<SortPreservingMergeExec>() {
                steps.push(Step::Merge { by: merge.expr().clone(), fetch: merge.fetch() });
                node = merge.input();
            } else if let Some(yielding) = node.downcast_ref::<CooperativeExec>() {
                is_yielding = true;
                node = yielding.input();
            } else if let Some(gather) = node.downcast_ref::<CoalescePartitionsExec>() {
                if gather.fetch().is_some() {
                    return None;
                }
                steps.push(Step::Gather);
                node = gather.input();
            } else {
                return None;
            }
        }
    }

    /// The most rows that it ends with, in one partition, where its last node tells that.
    pub(super) fn most_rows(&self) -> Option<usize> {
        match self.steps.last()? {
            Step::First { fetch, of_each: false, .. } => Some(*fetch),
            Step::Merge { fetch, .. } => *fetch,
            _ => None,
        }
    }

    /// The chain for the columns at the places `early`, and by what rows are in order, so that those at the places `late`
    /// are read later; `None` where the scan cannot do so or it would not be worth it.
    pub(super) fn early(&self, early: BTreeSet<usize>, late: BTreeSet<usize>) -> Result<Option<Early>> {
        let needs = self.needs(early, true);
        let of_scan: Vec<usize> = needs.first().into_iter().flatten().copied().collect();
        let all = self.needs(late, false);
        let saved = all.first().into_iter().flatten().filter(|place| !of_scan.contains(place));
        if !self.is_worth_it(saved) {
            return Ok(None);
        }
        let Some((scan, rows)) = self.scan_with_ids(&of_scan)? else { return Ok(None) };
        let mut plan =
            if self.is_yielding { Arc::new(CooperativeExec::new(scan)) as Arc<dyn ExecutionPlan> } else { scan };
        for (step, (input, output)) in self.steps.iter().zip(needs.iter().zip(needs.iter().skip(1))) {
            plan = step.early(plan, &input.iter().copied().collect::<Vec<_>>(), output)?;
        }
        let places = needs.last().into_iter().flatten().copied().collect();
        Ok(Some(Early { plan, places, rows }))
    }

    fn scan_with_ids(&self, places: &[usize]) -> Result<Option<ScanWithIds>> {
        if let Some(scan) = self.scan.downcast_ref::<TextScanExec>() {
            return Ok(scan.with_row_ids(places).map(|(scan, rows)| (Arc::new(scan) as _, rows)));
        }
        let Some(scan) = self.scan.downcast_ref::<ParquetScanExec>() else { return Ok(None) };
        Ok(scan.with_row_ids(places)?.map(|(scan, rows)| (Arc::new(scan) as _, rows)))
    }

    /// Of the scan and of each step, the columns that are needed for these at the end; with those by which rows are
    /// chosen or not.
    fn needs(&self, last: BTreeSet<usize>, with_choice: bool) -> Vec<BTreeSet<usize>> {
        let mut needs = vec![last];
        for step in self.steps.iter().rev() {
            if let (Step::First { by, .. } | Step::Merge { by, .. }, Some(above)) = (step, needs.last_mut())
                && with_choice
            {
                // These hand on all columns that they get.
                above.extend(columns_of(by.iter().map(|key| &key.expr)));
            }
            let above = needs.last().into_iter().flatten();
            needs.push(match step {
                Step::First { .. } | Step::Merge { .. } | Step::Gather => above.copied().collect(),
                Step::Project { expressions, .. } => {
                    columns_of(above.filter_map(|place| expressions.get(*place)).map(|each| &each.expr))
                        .into_iter()
                        .collect()
                }
                Step::Filter { predicate, places, .. } => {
                    let asked = if with_choice { columns_of([predicate]) } else { Vec::new() };
                    above.filter_map(|place| places.get(*place).copied()).chain(asked).collect()
                }
            });
        }
        needs.reverse();
        needs
    }

    /// Whether not to read these columns of the scan saves more than to tell the ids of rows costs.
    fn is_worth_it<'p>(&self, saved: impl Iterator<Item = &'p usize>) -> bool {
        let schema = self.scan.schema();
        let is_text = |place: &usize| {
            schema.fields().get(*place).is_some_and(|field| *field.data_type() == ScalarType::String.arrow_type())
        };
        let saved: Vec<&usize> = saved.collect();
        saved.len() > 1 || saved.into_iter().any(is_text)
    }

    /// What the chain makes of rows of the scan that have passed its filters.
    pub(super) fn late(&self, mut batch: RecordBatch) -> Result<RecordBatch> {
        for step in &self.steps {
            let columns = match step {
                Step::First { .. } | Step::Merge { .. } | Step::Gather => continue,
                Step::Filter { places, .. } => batch.project(places)?.columns().to_vec(),
                Step::Project { expressions, .. } => {
                    let computed = expressions.iter().map(|each| evaluate(&each.expr, &batch));
                    computed.collect::<Result<_>>()?
                }
            };
            let (Step::Filter { schema, .. } | Step::Project { schema, .. }) = step else { continue };
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            batch = RecordBatch::try_new_with_options(schema.clone(), columns, &options)?;
        }
        Ok(batch)
    }
}

impl Step {
    /// The step over an input with the columns at the places `has` and the ids of the rows, for the columns `wanted`.
    fn early(
        &self,
        input: Arc<dyn ExecutionPlan>,
        has: &[usize],
        wanted: &BTreeSet<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let id = has.len();
        Ok(match self {
            Step::Gather => Arc::new(CoalescePartitionsExec::new(input)),
            Step::First { by, fetch, of_each } => {
                let sort = SortExec::new(order_over_places(by, has)?, input).with_preserve_partitioning(*of_each);
                Arc::new(sort.with_fetch(Some(*fetch)))
            }
            Step::Merge { by, fetch } => {
                Arc::new(SortPreservingMergeExec::new(order_over_places(by, has)?, input).with_fetch(*fetch))
            }
            Step::Filter { predicate, places, .. } => {
                let kept = wanted.iter().filter_map(|place| has.binary_search(places.get(*place)?).ok());
                let filter = FilterExecBuilder::new(over_places(predicate, has)?, input);
                Arc::new(filter.apply_projection(Some(kept.chain([id]).collect()))?.build()?)
            }
            Step::Project { expressions, .. } => {
                let mut projected = Vec::with_capacity(wanted.len() + 1);
                for each in wanted.iter().filter_map(|place| expressions.get(*place)) {
                    projected.push(ProjectionExpr::new(over_places(&each.expr, has)?, each.alias.clone()));
                }
                let name = input.schema().field(id).name().clone();
                projected.push(ProjectionExpr::new(Arc::new(Column::new(&name, id)), name));
                Arc::new(ProjectionExec::try_new(projected, input)?)
            }
        })
    }
}

/// An order by expressions where of their columns only those at the places `has` are left.
fn order_over_places(by: &LexOrdering, has: &[usize]) -> Result<LexOrdering> {
    let keys = by.iter().map(|key| Ok(PhysicalSortExpr::new(over_places(&key.expr, has)?, key.options)));
    match LexOrdering::new(keys.collect::<Result<Vec<_>>>()?) {
        Some(order) => Ok(order),
        None => internal_err!("an order by nothing"),
    }
}

/// The value of an expression in each row.
pub(super) fn evaluate(expression: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<ArrayRef> {
    expression.evaluate(batch)?.into_array(batch.num_rows())
}
