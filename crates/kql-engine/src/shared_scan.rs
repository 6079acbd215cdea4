//! One reading of a file for all parts of a query that filter the same table.
//!
//! A rule often reads a table twice and joins what it finds (`T | where … | join (T | where …)`), and reading text is
//! most of the work; so is reading Parquet, where the parts want the same large columns. Here the first part that asks for
//! rows reads for all: what the others keep of each batch waits for them. Should too much wait, as it does when a filter
//! lets most rows through, the part reads the files itself after all, from where it had come to.
//!
//! This is done to a physical plan just before it runs, in the process that runs it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use datafusion::arrow::array::{Array, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::{Stream, StreamExt};
use kql_tables::{ParquetScanExec, RAW_BATCH_ROWS, SharedParquetScan, TextScanExec};

use crate::filtered_scan::any_filter;

/// What may wait for one part of a query in one partition, in bytes.
const MOST_WAITING: usize = 64 << 20;

/// The plan, with one reading for the parts of it that filter the same files.
pub(crate) fn share_scans(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let mut readings: BTreeMap<String, Vec<Arc<dyn ExecutionPlan>>> = BTreeMap::new();
    let mut of_parquet: Vec<Vec<Arc<dyn ExecutionPlan>>> = Vec::new();
    plan.apply(|node| {
        if let Some(scan) = node.downcast_ref::<ParquetScanExec>() {
            let is_same = |known: &Arc<dyn ExecutionPlan>| {
                let known = known.downcast_ref::<ParquetScanExec>();
                known.is_some_and(|known| SharedParquetScan::are_of_same_rows(known, scan))
            };
            match of_parquet.iter_mut().find(|scans| scans.first().is_some_and(is_same)) {
                Some(scans) => scans.push(node.clone()),
                None => of_parquet.push(vec![node.clone()]),
            }
        }
        Ok(match filtered_scan(node) {
            Some(scan) => {
                readings.entry(files(scan)).or_default().push(node.clone());
                TreeNodeRecursion::Jump
            }
            None => TreeNodeRecursion::Continue,
        })
    })?;
    let mut shared: Vec<(Arc<dyn ExecutionPlan>, PartExec)> = Vec::new();
    for parts in readings.into_values().filter(|parts| parts.len() > 1) {
        let reading = Reading::of_text(&parts)?;
        shared.extend(parts.into_iter().zip(reading));
    }
    for scans in of_parquet.into_iter().filter(|scans| scans.len() > 1) {
        let reading = Reading::of_parquet(&scans)?;
        shared.extend(scans.into_iter().zip(reading));
    }
    if shared.is_empty() {
        return Ok(plan);
    }
    let plan = plan.transform_down(|node| {
        let Some(place) = shared.iter().position(|(scan, _)| Arc::ptr_eq(scan, &node)) else {
            return Ok(Transformed::no(node));
        };
        let (_, part) = shared.swap_remove(place);
        Ok(Transformed::new(Arc::new(part) as Arc<dyn ExecutionPlan>, true, TreeNodeRecursion::Jump))
    })?;
    Ok(plan.data)
}

/// The scan below filters and projections, with one filter at least: without one, all rows would wait.
fn filtered_scan(node: &Arc<dyn ExecutionPlan>) -> Option<&TextScanExec> {
    let mut node = node;
    let mut is_filtered = false;
    loop {
        if let Some(scan) = node.downcast_ref::<TextScanExec>() {
            // Columns of folders stand behind those of the files, and would move with what the other parts read.
            let is_plain = scan.spec().limit.is_none() && scan.spec().folder_columns.is_empty();
            return (is_filtered && is_plain).then_some(scan);
        }
        is_filtered |= node.is::<FilterExec>();
        if !node.is::<FilterExec>() && !node.is::<ProjectionExec>() {
            return None;
        }
        node = node.children().into_iter().next()?;
    }
}

/// What makes two scans readings of the same rows.
fn files(scan: &TextScanExec) -> String {
    let spec = scan.spec();
    format!("{:?} {:?} {:?} {:?}", spec.table, spec.format, spec.on_error, spec.partitions)
}

/// One reading of some files, for several parts of a query.
#[derive(Debug)]
struct Reading {
    /// Reads the columns that any part wants.
    scan: Arc<dyn ExecutionPlan>,
    parts: Vec<Part>,
    partitions: Vec<tokio::sync::Mutex<Option<Partition>>>,
}

/// What one part makes of the rows that are read.
#[derive(Debug)]
struct Part {
    /// The part's filters and projections over [`Feed`].
    plan: Arc<dyn ExecutionPlan>,
    feed: Arc<Feed>,
    /// The places of its columns among those that are read.
    places: Vec<usize>,
}

impl Reading {
    /// One reading for filtered scans of the same text files.
    fn of_text(nodes: &[Arc<dyn ExecutionPlan>]) -> Result<Vec<PartExec>> {
        let mut columns = Vec::new();
        let mut wanted = Vec::new();
        for scan in nodes.iter().filter_map(filtered_scan) {
            let mut places = Vec::new();
            for column in &scan.spec().columns {
                places.push(columns.iter().position(|known| known == column).unwrap_or(columns.len()));
                if !columns.contains(column) {
                    columns.push(column.clone());
                }
            }
            wanted.push((scan, places));
        }
        let Some((first, _)) = wanted.first() else { return Ok(Vec::new()) };
        let scan = first.with_columns(columns);
        let filtered = match any_filter(nodes.iter().zip(wanted.iter().map(|(_, places)| places.as_slice())))? {
            Some(filter) => scan.with_filter(&filter, None, None)?,
            None => None,
        };
        let scan: Arc<dyn ExecutionPlan> = Arc::new(filtered.unwrap_or(scan));
        let count = scan.output_partitioning().partition_count();
        let mut parts = Vec::new();
        for (node, (own, places)) in nodes.iter().zip(wanted) {
            let feed = Arc::new(Feed::new(own.schema(), count));
            let plan = node.clone().transform_down(|node| {
                Ok(if node.is::<TextScanExec>() {
                    Transformed::yes(feed.clone() as Arc<dyn ExecutionPlan>)
                } else {
                    Transformed::no(node)
                })
            })?;
            parts.push((Part { plan: plan.data, feed, places }, node.clone()));
        }
        Ok(Reading::with(scan, parts))
    }

    /// One reading for scans of the same Parquet files; no parts where there is little to gain.
    fn of_parquet(nodes: &[Arc<dyn ExecutionPlan>]) -> Result<Vec<PartExec>> {
        let scans: Vec<&ParquetScanExec> = nodes.iter().filter_map(|node| node.downcast_ref()).collect();
        let Some(shared) = SharedParquetScan::of(&scans)? else { return Ok(Vec::new()) };
        let count = shared.scan.properties().output_partitioning().partition_count();
        let mut parts = Vec::new();
        for part in shared.parts {
            let places: Vec<usize> = std::iter::once(part.is_of_part).chain(part.outputs).collect();
            let feed = Arc::new(Feed::new(Arc::new(shared.scan.schema().project(&places)?), count));
            let is_of_part = feed.schema().field(0).name().clone();
            let filter = FilterExec::try_new(Arc::new(Column::new(&is_of_part, 0)), feed.clone())?;
            // Not put together into more rows than the scan gives of long texts.
            let filter = filter.with_batch_size(RAW_BATCH_ROWS)?;
            let names = part.alone.schema();
            let outputs = names.fields().iter().enumerate().map(|(place, field)| {
                let input = feed.schema().field(place + 1).name().clone();
                ProjectionExpr::new(Arc::new(Column::new(&input, place + 1)), field.name().clone())
            });
            let plan = ProjectionExec::try_new(outputs, Arc::new(filter))?;
            parts.push((Part { plan: Arc::new(plan), feed, places }, Arc::new(part.alone) as Arc<dyn ExecutionPlan>));
        }
        Ok(Reading::with(Arc::new(shared.scan), parts))
    }

    /// Parts, each with the plan by which it reads for itself, of one reading.
    fn with(scan: Arc<dyn ExecutionPlan>, parts: Vec<(Part, Arc<dyn ExecutionPlan>)>) -> Vec<PartExec> {
        let count = scan.output_partitioning().partition_count();
        let partitions = (0..count).map(|_| tokio::sync::Mutex::new(None)).collect();
        let (parts, own): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let reading = Arc::new(Reading { scan, parts, partitions });
        let parts = own.into_iter().enumerate();
        parts.map(|(number, own)| PartExec { own, reading: reading.clone(), number }).collect()
    }

    /// The next batch of a part; `None` at its end.
    async fn next(&self, number: usize, partition: usize, context: &Arc<TaskContext>) -> Result<Next> {
        let Some(state) = self.partitions.get(partition) else {
            return internal_err!("no partition {partition} in a shared scan");
        };
        let mut state = state.lock().await;
        let state = match state.as_mut() {
            Some(state) => state,
            None => state.insert(Partition::open(self, partition, context)?),
        };
        loop {
            let Some(own) = state.waiting.get_mut(number) else {
                return internal_err!("no part {number} in a shared scan");
            };
            if own.is_too_much {
                return Ok(Next::Elsewhere { after: own.given });
            }
            if let Some(batch) = own.take() {
                return Ok(Next::Batch(batch));
            }
            match &state.ended {
                Some(Ok(())) => return Ok(Next::End),
                Some(Err(error)) => return Err(DataFusionError::Shared(error.clone())),
                None => state.read(self, number, partition).await,
            }
        }
    }

    /// A part that nobody asks any more needs no rows.
    fn leave(&self, number: usize, partition: usize) {
        // Whoever reads at the moment finds the rows of this part to be too many in the end.
        if let Some(state) = self.partitions.get(partition)
            && let Ok(mut state) = state.try_lock()
            && let Some(waiting) = state.as_mut().and_then(|state| state.waiting.get_mut(number))
        {
            waiting.give_up();
        }
    }
}

/// What a part gets when it asks.
enum Next {
    Batch(RecordBatch),
    End,
    /// The part has to read for itself, and has had this many rows already.
    Elsewhere {
        after: usize,
    },
}

/// How far one partition has been read.
struct Partition {
    source: SendableRecordBatchStream,
    waiting: Vec<Waiting>,
    ended: Option<Result<(), Arc<DataFusionError>>>,
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Partition({} parts)", self.waiting.len())
    }
}

/// What waits for one part.
struct Waiting {
    rows: SendableRecordBatchStream,
    ready: VecDeque<RecordBatch>,
    memory: MemoryReservation,
    /// How many rows the part has had.
    given: usize,
    is_too_much: bool,
}

impl Partition {
    fn open(reading: &Reading, partition: usize, context: &Arc<TaskContext>) -> Result<Partition> {
        let waiting = reading.parts.iter().map(|part| {
            Ok(Waiting {
                rows: part.plan.execute(partition, context.clone())?,
                ready: VecDeque::new(),
                memory: MemoryConsumer::new("shared scan").register(context.memory_pool()),
                given: 0,
                is_too_much: false,
            })
        });
        Ok(Partition {
            source: reading.scan.execute(partition, context.clone())?,
            waiting: waiting.collect::<Result<_>>()?,
            ended: None,
        })
    }

    /// Reads one batch and lets every part make of it what it wants.
    async fn read(&mut self, reading: &Reading, asking: usize, partition: usize) {
        let batch = match self.source.next().await.transpose() {
            Ok(batch) => batch,
            Err(error) => {
                self.ended = Some(Err(Arc::new(error)));
                return;
            }
        };
        for (number, (part, waiting)) in reading.parts.iter().zip(&mut self.waiting).enumerate() {
            if waiting.is_too_much {
                continue;
            }
            let fed = match &batch {
                Some(batch) => batch.project(&part.places).map(Some),
                None => Ok(None),
            };
            let made = fed.map_err(DataFusionError::from).and_then(|fed| {
                part.feed.push(partition, fed)?;
                waiting.advance(number == asking)
            });
            if let Err(error) = made {
                self.ended = Some(Err(Arc::new(error)));
                return;
            }
        }
        if batch.is_none() {
            self.ended = Some(Ok(()));
        }
    }
}

impl Waiting {
    fn take(&mut self) -> Option<RecordBatch> {
        let batch = self.ready.pop_front()?;
        if self.ready.is_empty() {
            self.memory.free();
        }
        self.given += batch.num_rows();
        Some(batch)
    }

    /// Takes what the part makes of what it has been fed.
    fn advance(&mut self, is_asking: bool) -> Result<()> {
        let mut context = Context::from_waker(Waker::noop());
        // A feed that has nothing left is pending; it is asked again when there is more.
        while let Poll::Ready(Some(batch)) = self.rows.poll_next_unpin(&mut context) {
            let batch = batch?;
            // A part that is asking takes its rows at once.
            let batch = if is_asking { batch } else { compact(&batch)? };
            if !is_asking {
                let bytes = batch.get_array_memory_size();
                if self.memory.size() + bytes > MOST_WAITING || self.memory.try_grow(bytes).is_err() {
                    self.give_up();
                    return Ok(());
                }
            }
            self.ready.push_back(batch);
        }
        Ok(())
    }

    fn give_up(&mut self) {
        self.is_too_much = true;
        self.ready.clear();
        self.memory.free();
    }
}

/// The batch with strings of its own: the few rows that a filter keeps would hold all of the file's text in memory.
fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()) as Arc<dyn Array>,
        _ => column.clone(),
    });
    // Of rows that are only counted there is no column.
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(batch.schema(), columns.collect(), &options)?)
}

/// One part of a query that shares the reading of its files with others.
#[derive(Debug)]
struct PartExec {
    /// The part as planned, with a scan of its own.
    own: Arc<dyn ExecutionPlan>,
    reading: Arc<Reading>,
    number: usize,
}

impl DisplayAs for PartExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedScanExec: part {} of {}", self.number + 1, self.reading.parts.len())
    }
}

impl ExecutionPlan for PartExec {
    fn name(&self) -> &str {
        "SharedScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.own.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let asker = Asker { reading: self.reading.clone(), number: self.number, partition };
        let state = (asker, self.own.clone(), context, None);
        let batches = futures::stream::try_unfold(state, |(asker, own, context, mut elsewhere)| async move {
            loop {
                let next = match &mut elsewhere {
                    None => asker.reading.next(asker.number, asker.partition, &context).await?,
                    Some(rows) => SkippingRows::next(rows).await?,
                };
                match next {
                    Next::Batch(batch) => return Ok(Some((batch, (asker, own, context, elsewhere)))),
                    Next::End => return Ok(None),
                    Next::Elsewhere { after } => {
                        let rows = own.execute(asker.partition, context.clone())?;
                        elsewhere = Some(SkippingRows { rows, skip: after });
                    }
                }
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// Tells the reading when its part is asked no more.
struct Asker {
    reading: Arc<Reading>,
    number: usize,
    partition: usize,
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.reading.leave(self.number, self.partition);
    }
}

/// The rows of a part that reads for itself, without those that it has had.
struct SkippingRows {
    rows: SendableRecordBatchStream,
    skip: usize,
}

impl SkippingRows {
    async fn next(&mut self) -> Result<Next> {
        while let Some(batch) = self.rows.next().await.transpose()? {
            let rows = batch.num_rows();
            let skipped = self.skip.min(rows);
            self.skip -= skipped;
            if skipped < rows {
                return Ok(Next::Batch(batch.slice(skipped, rows - skipped)));
            }
        }
        Ok(Next::End)
    }
}

/// Stands where a part had its scan, and gives it the rows that were read for all.
#[derive(Debug)]
struct Feed {
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    queues: Vec<Arc<Mutex<Queue>>>,
}

#[derive(Debug, Default)]
struct Queue {
    batches: VecDeque<RecordBatch>,
    is_ended: bool,
}

impl Feed {
    fn new(schema: SchemaRef, partitions: usize) -> Feed {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Feed { schema, properties: Arc::new(properties), queues: (0..partitions).map(|_| Arc::default()).collect() }
    }

    /// Adds a batch; `None` says that there are no more.
    fn push(&self, partition: usize, batch: Option<RecordBatch>) -> Result<()> {
        let Some(queue) = self.queues.get(partition) else {
            return internal_err!("no partition {partition} in a shared scan");
        };
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        match batch {
            Some(batch) => queue.batches.push_back(batch),
            None => queue.is_ended = true,
        }
        Ok(())
    }
}

impl DisplayAs for Feed {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedRowsExec")
    }
}

impl ExecutionPlan for Feed {
    fn name(&self) -> &str {
        "SharedRowsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        match self.queues.get(partition) {
            Some(queue) => Ok(Box::pin(FedRows { schema: self.schema.clone(), queue: queue.clone() })),
            None => internal_err!("no partition {partition} in a shared scan"),
        }
    }
}

/// Pending, and without a waker, while the queue is empty: whoever fills it asks again.
struct FedRows {
    schema: SchemaRef,
    queue: Arc<Mutex<Queue>>,
}

impl Stream for FedRows {
    type Item = Result<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.batches.pop_front() {
            Some(batch) => Poll::Ready(Some(Ok(batch))),
            None if queue.is_ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl RecordBatchStream for FedRows {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
