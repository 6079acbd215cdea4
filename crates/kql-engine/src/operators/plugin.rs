//! Plugins of `evaluate` that see all rows at once: the kernel of kql-functions over one partition.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, SchemaRef};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::LogicalPlan;
use kql_functions::plugin::{self, PluginRows, RowsKernel};
use kql_semantics::Column;
use kql_semantics::plan::{PluginCall, PluginValue};
use kql_types::{ScalarType, Value};
use serde::{Deserialize, Serialize};

use super::gathered::Gathered;
use super::own::{Behaviour, OwnOperator, Worker};
use crate::EngineError;
use crate::error::FunctionFailure;
use crate::expressions::constant;
use crate::functions::for_kernel;
use crate::lowering::{Lowering, internal_name};
use crate::tables::array_of;

pub(crate) fn lower(lowering: &Lowering, call: &PluginCall, columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for argument in &call.arguments {
        let value = match &argument.value {
            PluginValue::Column(position) => ArgumentOnWire::Column(*position),
            PluginValue::Constant(value) => ArgumentOnWire::of(constant(lowering, value)?),
        };
        arguments.push((argument.parameter.to_owned(), value));
    }
    let specified = |column: &Column| PluginColumn {
        column: internal_name(column),
        name: column.name.clone(),
        scalar_type: column.scalar_type.name().to_owned(),
    };
    let operator = RunPlugin {
        plugin: call.plugin.to_owned(),
        table: call.table,
        inputs: call.input.columns.iter().map(specified).collect(),
        arguments,
        outputs: columns.iter().map(specified).collect(),
    };
    Ok(OwnOperator::Plugin(operator).over(lowering.relation(&call.input)?)?)
}

/// Runs a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RunPlugin {
    plugin: String,
    table: usize,
    /// What the kernel reads; none of it is passed on.
    inputs: Vec<PluginColumn>,
    /// By the names of their parameters.
    arguments: Vec<(String, ArgumentOnWire)>,
    outputs: Vec<PluginColumn>,
}

/// A column with the name that it has in the query.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct PluginColumn {
    column: String,
    name: String,
    scalar_type: String,
}

impl PluginColumn {
    fn kind(&self) -> ScalarType {
        ScalarType::from_name(&self.scalar_type).unwrap_or(ScalarType::Dynamic)
    }
}

/// An argument as it travels; constants keep every bit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum ArgumentOnWire {
    Column(usize),
    /// The null of the type of this name.
    Null(String),
    Bool(bool),
    Int(i32),
    Long(i64),
    /// The bits of an `f64`.
    Real(u64),
    /// The decimal digits of the unscaled value, which JSON's numbers do not hold.
    Decimal(String),
    String(String),
    DateTime(i64),
    TimeSpan(i64),
    Guid([u8; 16]),
    Dynamic(String),
}

impl ArgumentOnWire {
    fn of(value: Value) -> ArgumentOnWire {
        match value {
            Value::Null(scalar_type) => ArgumentOnWire::Null(scalar_type.name().to_owned()),
            Value::Bool(value) => ArgumentOnWire::Bool(value),
            Value::Int(value) => ArgumentOnWire::Int(value),
            Value::Long(value) => ArgumentOnWire::Long(value),
            Value::Real(value) => ArgumentOnWire::Real(value.to_bits()),
            Value::Decimal(value) => ArgumentOnWire::Decimal(value.to_string()),
            Value::String(value) => ArgumentOnWire::String(value),
            Value::DateTime(ticks) => ArgumentOnWire::DateTime(ticks),
            Value::TimeSpan(ticks) => ArgumentOnWire::TimeSpan(ticks),
            Value::Guid(bytes) => ArgumentOnWire::Guid(bytes),
            Value::Dynamic(text) => ArgumentOnWire::Dynamic(text),
        }
    }

    fn value(&self) -> plugin::PluginValue {
        plugin::PluginValue::Constant(match self {
            ArgumentOnWire::Column(position) => return plugin::PluginValue::Column(*position),
            ArgumentOnWire::Null(name) => Value::Null(ScalarType::from_name(name).unwrap_or(ScalarType::Dynamic)),
            ArgumentOnWire::Bool(value) => Value::Bool(*value),
            ArgumentOnWire::Int(value) => Value::Int(*value),
            ArgumentOnWire::Long(value) => Value::Long(*value),
            ArgumentOnWire::Real(bits) => Value::Real(f64::from_bits(*bits)),
            ArgumentOnWire::Decimal(digits) => digits.parse().map_or(Value::Null(ScalarType::Decimal), Value::Decimal),
            ArgumentOnWire::String(value) => Value::String(value.clone()),
            ArgumentOnWire::DateTime(ticks) => Value::DateTime(*ticks),
            ArgumentOnWire::TimeSpan(ticks) => Value::TimeSpan(*ticks),
            ArgumentOnWire::Guid(bytes) => Value::Guid(*bytes),
            ArgumentOnWire::Dynamic(text) => Value::Dynamic(text.clone()),
        })
    }
}

impl Behaviour for RunPlugin {
    fn name(&self) -> &'static str {
        "Plugin"
    }

    fn describe(&self) -> String {
        self.plugin.clone()
    }

    fn reads(&self) -> Vec<&str> {
        self.inputs.iter().map(|input| input.column.as_str()).collect()
    }

    fn passes(&self, _column: &str) -> bool {
        false
    }

    fn adds(&self) -> Vec<Field> {
        self.outputs.iter().map(|output| Field::new(&output.column, output.kind().arrow_type(), true)).collect()
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let plugin = kql_functions::plugin(&self.plugin);
        let Some((name, kernel)) = plugin.and_then(|plugin| Some((plugin.name, plugin.rows_kernel(self.table)?)))
        else {
            return exec_err!("there is no plugin {}", self.plugin);
        };
        let positions = self.inputs.iter().map(|column| Ok(input.index_of(&column.column)?)).collect::<Result<_>>()?;
        let argument = |(parameter, value): &(String, ArgumentOnWire)| plugin::PluginArgument {
            parameter: parameter.clone(),
            value: value.value(),
        };
        Ok(Box::new(Runner {
            name,
            kernel,
            positions,
            columns: self.inputs.iter().map(|column| (column.name.clone(), column.kind())).collect(),
            arguments: self.arguments.iter().map(argument).collect(),
            outputs: self.outputs.iter().map(PluginColumn::kind).collect(),
            output: output.clone(),
            rows: Gathered::new(input.clone(), memory),
        }))
    }
}

/// Runs the kernel once all rows are there.
struct Runner {
    name: &'static str,
    kernel: RowsKernel,
    /// Where the columns that the kernel reads are in the input.
    positions: Vec<usize>,
    columns: Vec<(String, ScalarType)>,
    arguments: Vec<plugin::PluginArgument>,
    outputs: Vec<ScalarType>,
    output: SchemaRef,
    rows: Gathered,
}

impl Worker for Runner {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows.push(batch)
    }

    fn finish(&mut self) -> Result<()> {
        let batch = self.rows.concatenated()?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let arrays =
            self.positions.iter().map(|at| for_kernel(batch.column(*at))).collect::<Result<Vec<ArrayRef>>>()?;
        let call = plugin::PluginCall { columns: &self.columns, arguments: &self.arguments };
        let rows = PluginRows { call, arrays: &arrays, rows: batch.num_rows() };
        let rows = (self.kernel.rows)(&rows).map_err(|error| FunctionFailure::of(self.name, error))?;
        let null = Value::Null(ScalarType::Dynamic);
        let arrays = self
            .outputs
            .iter()
            .enumerate()
            .map(|(at, scalar_type)| array_of(*scalar_type, rows.iter().map(|row| row.get(at).unwrap_or(&null))));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        self.rows.hand_out(RecordBatch::try_new(Arc::clone(&self.output), arrays)?);
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.rows.next_slice())
    }
}
