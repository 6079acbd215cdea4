//! The engine: its options, its lean DataFusion session, and running a bound plan.

use std::borrow::Cow;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer, MemoryReservation};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SendableRecordBatchStream, SessionState, SessionStateBuilder, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::OptimizerRule;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::join_selection::JoinSelection;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion::prelude::SessionConfig;
use futures::{FutureExt, StreamExt};
use kql_semantics::{BoundResult, Relation};
use kql_tables::TableSource;

use crate::error::outgrew_memory;
use crate::filtered_scan::filter_in_scans;
use crate::held_rows::{HeldRows, Purpose};
use crate::late_rows::read_rows_late;
use crate::lowering::Lowering;
use crate::operators::OperatorPlanner;
use crate::operators::expand_members::ExpandMembers;
use crate::raw_texts::expand_raw_texts;
use crate::shared_scan::share_scans;
use crate::shortage::Shortage;
use crate::spilling::{SortForLargeTops, WorkInParts};
use crate::subqueries::{Run, Subqueries};
use crate::time_window::join_in_windows;
use crate::{EngineError, QueryResult, QueryStream, codec};

/// How an engine uses the machine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How many partitions are worked on at once.
    pub threads: usize,
    /// The most rows in a record batch.
    pub batch_size: usize,
    /// Bytes that operators may hold before they spill or give up; `None` is no limit.
    pub memory_limit: Option<usize>,
    /// Where operators spill; `None` is the system's folder for temporary files. What is written there is gone when
    /// the query ends, however it ends.
    pub spill_folder: Option<PathBuf>,
}

impl Default for EngineOptions {
    fn default() -> EngineOptions {
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
        EngineOptions { threads, batch_size: 8192, memory_limit: None, spill_folder: None }
    }
}

/// How one query is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Encodes the physical plan, decodes it and runs that, as a cluster would.
    pub wire: bool,
}

impl RunOptions {
    /// The options that the environment asks for: wire mode where `KQL_WIRE` is `1`.
    pub fn from_environment() -> RunOptions {
        RunOptions { wire: std::env::var_os("KQL_WIRE").is_some_and(|value| value == "1") }
    }
}

/// Runs bound plans. Making one costs microseconds: nothing is registered and no thread is started.
#[derive(Clone, Debug)]
pub struct Engine {
    parallel: SessionState,
    /// For queries over a few rows in memory: there threads cost more than they give, and one partition keeps the
    /// order of rows that a reader expects to see.
    serial: SessionState,
    options: EngineOptions,
    spilled: Arc<SpilledFiles>,
}

/// What queries have spilled: gone when nothing can read it any more, though tasks of a query that was stopped may hold
/// files a little longer.
#[derive(Debug)]
struct SpilledFiles(Arc<RuntimeEnv>);

impl Drop for SpilledFiles {
    fn drop(&mut self) {
        // A task that has not ended yet may write no more.
        let _ = self.0.disk_manager.set_max_temp_directory_size(0);
        for folder in self.0.disk_manager.temp_dir_paths() {
            // It may still make a file while the folder is emptied.
            for _ in 0..ATTEMPTS {
                if std::fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                    break;
                }
                std::thread::sleep(BETWEEN_ATTEMPTS);
            }
        }
    }
}

/// How often, and after how long, the removal of a folder is tried again.
const ATTEMPTS: usize = 50;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(10);

/// What a plan may take it that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// What joins and aggregations gather lies in memory: quick, and an error where that is too small.
    Ample,
    /// They work in parts, from disk; all in one partition, so that what there is has few takers.
    Short,
}

/// A query whose tables are all in memory and have together no more rows than this runs in one partition.
const FEW_ROWS: usize = 50_000;

impl Engine {
    /// An engine with these options.
    pub fn new(options: &EngineOptions) -> Result<Engine, EngineError> {
        let mut runtime = RuntimeEnvBuilder::new();
        if let Some(bytes) = options.memory_limit {
            // Fair: an operator that can spill leaves room for those that cannot.
            runtime = runtime.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
        }
        if let Some(folder) = &options.spill_folder {
            runtime = runtime.with_temp_file_path(folder);
        }
        let runtime = runtime.build_arc()?;
        let parallel = session(options, options.threads.max(1), runtime.clone());
        let serial = session(options, 1, runtime.clone());
        Ok(Engine { parallel, serial, options: options.clone(), spilled: Arc::new(SpilledFiles(runtime)) })
    }

    /// The session for a query over a few rows in memory, or for another.
    fn session(&self, few: bool, memory: Memory) -> Cow<'_, SessionState> {
        match (memory, few) {
            (Memory::Ample, true) => Cow::Borrowed(&self.serial),
            (Memory::Ample, false) => Cow::Borrowed(&self.parallel),
            (Memory::Short, _) => Cow::Owned(self.frugal_session()),
        }
    }

    /// The session for a query that has outgrown the memory.
    fn frugal_session(&self) -> SessionState {
        let state = session(&self.options, 1, self.parallel.runtime_env().clone());
        let mut rules = state.physical_optimizers().to_vec();
        let selection = rules.iter().position(|rule| rule.name() == JoinSelection::new().name());
        rules.insert(selection.map_or(0, |at| at + 1), Arc::new(WorkInParts));
        rules.push(Arc::new(SortForLargeTops));
        SessionStateBuilder::new_from_existing(state).with_physical_optimizer_rules(rules).build()
    }

    /// Runs a bound plan to its end. Dropping the future stops the query.
    pub async fn run(
        &self,
        relation: &Relation,
        tables: &dyn TableSource,
        options: RunOptions,
    ) -> Result<QueryResult, EngineError> {
        guarded(self.collect(relation, &Run::new(tables, options))).await.map_err(|error| error.within(relation))
    }

    /// Runs the plans of one query to their ends, in turn; what they share is computed once.
    pub async fn run_all(
        &self,
        queries: &[BoundResult],
        tables: &dyn TableSource,
        options: RunOptions,
    ) -> Result<Vec<QueryResult>, EngineError> {
        let run = Run::new(tables, options);
        let mut results = Vec::with_capacity(queries.len());
        for BoundResult { relation, max_records, .. } in queries {
            let result = guarded(self.collect(relation, &run)).await.map_err(|error| error.within(relation))?;
            if max_records.is_some_and(|most| result.row_count() as u64 > most) {
                let message = format!("the result has {} rows, more than truncationmaxrecords", result.row_count());
                return Err(EngineError::new(message).at(relation.span));
            }
            results.push(result);
        }
        Ok(results)
    }

    /// Runs a bound plan batch by batch; dropping the stream stops the query.
    pub async fn stream(
        &self,
        relation: &Relation,
        tables: &dyn TableSource,
        options: RunOptions,
    ) -> Result<QueryStream, EngineError> {
        let start = async {
            let run = Run::new(tables, options);
            let (plan, context) = self.physical_plan(relation, &run, Memory::Ample).await?;
            let (context, shortage) = Shortage::watch(&context)?;
            let mut batches = execute_stream(plan, context)?;
            // A join has seen all of one side before its first row comes, and an aggregation all of its rows.
            let first = match shortage.or(batches.next().map(Option::transpose)).await {
                Err(error) if outgrew_memory(&error) => {
                    drop(batches);
                    shortage.over().await;
                    let (plan, context) = self.physical_plan(relation, &run, Memory::Short).await?;
                    return Ok((execute_stream(plan, context)?, run.memory()));
                }
                first => first.transpose(),
            };
            shortage.ignore();
            let schema = batches.schema();
            let batches = futures::stream::iter(first).chain(batches);
            let batches: SendableRecordBatchStream = Box::pin(RecordBatchStreamAdapter::new(schema, batches));
            Ok((batches, run.memory()))
        };
        let (batches, memory) = guarded(start).await?;
        let (schema, spilled) = (batches.schema(), self.spilled.clone());
        let batches = batches.inspect(move |_| {
            let _stay_as_long = (&spilled, &memory);
        });
        Ok(QueryStream::new(relation, Box::pin(RecordBatchStreamAdapter::new(schema, batches))))
    }

    /// The plan that [`Engine::run`] would run, as DataFusion prints it; for explanations and tests.
    pub async fn explain(&self, relation: &Relation, tables: &dyn TableSource) -> Result<Explanation, EngineError> {
        let start = async {
            let run = Run::new(tables, RunOptions::default());
            let (logical, state) = self.logical_plan(relation, &run, Memory::Ample).await?;
            let optimized = state.optimize(&logical)?;
            let physical = join_in_windows(plan_physically(&optimized, &state).await?)?;
            Ok(Explanation {
                lowered: logical.display_indent().to_string(),
                optimized: optimized.display_indent().to_string(),
                physical: datafusion::physical_plan::displayable(physical.as_ref()).indent(false).to_string(),
            })
        };
        guarded(start).await
    }

    /// All rows of a relation, without the guard against panics; subqueries run within their query's guard.
    pub(crate) async fn hold(
        &self,
        relation: &Relation,
        run: &Run<'_>,
        purpose: Purpose,
    ) -> Result<HeldRows, EngineError> {
        let (plan, context) = self.physical_plan(relation, run, Memory::Ample).await?;
        let (context, shortage) = Shortage::watch(&context)?;
        match shortage.or(HeldRows::of(plan, context, purpose)).await {
            Err(error) if outgrew_memory(&error) => {
                shortage.over().await;
                let (plan, context) = self.physical_plan(relation, run, Memory::Short).await?;
                Ok(HeldRows::of(plan, context, purpose).await.map_err(|error| purpose.blamed(error))?)
            }
            rows => Ok(rows?),
        }
    }

    /// The answer of a query.
    pub(crate) async fn collect(&self, relation: &Relation, run: &Run<'_>) -> Result<QueryResult, EngineError> {
        let rows = self.hold(relation, run, Purpose::Answer).await?;
        Ok(QueryResult::new(relation, rows.into_batches()?.0))
    }

    /// An account of memory that is held beside a running plan, within the limit of a query.
    pub(crate) fn reservation(&self, consumer: &str) -> MemoryReservation {
        MemoryConsumer::new(consumer).register(&self.parallel.runtime_env().memory_pool)
    }

    async fn logical_plan(
        &self,
        relation: &Relation,
        run: &Run<'_>,
        memory: Memory,
    ) -> Result<(LogicalPlan, Cow<'_, SessionState>), EngineError> {
        let subqueries = Subqueries::answer(self, relation, run).await?;
        let plan = Lowering::new(run.tables, &subqueries).query(relation)?;
        let few = subqueries.rows_in_memory(relation).is_some_and(|rows| rows <= FEW_ROWS);
        Ok((plan, self.session(few, memory)))
    }

    pub(crate) async fn physical_plan(
        &self,
        relation: &Relation,
        run: &Run<'_>,
        memory: Memory,
    ) -> Result<(Arc<dyn ExecutionPlan>, Arc<TaskContext>), EngineError> {
        let (logical, state) = self.logical_plan(relation, run, memory).await?;
        let plan = plan_physically(&state.optimize(&logical)?, &state).await?;
        let context = state.task_ctx();
        let plan = if run.options.wire { codec::round_trip(plan, &context)? } else { plan };
        let plan = read_rows_late(share_scans(expand_raw_texts(plan)?)?)?;
        Ok((join_in_windows(filter_in_scans(plan)?)?, context))
    }
}

async fn plan_physically(plan: &LogicalPlan, state: &SessionState) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(OperatorPlanner)]);
    planner.create_physical_plan(plan, state).await
}

/// Groups to rows from which on partial aggregation is given up: our states of single rows cost next to nothing, and two
/// tables of nearly all groups cost time and memory.
const SELDOM_MET_AGAIN: f64 = 0.25;

/// A session with nothing in it but what lowered plans need.
fn session(options: &EngineOptions, partitions: usize, runtime: Arc<RuntimeEnv>) -> SessionState {
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(options.batch_size.max(1))
        .with_create_default_catalog_and_schema(false)
        // Parquet's minimum and maximum leave NaN out, and DataFusion replaces a column whose file statistics show one
        // value by that value: NaN would read as its neighbour. Row groups are still left out by their footers.
        .with_collect_statistics(false)
        .with_information_schema(false);
    if let Some(bytes) = options.memory_limit {
        // What a sort keeps for merging what it spilled; DataFusion's own 10 MB may be more than there is.
        let reservation = &mut config.options_mut().execution.sort_spill_reservation_bytes;
        *reservation = (*reservation).min(bytes / 64);
        // Merging holds a batch of every run, so that batches have to be small where there is little.
        config = config.with_batch_size(options.batch_size.min(bytes >> 14).max(64));
    }
    // Where most rows make a group of their own, gathering them twice is work for nothing.
    config.options_mut().execution.skip_partial_aggregation_probe_ratio_threshold = SELDOM_MET_AGAIN;
    // It would scatter rows whose order KQL promises; scans and hash repartitioning make the parallelism.
    config.options_mut().optimizer.enable_round_robin_repartition = false;
    // Kusto's nulls are equal to each other in joins; the rule would drop them.
    config.options_mut().optimizer.filter_null_join_keys = false;
    SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        // The binder has typed every expression, so there is nothing left to analyse or coerce.
        .with_analyzer_rules(Vec::new())
        .with_optimizer_rules(logical_rules())
        .build()
}

/// The plan of a query at its three stages, as text.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// As lowered from the bound plan.
    pub lowered: String,
    /// After DataFusion's logical optimiser.
    pub optimized: String,
    /// As it runs.
    pub physical: String,
}

/// The stack of a query: plans of hundreds of operators are walked recursively. Only what is touched is paid for.
const STACK_BYTES: usize = 128 << 20;

/// A panic inside a worker (or here) is an error of the query, never the end of the process; nor is a deep plan.
pub(crate) async fn guarded<T>(query: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
    let mut query = Box::pin(AssertUnwindSafe(query).catch_unwind());
    let finished = poll_fn(|context| stacker::grow(STACK_BYTES, || query.as_mut().poll(context))).await;
    finished.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(EngineError::new(format!("internal error: {text}")))
    })
}

/// The logical rules that can matter to a KQL plan, in DataFusion's order. What serves only SQL (subqueries,
/// grouping sets, set comparisons) is left out, for each rule costs time in every query.
fn logical_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    use datafusion::optimizer::{
        common_subexpr_eliminate::CommonSubexprEliminate, eliminate_filter::EliminateFilter,
        eliminate_limit::EliminateLimit, eliminate_outer_join::EliminateOuterJoin,
        optimize_projections::OptimizeProjections, optimize_unions::OptimizeUnions,
        propagate_empty_relation::PropagateEmptyRelation, push_down_filter::PushDownFilter,
        push_down_limit::PushDownLimit, simplify_expressions::SimplifyExpressions,
    };
    vec![
        Arc::new(OptimizeUnions::new()),
        Arc::new(SimplifyExpressions::new()),
        Arc::new(EliminateFilter::new()),
        Arc::new(EliminateLimit::new()),
        Arc::new(PropagateEmptyRelation::new()),
        Arc::new(EliminateOuterJoin::new()),
        Arc::new(PushDownLimit::new()),
        Arc::new(PushDownFilter::new()),
        Arc::new(CommonSubexprEliminate::new()),
        Arc::new(OptimizeProjections::new()),
        Arc::new(ExpandMembers),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_of_the_query() {
        let worker = async { tokio::spawn(async { panic!("worker {}", 7) }).await };
        let query = async {
            match worker.await {
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                _ => Ok(()),
            }
        };
        assert_eq!(guarded(query).await, Err(EngineError::new("internal error: worker 7")));
    }
}
