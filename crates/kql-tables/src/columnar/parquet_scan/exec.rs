//! The plan node of a scan of Parquet files.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, internal_err};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::physical_expr::expressions::{Column, DynamicFilterPhysicalExpr};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::sort_pushdown::SortOrderPushdownResult;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use kql_types::ScalarType;
use url::Url;

use super::dictionary::renumbered;
use super::members::Members;
use super::partition::{PartitionScan, SharedWork};
use super::rows::GroupRows;
use super::statistics::has_extremes;
use super::unit::{Division, Scan};
use super::{ParquetFile, ParquetScanSpec};
use crate::row_ids::{FileStamp, RowId, RowsById};
use crate::{OnError, ScanReport, TableError};

/// So many rows are decoded at once where they are read by their ids.
const BATCH_ROWS: usize = 8192;

/// The footers of files, each read when it is first asked for.
#[derive(Clone, Debug)]
pub(crate) struct FileMetadata(Arc<[OnceLock<ArrowReaderMetadata>]>);

impl FileMetadata {
    /// Of so many files.
    fn unknown(files: usize) -> FileMetadata {
        FileMetadata(std::iter::repeat_with(OnceLock::new).take(files).collect())
    }

    /// Of files in their order.
    pub(crate) fn known(files: impl IntoIterator<Item = ArrowReaderMetadata>) -> FileMetadata {
        FileMetadata(files.into_iter().map(OnceLock::from).collect())
    }

    pub(super) fn of(&self, place: usize, file: &ParquetFile) -> Result<ArrowReaderMetadata, TableError> {
        let known = self.0.get(place);
        if let Some(metadata) = known.and_then(OnceLock::get) {
            return Ok(metadata.clone());
        }
        let fail = |error: &dyn fmt::Display| TableError::new(&file.path, error);
        let path = Url::parse(&file.url).ok().and_then(|url| url.to_file_path().ok());
        let path = path.ok_or_else(|| fail(&"not a file on this machine"))?;
        let opened = std::fs::File::open(path).map_err(|error| fail(&error))?;
        let metadata = ArrowReaderMetadata::load(&opened, ArrowReaderOptions::new()).map_err(|error| fail(&error))?;
        Ok(known.map_or(metadata.clone(), |known| known.get_or_init(|| metadata).clone()))
    }
}

/// How many rows a scan gives at once where it gives texts as they stand in the files, which are long ones. With fewer rows at once, the pages they lie in stay in the caches
/// until they have been gone through.
pub const RAW_BATCH_ROWS: usize = 4096;

/// Scans Parquet files as a [`ParquetScanSpec`] says, through filters and a projection.
#[derive(Debug)]
pub struct ParquetScanExec {
    spec: Arc<ParquetScanSpec>,
    columns: SchemaRef,
    filters: Vec<Arc<dyn PhysicalExpr>>,
    bounds: Vec<Arc<dyn PhysicalExpr>>,
    /// `None` is all columns of the specification.
    projection: Option<Vec<ProjectionExpr>>,
    /// The columns of the output that are texts as they stand in the files, be they JSON or not.
    raw: Vec<usize>,
    best_first: Option<(usize, bool)>,
    /// Whether the ids of the rows stand behind the output.
    has_ids: bool,
    /// The columns and the filters by which the work is divided, where they are not its own.
    division: Option<Division>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    metadata: FileMetadata,
    report: Arc<ScanReport>,
    runs: Mutex<Vec<Run>>,
}

/// One execution of the node: its partitions share their work.
#[derive(Debug)]
struct Run {
    context: Weak<TaskContext>,
    work: Arc<SharedWork>,
    started: Vec<usize>,
}

impl ParquetScanExec {
    /// The node for a specification, with a report of its own. Filters and projection are in terms of the columns of
    /// the specification.
    ///
    /// # Errors
    /// An expression of the projection that has no type there.
    pub fn from_spec(
        spec: ParquetScanSpec,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        projection: Option<Vec<ProjectionExpr>>,
    ) -> Result<ParquetScanExec> {
        let metadata = FileMetadata::unknown(spec.files.len());
        let mut node = ParquetScanExec::with_report(spec, metadata, Arc::default())?;
        node.filters = filters;
        node.with_projection(projection)
    }

    /// The node for a specification; what it makes null is told to `report`.
    pub(crate) fn with_report(
        spec: ParquetScanSpec,
        metadata: FileMetadata,
        report: Arc<ScanReport>,
    ) -> Result<ParquetScanExec> {
        let columns = spec.schema();
        ParquetScanExec {
            properties: Arc::new(properties(&columns, &spec)),
            schema: columns.clone(),
            columns,
            spec: Arc::new(spec),
            filters: Vec::new(),
            bounds: Vec::new(),
            projection: None,
            raw: Vec::new(),
            best_first: None,
            has_ids: false,
            division: None,
            metrics: ExecutionPlanMetricsSet::new(),
            metadata,
            report,
            runs: Mutex::default(),
        }
        .with_projection(None)
    }

    /// What this node reads; with its filters and projection, [`ParquetScanExec::from_spec`] makes an equal one of it.
    pub fn spec(&self) -> &ParquetScanSpec {
        &self.spec
    }

    /// The filters, in terms of the columns of the specification.
    pub fn filters(&self) -> &[Arc<dyn PhysicalExpr>] {
        &self.filters
    }

    /// The projection, in terms of the columns of the specification; `None` is all of them.
    pub fn projection(&self) -> Option<&[ProjectionExpr]> {
        self.projection.as_deref()
    }

    fn with_projection(mut self, projection: Option<Vec<ProjectionExpr>>) -> Result<ParquetScanExec> {
        if let Some(projection) = &projection {
            let fields = projection.iter().map(|each| {
                let field = each.expr.return_field(&self.columns)?;
                Ok(field.as_ref().clone().with_name(&each.alias))
            });
            self.schema = Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?));
            if self.has_ids {
                self.schema = with_ids(&self.schema);
            }
        }
        self.projection = projection;
        self.properties = Arc::new(properties(&self.schema, &self.spec));
        Ok(self)
    }

    /// This node with a column of its output as it stands in the files: text of which nobody has seen whether it is JSON.
    /// `None` where that column is no dynamic one of the files. It is for whoever runs the node at once: a plan that
    /// travels does not tell.
    pub fn with_raw_texts(&self, output: usize) -> Option<ParquetScanExec> {
        let column = match &self.projection {
            Some(projection) => column_of(&projection.get(output)?.expr)?,
            None => output,
        };
        if self.spec.columns.get(column)?.column.scalar_type != ScalarType::Dynamic {
            return None;
        }
        let mut node = self.copy();
        node.raw.push(output);
        Some(node)
    }

    /// Whether a column of the output is the text as it stands in the files.
    pub(super) fn is_raw(&self, output: usize) -> bool {
        self.raw.contains(&output)
    }

    /// Whether there are bounds, or rows that are wanted before others.
    pub(super) fn has_bounds(&self) -> bool {
        !self.bounds.is_empty() || self.best_first.is_some()
    }

    /// Whether the ids of the rows stand behind the output.
    pub(super) fn has_ids(&self) -> bool {
        self.has_ids
    }

    /// What the node gives, in terms of the columns of the specification.
    pub(super) fn outputs(&self) -> Vec<Arc<dyn PhysicalExpr>> {
        match &self.projection {
            Some(projection) => projection.iter().map(|each| each.expr.clone()).collect(),
            None => (self.columns.fields().iter().enumerate())
                .map(|(place, field)| Arc::new(Column::new(field.name(), place)) as Arc<dyn PhysicalExpr>)
                .collect(),
        }
    }

    /// The footer of the first file.
    pub(super) fn first_metadata(&self) -> Result<Option<ArrowReaderMetadata>, TableError> {
        self.spec.files.first().map(|file| self.metadata.of(0, file)).transpose()
    }

    /// A node over the same files for another specification.
    pub(super) fn with_spec(
        &self,
        spec: ParquetScanSpec,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        projection: Option<Vec<ProjectionExpr>>,
    ) -> Result<ParquetScanExec> {
        let mut node = ParquetScanExec::with_report(spec, self.metadata.clone(), self.report.clone())?;
        node.filters = filters;
        node.with_projection(projection)
    }

    /// This node with the rows in the partitions in which another one of the same files reads them.
    pub(super) fn divided_as(&self, other: &ParquetScanExec) -> ParquetScanExec {
        let mut node = self.copy();
        node.division = Some((other.spec.clone(), other.filters.clone()));
        node
    }

    /// The scan of the output columns at these places with the id of each row behind them; and the rows of all output
    /// columns by such ids. `None` where the scan has a limit, or where values that cannot be read have to be counted.
    pub fn with_row_ids(&self, places: &[usize]) -> Result<Option<(ParquetScanExec, Arc<dyn RowsById>)>> {
        let most_rows = self.spec.files.iter().map(|file| file.rows).max().unwrap_or_default();
        let can_tell = RowId::can_tell(self.spec.files.len(), most_rows) && self.spec.on_error == OnError::Fail;
        if self.has_ids || !self.raw.is_empty() || self.spec.limit.is_some() || !can_tell {
            return Ok(None);
        }
        let stamps = self.spec.files.iter().map(|file| FileStamp::of(&file.url)).collect::<Option<Vec<_>>>();
        let Some(stamps) = stamps else { return Ok(None) };
        let projected =
            places.iter().map(|place| match &self.projection {
                Some(projection) => projection.get(*place).cloned(),
                None => self.columns.fields().get(*place).map(|field| {
                    ProjectionExpr::new(Arc::new(Column::new(field.name(), *place)), field.name().clone())
                }),
            });
        let Some(projection) = projected.collect() else { return Ok(None) };
        let rows = GroupRows::new(self.scan(Vec::new(), BATCH_ROWS, Count::new())?, stamps);
        let mut node = self.copy();
        node.has_ids = true;
        Ok(Some((node.with_projection(Some(projection))?, Arc::new(rows))))
    }

    /// What to read, through these filters.
    fn scan(&self, filters: Vec<Arc<dyn PhysicalExpr>>, batch_rows: usize, rows_looked_at: Count) -> Result<Scan> {
        let mut members = Members::new(self.spec.clone());
        let mut read_members = |expressions: &[Arc<dyn PhysicalExpr>]| -> Result<Vec<Arc<dyn PhysicalExpr>>> {
            expressions.iter().map(|expression| members.take_from(expression)).collect()
        };
        let (filters_of_rows, mut outputs) = (read_members(&filters)?, read_members(&self.outputs())?);
        for place in &self.raw {
            if let Some(output) = outputs.get_mut(*place)
                && let Some(column) = column_of(output)
            {
                *output = members.raw(column);
            }
        }
        let mut columns = members.schema();
        let ids = self.has_ids.then_some(columns.fields().len());
        if let Some(place) = ids {
            columns = with_ids(&columns);
            outputs.push(Arc::new(Column::new(columns.field(place).name(), place)));
        }
        Ok(Scan {
            spec: self.spec.clone(),
            columns,
            members,
            division: self.division.clone().unwrap_or_else(|| (self.spec.clone(), filters)),
            filters: filters_of_rows,
            bounds: Vec::new(),
            outputs,
            schema: self.schema.clone(),
            best_first: None,
            ids,
            metadata: self.metadata.clone(),
            report: self.report.clone(),
            batch_rows,
            rows_looked_at,
        })
    }

    /// This node for another use of it: what ran is forgotten.
    fn copy(&self) -> ParquetScanExec {
        ParquetScanExec {
            spec: self.spec.clone(),
            columns: self.columns.clone(),
            filters: self.filters.clone(),
            bounds: self.bounds.clone(),
            projection: self.projection.clone(),
            raw: self.raw.clone(),
            best_first: self.best_first,
            has_ids: self.has_ids,
            division: self.division.clone(),
            schema: self.schema.clone(),
            properties: self.properties.clone(),
            metrics: ExecutionPlanMetricsSet::new(),
            metadata: self.metadata.clone(),
            report: self.report.clone(),
            runs: Mutex::default(),
        }
    }

    /// An expression over the output in terms of the columns of the specification; `None` where it speaks of what the
    /// projection computes.
    fn over_columns(&self, expression: &Arc<dyn PhysicalExpr>) -> Option<Arc<dyn PhysicalExpr>> {
        let Some(projection) = &self.projection else { return Some(expression.clone()) };
        renumbered(expression.clone(), |place| column_of(&projection.get(place)?.expr)).ok()
    }

    fn reads_reals(&self, expression: &Arc<dyn PhysicalExpr>) -> bool {
        let scalar_type = |column: &Column| Some(self.spec.columns.get(column.index())?.column.scalar_type);
        collect_columns(expression)
            .iter()
            .any(|column| scalar_type(column).is_none_or(|found| found == ScalarType::Real))
    }

    fn work(&self, partition: usize, context: &Arc<TaskContext>) -> Arc<SharedWork> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let is_this = |run: &&mut Run| {
            std::ptr::eq(run.context.as_ptr(), Arc::as_ptr(context)) && !run.started.contains(&partition)
        };
        if let Some(run) = runs.iter_mut().find(is_this) {
            run.started.push(partition);
            return run.work.clone();
        }
        let work = Arc::<SharedWork>::default();
        runs.push(Run { context: Arc::downgrade(context), work: work.clone(), started: vec![partition] });
        work
    }
}

/// A schema with the ids of the rows behind its columns.
fn with_ids(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().cloned().chain(std::iter::once(Arc::new(RowId::field())));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn column_of(expression: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expression.downcast_ref::<Column>().map(Column::index)
}

fn properties(schema: &SchemaRef, spec: &ParquetScanSpec) -> PlanProperties {
    PlanProperties::new(
        EquivalenceProperties::new(schema.clone()),
        Partitioning::UnknownPartitioning(spec.partitions.max(1)),
        EmissionType::Incremental,
        Boundedness::Bounded,
    )
}

impl DisplayAs for ParquetScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.projection {
            None => {
                let columns: Vec<&str> = self.spec.columns.iter().map(|column| column.column.name.as_str()).collect();
                write!(f, "ParquetScanExec: table={}, columns=[{}]", self.spec.table, columns.join(", "))?;
            }
            Some(projection) => {
                let columns: Vec<String> = projection.iter().map(ProjectionExpr::to_string).collect();
                write!(f, "ParquetScanExec: table={}, projection=[{}]", self.spec.table, columns.join(", "))?;
            }
        }
        write!(f, ", partitions={}", self.spec.partitions)?;
        let list = |f: &mut fmt::Formatter<'_>, name: &str, expressions: &[Arc<dyn PhysicalExpr>]| {
            let shown: Vec<String> = expressions.iter().map(ToString::to_string).collect();
            if shown.is_empty() { Ok(()) } else { write!(f, ", {name}=[{}]", shown.join(", ")) }
        };
        list(f, "filters", &self.filters)?;
        list(f, "bounds", &self.bounds)?;
        if !self.raw.is_empty() {
            write!(f, ", raw={:?}", self.raw)?;
        }
        match self.spec.limit {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for ParquetScanExec {
    fn name(&self) -> &str {
        "ParquetScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let projection = self.projection.iter().flatten().map(|each| &each.expr);
        for expression in self.filters.iter().chain(&self.bounds).chain(projection) {
            if visit(expression)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(self.copy()))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition >= self.spec.partitions.max(1) {
            return internal_err!("no partition {partition} in the scan of {}", self.spec.table);
        }
        let rows_looked_at = MetricBuilder::new(&self.metrics).counter("rows_looked_at", partition);
        let most = if self.raw.is_empty() { usize::MAX } else { RAW_BATCH_ROWS };
        let batch_rows = context.session_config().batch_size().min(most);
        let mut scan = self.scan(self.filters.clone(), batch_rows, rows_looked_at)?;
        scan.bounds.clone_from(&self.bounds);
        scan.best_first = self.best_first;
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let work = self.work(partition, &context);
        let mut batches = PartitionScan::new(Arc::new(scan), work, partition);
        let batches = std::iter::from_fn(move || {
            let timer = metrics.elapsed_compute().timer();
            let batch = batches.next();
            timer.done();
            if let Some(Ok(batch)) = &batch {
                metrics.record_output(batch.num_rows());
            }
            batch
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::iter(batches))))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let partitions = self.spec.partitions.max(1);
        let total = |each: fn(&ParquetFile) -> u64| {
            let total: u64 = self.spec.files.iter().map(each).sum();
            usize::try_from(total).unwrap_or(usize::MAX)
        };
        let (rows, bytes) = (total(|file| file.rows), total(|file| file.size));
        let statistics = Statistics::new_unknown(&self.schema);
        let is_all = self.filters.is_empty() && self.bounds.is_empty() && self.spec.limit.is_none();
        Ok(Arc::new(match args.partition() {
            None if is_all => {
                statistics.with_num_rows(Precision::Exact(rows)).with_total_byte_size(Precision::Inexact(bytes))
            }
            // As DataFusion reckons where it does not know how much a filter leaves.
            None if !self.filters.is_empty() => statistics.with_total_byte_size(Precision::Inexact(bytes / 5)),
            None => statistics.with_total_byte_size(Precision::Inexact(bytes)),
            Some(_) => statistics.with_total_byte_size(Precision::Inexact(bytes / partitions)),
        }))
    }

    fn fetch(&self) -> Option<usize> {
        self.spec.limit
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        let mut node = self.copy();
        node.spec = Arc::new(ParquetScanSpec { limit, ..self.spec.as_ref().clone() });
        Some(Arc::new(node))
    }

    fn try_swapping_with_projection(&self, projection: &ProjectionExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let mut expressions = Vec::with_capacity(projection.expr().len());
        for each in projection.expr() {
            match self.over_columns(&each.expr) {
                Some(expr) if !is_volatile(&expr) => expressions.push(ProjectionExpr::new(expr, each.alias.clone())),
                _ => {
                    // What is computed already may still be left out or named otherwise.
                    let computed = column_of(&each.expr).and_then(|place| self.projection.as_ref()?.get(place));
                    match computed {
                        Some(computed) => {
                            expressions.push(ProjectionExpr::new(computed.expr.clone(), each.alias.clone()));
                        }
                        None => return Ok(None),
                    }
                }
            }
        }
        Ok(Some(Arc::new(self.copy().with_projection(Some(expressions))?)))
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let mut node = self.copy();
        let mut taken = Vec::with_capacity(result.parent_filters.len());
        for filter in result.parent_filters {
            // A filter below a limit is another query.
            let over_columns = match self.spec.limit {
                None => self.over_columns(&filter.filter),
                Some(_) => None,
            };
            let is_dynamic = phase == FilterPushdownPhase::Post;
            taken.push(match over_columns {
                // Arrow's order of reals is not that of KQL.
                Some(bound) if is_dynamic && bound.is::<DynamicFilterPhysicalExpr>() && !self.reads_reals(&bound) => {
                    node.bounds.push(bound);
                    PushedDown::No
                }
                Some(filter) if !is_dynamic && !is_volatile(&filter) => {
                    node.filters.push(filter);
                    PushedDown::Yes
                }
                _ => PushedDown::No,
            });
        }
        let propagation = FilterPushdownPropagation::with_parent_pushdown_result(taken);
        let is_new = node.filters.len() > self.filters.len() || node.bounds.len() > self.bounds.len();
        Ok(if is_new { propagation.with_updated_node(Arc::new(node) as _) } else { propagation })
    }

    fn try_pushdown_sort(&self, order: &[PhysicalSortExpr]) -> Result<SortOrderPushdownResult<Arc<dyn ExecutionPlan>>> {
        let first = order.first().and_then(|first| {
            let place = column_of(&self.over_columns(&first.expr)?)?;
            let column = self.spec.columns.get(place)?;
            has_extremes(column.column.scalar_type).then_some((place, first.options.descending))
        });
        Ok(match first {
            Some(best_first) if self.spec.limit.is_none() => {
                let mut node = self.copy();
                node.best_first = Some(best_first);
                SortOrderPushdownResult::Inexact { inner: Arc::new(node) }
            }
            _ => SortOrderPushdownResult::Unsupported,
        })
    }
}
