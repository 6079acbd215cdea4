//! The plan node that reads chosen rows.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StructArray, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take, take_record_batch};
use datafusion::arrow::datatypes::{DataType, SchemaRef, UInt64Type};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{internal_err, plan_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{StreamExt, stream};
use kql_tables::RowsById;

use super::chain::{Chain, evaluate};
use crate::functions::{for_kernel, with_one_nan};

/// So many chosen rows are looked at together: their ids in order are read quicker.
const MOST_TOGETHER: usize = 1 << 20;

/// Rows that one column of ids tells.
#[derive(Debug)]
pub(super) struct LateRows {
    rows: Arc<dyn RowsById>,
    chain: Chain,
    /// The column of the input with the ids, and where in it they are if it is a struct.
    ids: (usize, Option<usize>),
    /// What is wanted of what the chain makes of the rows; `None` is all of its columns.
    wanted: Option<Vec<Arc<dyn PhysicalExpr>>>,
}

/// A column of the output.
#[derive(Clone, Copy, Debug)]
pub(super) enum LateColumn {
    /// The column of the input at this place.
    Passed(usize),
    /// One of the columns that have been read.
    Fetched { rows: usize, column: usize },
    /// All columns that have been read, as the struct that an aggregate makes of its arguments.
    Row { rows: usize },
}

impl LateRows {
    /// All columns at the end of a chain; the column `id` tells the rows.
    pub(super) fn of_columns(rows: Arc<dyn RowsById>, chain: Chain, id: usize) -> LateRows {
        LateRows { rows, chain, ids: (id, None), wanted: None }
    }

    /// The arguments of an aggregate over a chain; in the column `id.0` the field `id.1` tells the rows.
    pub(super) fn of_arguments(
        rows: Arc<dyn RowsById>,
        chain: Chain,
        id: (usize, usize),
        arguments: Vec<Arc<dyn PhysicalExpr>>,
    ) -> LateRows {
        LateRows { rows, chain, ids: (id.0, Some(id.1)), wanted: Some(arguments) }
    }

    fn ids(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        let (place, field) = self.ids;
        let column = batch.columns().get(place).cloned();
        let ids = match field {
            Some(field) => column.and_then(|column| column.as_struct_opt()?.columns().get(field).cloned()),
            None => column,
        };
        match ids {
            Some(ids) if *ids.data_type() == DataType::UInt64 => Ok(ids),
            _ => internal_err!("late rows without ids"),
        }
    }

    /// What is wanted of the rows with these ids, in their order; of one without an id all is null.
    async fn read(&self, ids: &ArrayRef, context: &Arc<TaskContext>) -> Result<Vec<ArrayRef>> {
        let ids = ids.as_primitive::<UInt64Type>();
        let mut known: Vec<(u64, u32)> = ids.iter().zip(0..).filter_map(|(id, row)| Some((id?, row))).collect();
        known.sort_unstable();
        let ascending: Vec<u64> = known.iter().map(|(id, _)| *id).collect();
        let batch = self.chain.late(self.rows.read(&ascending, context).await?)?;
        if batch.num_rows() != ascending.len() {
            return internal_err!("{} late rows of {}", batch.num_rows(), ascending.len());
        }
        let columns = match &self.wanted {
            Some(wanted) => wanted.iter().map(|each| evaluate(each, &batch)).collect::<Result<_>>()?,
            None => batch.columns().to_vec(),
        };
        if known.iter().map(|(_, row)| *row).eq(0..u32::try_from(ids.len()).unwrap_or(u32::MAX)) {
            return Ok(columns);
        }
        let mut places: Vec<Option<u32>> = vec![None; ids.len()];
        for ((_, row), place) in known.iter().zip(0..) {
            if let Some(slot) = places.get_mut(*row as usize) {
                *slot = Some(place);
            }
        }
        let places = UInt32Array::from(places);
        columns.iter().map(|column| Ok(take(column, &places, None)?)).collect()
    }
}

/// Reads the rows that its input has chosen.
#[derive(Debug)]
pub(super) struct LateRowsExec {
    input: Arc<dyn ExecutionPlan>,
    late: Arc<Late>,
    properties: Arc<PlanProperties>,
}

#[derive(Debug)]
struct Late {
    rows: Vec<LateRows>,
    columns: Vec<LateColumn>,
    schema: SchemaRef,
}

impl LateRowsExec {
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        rows: Vec<LateRows>,
        columns: Vec<LateColumn>,
        schema: SchemaRef,
    ) -> LateRowsExec {
        LateRowsExec::over(input, Arc::new(Late { rows, columns, schema }))
    }

    fn over(input: Arc<dyn ExecutionPlan>, late: Arc<Late>) -> LateRowsExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(late.schema.clone()),
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        LateRowsExec { input, late, properties: Arc::new(properties) }
    }
}

impl DisplayAs for LateRowsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LateRowsExec: columns={}", self.late.columns.len())
    }
}

impl ExecutionPlan for LateRowsExec {
    fn name(&self) -> &str {
        "LateRowsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(LateRowsExec::over(input, self.late.clone()))),
            _ => plan_err!("LateRowsExec takes one input"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let state = Reading {
            input: self.input.execute(partition, context.clone())?,
            late: self.late.clone(),
            memory: MemoryConsumer::new("late rows").register(context.memory_pool()),
            context,
            chosen: None,
            at: 0,
        };
        let batches =
            stream::try_unfold(state, |mut state| async move { Ok(state.next().await?.map(|batch| (batch, state))) });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// How far a partition has been read.
struct Reading {
    input: SendableRecordBatchStream,
    late: Arc<Late>,
    context: Arc<TaskContext>,
    memory: MemoryReservation,
    /// Rows that were chosen, with their ids.
    chosen: Option<RecordBatch>,
    /// Which of them come next.
    at: usize,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(chosen) = self.chosen.as_ref().filter(|chosen| self.at < chosen.num_rows()) {
                let at_once = self.late.rows.iter().map(|rows| rows.rows.at_once()).min().unwrap_or(1).max(1);
                let part = chosen.slice(self.at, at_once.min(chosen.num_rows() - self.at));
                self.at += part.num_rows();
                return Ok(Some(self.late.complete(&part, &self.context).await?));
            }
            self.memory.free();
            self.at = 0;
            self.chosen = self.collect().await?;
            if self.chosen.is_none() {
                return Ok(None);
            }
        }
    }

    /// Many chosen rows, so that what is read together lies together.
    async fn collect(&mut self) -> Result<Option<RecordBatch>> {
        let (mut batches, mut rows) = (Vec::new(), 0);
        while rows < MOST_TOGETHER
            && let Some(batch) = self.input.next().await.transpose()?
        {
            rows += batch.num_rows();
            let is_room = self.memory.try_grow(batch.get_array_memory_size()).is_ok();
            batches.push(batch);
            if !is_room {
                break;
            }
        }
        let Some(first) = batches.first() else { return Ok(None) };
        let all = concat_batches(&first.schema(), &batches)?;
        let [rows] = self.late.rows.as_slice() else { return Ok(Some(all)) };
        if all.num_rows() <= rows.rows.at_once() {
            return Ok(Some(all));
        }
        // The order of an aggregation's groups is nobody's.
        let is_ordered = rows.wanted.is_none();
        if is_ordered {
            return Ok(Some(all));
        }
        let ids = rows.ids(&all)?;
        let ids = ids.as_primitive::<UInt64Type>();
        let mut order: Vec<(Option<u64>, u32)> = ids.iter().zip(0..).collect();
        order.sort_unstable();
        let order = UInt32Array::from_iter_values(order.into_iter().map(|(_, row)| row));
        Ok(Some(take_record_batch(&all, &order)?))
    }
}

impl Late {
    /// The output for rows of the input.
    async fn complete(&self, chosen: &RecordBatch, context: &Arc<TaskContext>) -> Result<RecordBatch> {
        let mut fetched = Vec::with_capacity(self.rows.len());
        for rows in &self.rows {
            fetched.push(rows.read(&rows.ids(chosen)?, context).await?);
        }
        let mut columns = Vec::with_capacity(self.columns.len());
        for (column, field) in self.columns.iter().zip(self.schema.fields()) {
            let array = match column {
                LateColumn::Passed(place) => chosen.columns().get(*place).cloned(),
                LateColumn::Fetched { rows, column } => fetched.get(*rows).and_then(|rows| rows.get(*column)).cloned(),
                LateColumn::Row { rows } => match (fetched.get(*rows), field.data_type()) {
                    (Some(columns), DataType::Struct(fields)) => {
                        let columns = columns.iter().map(for_kernel).collect::<Result<_>>()?;
                        let row: ArrayRef = Arc::new(StructArray::try_new(fields.clone(), columns, None)?);
                        Some(with_one_nan(row))
                    }
                    _ => None,
                },
            };
            match array {
                Some(array) => columns.push(array),
                None => return internal_err!("no column {} of late rows", field.name()),
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(chosen.num_rows()));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}
