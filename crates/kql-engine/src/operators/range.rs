//! `range`: a column of evenly spaced values, made batch by batch as they are asked for.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr as DataFusionExpr, LogicalPlan, TableType};
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, SchedulingType};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use kql_semantics::Column;
use kql_types::Value;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::lowering::Lowering;

/// The column that a `range` makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RangeSpec {
    column: String,
    values: RangeValues,
    count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum RangeValues {
    Int { from: i64, step: i64 },
    Long { from: i64, step: i64 },
    Real { from: f64, step: f64 },
}

pub(crate) fn lower(
    lowering: &Lowering,
    columns: &[Column],
    from: &Value,
    to: &Value,
    step: &Value,
) -> Result<LogicalPlan, EngineError> {
    let Some(column) = columns.first() else {
        return Err(EngineError::new("range needs a column"));
    };
    let count = count(from, to, step)?;
    let values = match (from, step, integer(from), integer(step)) {
        (Value::Int(_), _, Some(from), Some(step)) => RangeValues::Int { from, step },
        (_, _, Some(from), Some(step)) => RangeValues::Long { from, step },
        (Value::Real(from), Value::Real(step), ..) => RangeValues::Real { from: *from, step: *step },
        _ => return Err(EngineError::new(format!("range cannot count in {}", column.scalar_type))),
    };
    let spec = RangeSpec { column: column.name.clone(), values, count };
    let table: Arc<dyn TableProvider> = Arc::new(RangeTable { spec });
    lowering.scan("range", &table, columns)
}

/// How many values a range has.
pub(crate) fn count(from: &Value, to: &Value, step: &Value) -> Result<u64, EngineError> {
    match (integer(from), integer(to), integer(step)) {
        (Some(from), Some(to), Some(step)) => integer_count(from, to, step),
        _ => match (from, to, step) {
            (Value::Real(from), Value::Real(to), Value::Real(step)) => real_count(*from, *to, *step),
            _ if [from, to, step].iter().any(|value| value.is_null()) => {
                Err(EngineError::new("range needs bounds and a step that are not null"))
            }
            _ => Err(EngineError::new(format!("range cannot count in {}", from.scalar_type()))),
        },
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some((*value).into()),
        Value::Long(value) | Value::DateTime(value) | Value::TimeSpan(value) => Some(*value),
        _ => None,
    }
}

fn integer_count(from: i64, to: i64, step: i64) -> Result<u64, EngineError> {
    let distance = i128::from(to) - i128::from(from);
    match i128::from(step) {
        0 => Err(EngineError::new("the step of a range must not be zero")),
        step if (distance < 0) != (step < 0) && distance != 0 => Ok(0),
        // At most 2^64 / 1 + 1 values; one too many for u64, which no one waits for.
        step => Ok(u64::try_from(distance / step + 1).unwrap_or(u64::MAX)),
    }
}

fn real_count(from: f64, to: f64, step: f64) -> Result<u64, EngineError> {
    if !(from.is_finite() && to.is_finite() && step.is_finite()) {
        return Err(EngineError::new("the bounds and the step of a range must be finite"));
    }
    if step == 0.0 {
        return Err(EngineError::new("the step of a range must not be zero"));
    }
    let steps = (to - from) / step;
    // The cast saturates.
    Ok(if steps < 0.0 { 0 } else { (steps.floor() as u64).saturating_add(1) })
}

impl RangeSpec {
    fn schema(&self) -> SchemaRef {
        let data_type = match self.values {
            RangeValues::Int { .. } => DataType::Int32,
            RangeValues::Long { .. } => DataType::Int64,
            RangeValues::Real { .. } => DataType::Float64,
        };
        Arc::new(Schema::new(vec![Field::new(&self.column, data_type, true)]))
    }

    /// The values from the `start`th up to before the `end`th.
    fn array(&self, start: u64, end: u64) -> ArrayRef {
        // Wrapping cannot happen below `count`, but nothing here may panic.
        let at = |from: i64, step: i64, position: u64| from.wrapping_add(step.wrapping_mul(position as i64));
        match self.values {
            RangeValues::Int { from, step } => {
                Arc::new(Int32Array::from_iter_values((start..end).map(|position| at(from, step, position) as i32)))
            }
            RangeValues::Long { from, step } => {
                Arc::new(Int64Array::from_iter_values((start..end).map(|position| at(from, step, position))))
            }
            RangeValues::Real { from, step } => {
                Arc::new(Float64Array::from_iter_values((start..end).map(|position| from + step * position as f64)))
            }
        }
    }
}

/// A `range` as a table.
#[derive(Debug)]
struct RangeTable {
    spec: RangeSpec,
}

#[async_trait]
impl TableProvider for RangeTable {
    fn schema(&self) -> SchemaRef {
        self.spec.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[DataFusionExpr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut spec = self.spec.clone();
        spec.count = spec.count.min(limit.map_or(u64::MAX, |limit| limit as u64));
        let name = spec.column.clone();
        let range: Arc<dyn ExecutionPlan> = Arc::new(RangeExec::new(spec));
        match projection {
            Some(columns) if columns.is_empty() => {
                let nothing: Vec<ProjectionExpr> = Vec::new();
                Ok(Arc::new(ProjectionExec::try_new(nothing, range)?))
            }
            Some(columns) if columns.len() > 1 => {
                let column: Arc<dyn PhysicalExpr> = Arc::new(PhysicalColumn::new(&name, 0));
                let repeated = columns.iter().map(|_| ProjectionExpr { expr: column.clone(), alias: name.clone() });
                Ok(Arc::new(ProjectionExec::try_new(repeated.collect::<Vec<_>>(), range)?))
            }
            _ => Ok(range),
        }
    }
}

/// Makes the column of a `range`.
#[derive(Debug)]
pub(crate) struct RangeExec {
    spec: RangeSpec,
    properties: Arc<PlanProperties>,
}

impl RangeExec {
    pub fn new(spec: RangeSpec) -> RangeExec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(spec.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        RangeExec { spec, properties: Arc::new(properties.with_scheduling_type(SchedulingType::NonCooperative)) }
    }

    pub fn spec(&self) -> &RangeSpec {
        &self.spec
    }
}

impl DisplayAs for RangeExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RangeExec: column={}, rows={}", self.spec.column, self.spec.count)
    }
}

impl ExecutionPlan for RangeExec {
    fn name(&self) -> &str {
        "RangeExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (spec, schema) = (self.spec.clone(), self.schema());
        let batch_size = context.session_config().batch_size() as u64;
        let batches = (0..spec.count.div_ceil(batch_size)).map(move |batch| {
            let start = batch * batch_size;
            let end = start.saturating_add(batch_size).min(spec.count);
            Ok(RecordBatch::try_new(spec.schema(), vec![spec.array(start, end)])?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(batches))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_integers() {
        assert_eq!(integer_count(1, 10, 3), Ok(4));
        assert_eq!(integer_count(10, 1, -4), Ok(3));
        assert_eq!(integer_count(5, 5, 1), Ok(1));
        assert_eq!(integer_count(5, 4, 1), Ok(0));
        assert_eq!(integer_count(i64::MIN, i64::MAX, i64::MAX), Ok(3));
        assert!(integer_count(1, 2, 0).is_err());
    }

    #[test]
    fn counts_reals() {
        assert_eq!(real_count(0.0, 1.0, 0.5), Ok(3));
        assert_eq!(real_count(1.0, 0.0, 0.5), Ok(0));
        assert!(real_count(0.0, f64::NAN, 1.0).is_err());
    }
}
