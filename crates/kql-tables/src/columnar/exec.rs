//! The plan node that converts a file's columns to KQL's.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringViewArray, new_null_array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, internal_err};
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::filter_pushdown::{
    ChildFilterDescription, ChildPushdownResult, FilterDescription, FilterPushdownPhase, FilterPushdownPropagation,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::StreamExt;
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

use super::convert::{convert, convert_or_null};
use super::pruning::{Sources, implied};
use crate::columns::TableColumn;
use crate::{OnError, ScanReport, TableError};

/// One column of the output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Its name and type.
    pub column: TableColumn,
    /// The place of the column in the input; without one, all is null, of a string all is empty.
    pub source: Option<usize>,
}

/// What the node does, in plain data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvertSpec {
    pub table: String,
    pub columns: Vec<Conversion>,
    pub on_error: OnError,
}

/// Converts batches as a [`ConvertSpec`] says.
#[derive(Debug)]
pub struct ConvertExec {
    spec: Arc<ConvertSpec>,
    input: Arc<dyn ExecutionPlan>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    report: Arc<ScanReport>,
}

impl ConvertExec {
    /// The node over an input, with a report of its own.
    pub fn from_spec(spec: ConvertSpec, input: Arc<dyn ExecutionPlan>) -> ConvertExec {
        ConvertExec::with_report(Arc::new(spec), input, Arc::default())
    }

    /// The node over an input; what it makes null is told to `report`.
    pub(crate) fn with_report(
        spec: Arc<ConvertSpec>,
        input: Arc<dyn ExecutionPlan>,
        report: Arc<ScanReport>,
    ) -> ConvertExec {
        let schema: SchemaRef =
            Arc::new(Schema::new(spec.columns.iter().map(|column| column.column.field()).collect::<Vec<Field>>()));
        // Orderings of the input are in terms of its own columns and end here.
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            datafusion::physical_plan::Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        ConvertExec {
            spec,
            input,
            schema,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
            report,
        }
    }

    /// What this node does; with its input, [`ConvertExec::from_spec`] makes an equal one of it.
    pub fn spec(&self) -> &ConvertSpec {
        &self.spec
    }
}

impl DisplayAs for ConvertExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = (self.spec.columns.iter())
            .map(|conversion| format!("{}:{}", conversion.column.name, conversion.column.scalar_type))
            .collect();
        write!(f, "ConvertExec: table={}, columns=[{}]", self.spec.table, columns.join(", "))
    }
}

impl ExecutionPlan for ConvertExec {
    fn name(&self) -> &str {
        "ConvertExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
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
            (Some(input), true) => {
                Ok(Arc::new(ConvertExec::with_report(self.spec.clone(), input, self.report.clone())))
            }
            _ => internal_err!("a conversion has one input"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let (spec, schema, report) = (self.spec.clone(), self.schema.clone(), self.report.clone());
        let batches = self.input.execute(partition, context)?.map(move |batch| {
            let timer = metrics.elapsed_compute().timer();
            let converted = convert_batch(&spec, &schema, &batch?, &report)?;
            timer.done();
            metrics.record_output(converted.num_rows());
            Ok(converted)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        // Those of the columns are in terms of the file's types.
        let mut statistics = Statistics::new_unknown(&self.schema);
        if let Some(input) = inputs.first() {
            statistics.num_rows = input.num_rows;
            statistics.total_byte_size = input.total_byte_size.to_inexact();
        }
        Ok(Arc::new(statistics))
    }

    fn gather_filters_for_pushdown(
        &self,
        _: FilterPushdownPhase,
        parent_filters: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterDescription> {
        // The input gets conditions that follow from the filters; the filters themselves stay above.
        let input = self.input.schema();
        let columns = self.spec.columns.iter().map(|conversion| (conversion.column.scalar_type, conversion.source));
        let sources = Sources::new(columns, &input);
        let implied = parent_filters.iter().filter_map(|filter| implied(filter, &sources)).collect();
        let child = ChildFilterDescription::all_unsupported(&parent_filters).with_self_filters(implied);
        Ok(FilterDescription::new().with_child(child))
    }

    fn handle_child_pushdown_result(
        &self,
        _: FilterPushdownPhase,
        result: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        Ok(FilterPushdownPropagation::all_unsupported(result))
    }
}

fn convert_batch(
    spec: &ConvertSpec,
    schema: &SchemaRef,
    batch: &RecordBatch,
    report: &ScanReport,
) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let columns: Vec<ArrayRef> = (spec.columns.iter())
        .map(|conversion| {
            let column = &conversion.column;
            match conversion.source {
                Some(place) if place < batch.num_columns() && spec.on_error == OnError::Null => {
                    let (converted, lost) = convert_or_null(batch.column(place), column.scalar_type)
                        .map_err(|error| misfit(&spec.table, &column.name, &error))?;
                    report.add_nulls(&column.name, lost);
                    Ok(converted)
                }
                Some(place) if place < batch.num_columns() => convert(batch.column(place), column.scalar_type)
                    .map_err(|error| misfit(&spec.table, &column.name, &error)),
                Some(place) => internal_err!("no column {place} in the input of {}", spec.table),
                None if column.scalar_type == ScalarType::String => {
                    Ok(Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n("", rows))) as ArrayRef)
                }
                None => Ok(new_null_array(&column.scalar_type.arrow_type(), rows)),
            }
        })
        .collect::<Result<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}

/// A value of a column that its type cannot hold.
pub(super) fn misfit(table: &str, column: &str, error: &ArrowError) -> DataFusionError {
    let message = match error {
        ArrowError::CastError(message) => message.clone(),
        other => other.to_string(),
    };
    TableError::new(table, format!("{column}: {message}")).into()
}
