//! The plan node that runs a scan.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, internal_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::TryStreamExt;

use super::filter::ScanFilter;
use super::reader::{PartitionBatches, PartitionReader, schema_of};
use super::rows::{LineFiles, LineRows};
use super::{ScanReport, TextScanSpec};
use crate::columns::TableColumn;
use crate::row_ids::RowsById;

/// Scans text files as a [`TextScanSpec`] says.
///
/// Just before a plan runs, a filter above may move into the scan ([`TextScanExec::with_filter`]); plans as they travel
/// have it as a node of its own.
#[derive(Debug)]
pub struct TextScanExec {
    spec: Arc<TextScanSpec>,
    filter: Option<Arc<ScanFilter>>,
    /// The files by whose places rows are told, where ids stand behind the columns.
    files: Option<Arc<LineFiles>>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    report: Arc<ScanReport>,
}

impl TextScanExec {
    /// The node for a specification, with a report of its own.
    pub fn from_spec(spec: TextScanSpec) -> TextScanExec {
        TextScanExec::with_report(spec, Arc::default())
    }

    /// The node for a specification; what it leaves out is told to `report`.
    pub fn with_report(spec: TextScanSpec, report: Arc<ScanReport>) -> TextScanExec {
        TextScanExec::new(Arc::new(spec), None, None, report)
    }

    fn new(
        spec: Arc<TextScanSpec>,
        filter: Option<Arc<ScanFilter>>,
        files: Option<Arc<LineFiles>>,
        report: Arc<ScanReport>,
    ) -> TextScanExec {
        let schema = filter.as_ref().map_or_else(|| schema_of(&spec, files.is_some()), |filter| filter.schema.clone());
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(spec.partitions.len().max(1)),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let (properties, metrics) = (Arc::new(properties), ExecutionPlanMetricsSet::new());
        TextScanExec { spec, filter, files, schema, properties, metrics, report }
    }

    /// The scan of the rows for which `predicate`, over its columns, is true: the columns at the places `output` (all
    /// without it), and of each partition at most `limit` rows. `None` where the scan has a filter or a limit already.
    ///
    /// Values that cannot be read are errors only in columns of the predicate and in rows for which it is true.
    pub fn with_filter(
        &self,
        predicate: &Arc<dyn PhysicalExpr>,
        output: Option<&[usize]>,
        limit: Option<usize>,
    ) -> Result<Option<TextScanExec>> {
        if self.filter.is_some() || self.spec.limit.is_some() {
            return Ok(None);
        }
        let filter = ScanFilter::try_new(&self.schema, predicate.clone(), output, limit)?;
        Ok(Some(TextScanExec::new(self.spec.clone(), Some(Arc::new(filter)), self.files.clone(), self.report.clone())))
    }

    /// The scan of the columns at these places, which ascend, with the id of each row behind them; and the rows of all
    /// columns by such ids. `None` where lines cannot be read one by one, or a filter or a limit is in the scan already.
    ///
    /// Values that cannot be read are errors only in the columns that are read and in rows that are read by id.
    pub fn with_row_ids(&self, places: &[usize]) -> Option<(TextScanExec, Arc<dyn RowsById>)> {
        if self.filter.is_some() || self.files.is_some() {
            return None;
        }
        let files = Arc::new(LineFiles::of(&self.spec)?);
        let of_folders = places.partition_point(|place| *place < self.spec.columns.len());
        let (of_files, of_folders) = places.split_at(of_folders);
        let chosen = |columns: &[TableColumn], places: &[usize], before: usize| {
            places.iter().map(|place| columns.get(place.checked_sub(before)?).cloned()).collect::<Option<Vec<_>>>()
        };
        let spec = TextScanSpec {
            columns: chosen(&self.spec.columns, of_files, 0)?,
            folder_columns: chosen(&self.spec.folder_columns, of_folders, self.spec.columns.len())?,
            ..self.spec.as_ref().clone()
        };
        let rows = Arc::new(LineRows::new(self.spec.clone(), files.clone()));
        Some((TextScanExec::new(Arc::new(spec), None, Some(files), self.report.clone()), rows))
    }

    /// A scan of the same files for other columns, with the same report.
    pub fn with_columns(&self, columns: Vec<TableColumn>) -> TextScanExec {
        let spec = TextScanSpec { columns, ..self.spec.as_ref().clone() };
        TextScanExec::with_report(spec, self.report.clone())
    }

    /// What this node does; [`TextScanExec::from_spec`] makes an equal one of it.
    pub fn spec(&self) -> &TextScanSpec {
        &self.spec
    }
}

impl DisplayAs for TextScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> = self.spec.columns.iter().map(|column| column.name.as_str()).collect();
        write!(
            f,
            "TextScanExec: table={}, format={:?}, columns=[{}], partitions={}",
            self.spec.table,
            self.spec.format,
            columns.join(", "),
            self.spec.partitions.len()
        )?;
        if self.files.is_some() {
            write!(f, ", row ids")?;
        }
        if let Some(filter) = &self.filter {
            write!(f, ", filter={}, output={:?}", filter.predicate, filter.output)?;
        }
        match self.filter.as_ref().map_or(self.spec.limit, |filter| filter.limit) {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for TextScanExec {
    fn name(&self) -> &str {
        "TextScanExec"
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
        match &self.filter {
            Some(filter) => visit(&filter.predicate),
            None => Ok(TreeNodeRecursion::Continue),
        }
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(parts) = self.spec.partitions.get(partition).cloned().or((partition == 0).then(Vec::new)) else {
            return internal_err!("no partition {partition} in the scan of {}", self.spec.table);
        };
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let (filter, files) = (self.filter.clone(), self.files.clone());
        let reader = PartitionReader::new(self.spec.clone(), filter, files, parts, context, self.report.clone());
        let batches = futures::stream::try_unfold(PartitionBatches::new(reader), |mut reader| async move {
            Ok(reader.next().await?.map(|batch| (batch, reader)))
        })
        .inspect_ok(move |batch| metrics.record_output(batch.num_rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        // The size of the files is the best there is to choose the smaller side of a join by.
        let size = |parts: &Vec<super::FilePart>| parts.iter().map(super::FilePart::size).sum::<u64>();
        let size = match args.partition() {
            Some(partition) => self.spec.partitions.get(partition).map_or(0, size),
            None => self.spec.partitions.iter().map(size).sum(),
        };
        let statistics = Statistics::new_unknown(&self.schema);
        Ok(Arc::new(statistics.with_total_byte_size(Precision::Inexact(usize::try_from(size).unwrap_or(usize::MAX)))))
    }
}
