//! Window functions: kernels over the columns of all rows, in their order.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, SchemaRef};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{LogicalPlan, Projection};
use kql_functions::function::Kernel;
use kql_functions::{Argument, Arguments, FunctionRef, KernelError};
use kql_semantics::{Column, Expr, ExprKind, Relation};
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

use super::gathered::Gathered;
use super::own::{Behaviour, OwnOperator, Worker};
use crate::EngineError;
use crate::error::FunctionFailure;
use crate::functions::{for_kernel, without_nulls};
use crate::lowering::{Lowering, Scope, column, internal_name};

pub(crate) fn lower(
    lowering: &Lowering,
    input: &Relation,
    calls: &[Expr],
    columns: &[Column],
) -> Result<LogicalPlan, EngineError> {
    let scope = Scope::of(&input.columns);
    let mut inputs: Vec<_> = input.columns.iter().map(|each| column(&internal_name(each))).collect();
    let mut specifications = Vec::with_capacity(calls.len());
    for (at, (call, output)) in calls.iter().zip(columns.iter().skip(input.columns.len())).enumerate() {
        let ExprKind::Call { function, arguments } = &call.kind else {
            return Err(EngineError::new("internal error: a window that is no call").at(call.span));
        };
        let mut names = Vec::with_capacity(arguments.len());
        for (position, argument) in arguments.iter().enumerate() {
            let name = format!("$window{at}_{position}");
            inputs.push(lowering.expression(argument, &scope)?.alias(&name));
            names.push(name);
        }
        specifications.push(WindowCall {
            function: function.name(),
            arguments: names,
            output: internal_name(output),
            scalar_type: call.scalar_type.name().to_owned(),
        });
    }
    let input = LogicalPlan::Projection(Projection::try_new(inputs, Arc::new(lowering.relation(input)?))?);
    Ok(OwnOperator::Window(Window { calls: specifications }).over(input)?)
}

/// Computes window calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Window {
    calls: Vec<WindowCall>,
}

/// One window call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct WindowCall {
    /// The name of the overload.
    function: String,
    /// The columns of the arguments, which are not passed on.
    arguments: Vec<String>,
    output: String,
    /// The name of the type that it gives.
    scalar_type: String,
}

impl WindowCall {
    fn result(&self) -> ScalarType {
        ScalarType::from_name(&self.scalar_type).unwrap_or(ScalarType::Dynamic)
    }
}

impl Behaviour for Window {
    fn name(&self) -> &'static str {
        "Window"
    }

    fn describe(&self) -> String {
        let call = |call: &WindowCall| format!("{} = {} of {}", call.output, call.function, call.arguments.join(", "));
        self.calls.iter().map(call).collect::<Vec<_>>().join("; ")
    }

    fn reads(&self) -> Vec<&str> {
        self.calls.iter().flat_map(|call| call.arguments.iter().map(String::as_str)).collect()
    }

    fn passes(&self, column: &str) -> bool {
        !self.reads().contains(&column)
    }

    fn adds(&self) -> Vec<Field> {
        self.calls.iter().map(|call| Field::new(&call.output, call.result().arrow_type(), true)).collect()
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let position = |name: &String| Ok(input.index_of(name)?);
        let mut calls = Vec::with_capacity(self.calls.len());
        for call in &self.calls {
            let Some(function) = FunctionRef::from_name(&call.function) else {
                return exec_err!("there is no function {}", call.function);
            };
            let arguments = call.arguments.iter().map(position).collect::<Result<Vec<_>>>()?;
            calls.push(Call { function, arguments, result: call.result() });
        }
        let passed = (0..input.fields().len()).filter(|at| self.passes(input.field(*at).name())).collect();
        Ok(Box::new(Windows { calls, passed, output: output.clone(), rows: Gathered::new(input.clone(), memory) }))
    }
}

/// A window call whose arguments are found.
struct Call {
    function: FunctionRef,
    arguments: Vec<usize>,
    result: ScalarType,
}

impl Call {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        let failure = |error: KernelError| FunctionFailure::of(self.function.function.name, error);
        let Kernel::Window(kernel) = self.function.overload.kernel else {
            return Err(failure(KernelError("it is no window function".to_owned())));
        };
        let arguments = self.arguments.iter().map(|at| Ok(Argument::Array(for_kernel(batch.column(*at))?)));
        let arguments = arguments.collect::<Result<Vec<_>>>()?;
        let array = kernel(&Arguments::new(&arguments, batch.num_rows())).map_err(failure)?;
        if self.result == ScalarType::String { Ok(without_nulls(array)?) } else { Ok(array) }
    }
}

/// Computes the calls of one partition once all its rows are there.
struct Windows {
    calls: Vec<Call>,
    passed: Vec<usize>,
    output: SchemaRef,
    rows: Gathered,
}

impl Worker for Windows {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows.push(batch)
    }

    fn finish(&mut self) -> Result<()> {
        let batch = self.rows.concatenated()?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let mut arrays: Vec<ArrayRef> = self.passed.iter().map(|at| batch.column(*at).clone()).collect();
        for call in &self.calls {
            arrays.push(call.evaluate(&batch)?);
        }
        self.rows.hand_out(RecordBatch::try_new(self.output.clone(), arrays)?);
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.rows.next_slice())
    }
}
