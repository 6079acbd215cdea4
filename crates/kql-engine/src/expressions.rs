//! From bound expressions to DataFusion expressions: native ones where the semantics are equal, else the
//! adapter of the function.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::Schema;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr as DataFusionExpr, ScalarUDF};
use datafusion::physical_expr::create_physical_expr;
use kql_functions::function::Kernel;
use kql_functions::{FunctionRef, ReturnType, conversion};
use kql_semantics::{Expr, ExprKind};
use kql_types::{ScalarType, Value};
use recursive::recursive;

use crate::EngineError;
use crate::functions::ScalarFunctionAdapter;
use crate::lowering::{Lowering, Scope};
use crate::native::{self, Counts};

/// The value of an expression.
pub(crate) fn value(lowering: &Lowering, expression: &Expr, scope: &Scope) -> Result<DataFusionExpr, EngineError> {
    lower(lowering, expression, scope, Counts::Value)
}

/// An expression of which only the truth counts: null and false are the same.
pub(crate) fn predicate(lowering: &Lowering, expression: &Expr, scope: &Scope) -> Result<DataFusionExpr, EngineError> {
    lower(lowering, expression, scope, Counts::Truth)
}

#[recursive]
fn lower(lowering: &Lowering, expression: &Expr, scope: &Scope, counts: Counts) -> Result<DataFusionExpr, EngineError> {
    let lowered = match &expression.kind {
        ExprKind::Column(id) => scope.column(*id),
        ExprKind::Literal(value) => literal(value),
        ExprKind::Call { function, arguments } => {
            let operands = native::of_operands(*function, counts);
            let lowered = arguments.iter().map(|argument| lower(lowering, argument, scope, operands));
            let lowered = lowered.collect::<Result<Vec<_>, _>>()?;
            match native::call(*function, arguments, &lowered, counts) {
                Some(native) => Ok(native),
                None => call(*function, lowered, expression),
            }
        }
        ExprKind::ToScalar(table) => match lowering.subqueries.scalar(table) {
            Some(scalar) => Ok(DataFusionExpr::Literal(scalar.clone(), None)),
            None => Err(EngineError::new("internal error: a toscalar was not computed")),
        },
        ExprKind::InTable { value: of, table, negated, .. } => {
            let Some(set) = lowering.subqueries.set(table) else {
                return Err(EngineError::new("internal error: the table of an in was not computed"));
            };
            let found = ScalarUDF::from(set.clone()).call(vec![value(lowering, of, scope)?]);
            Ok(if *negated { !found } else { found })
        }
    };
    lowered.map_err(|error| error.at(expression.span))
}

/// The value of an expression that is the same for every row.
pub(crate) fn constant(lowering: &Lowering, expression: &Expr) -> Result<Value, EngineError> {
    let lowered = value(lowering, expression, &Scope::of(&[]))?;
    let evaluate = || {
        let physical = create_physical_expr(
            &lowered,
            &DFSchema::empty(),
            &ExecutionProps::new(),
            &PhysicalPlanningContext::default(),
        )?;
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options)?;
        physical.evaluate(&row)?.into_array(1)
    };
    let array = evaluate().map_err(|error: DataFusionError| EngineError::from(error).at(expression.span))?;
    Value::from_array(array.as_ref(), 0, expression.scalar_type)
        .ok_or_else(|| EngineError::new("internal error: a constant of another type").at(expression.span))
}

fn literal(value: &Value) -> Result<DataFusionExpr, EngineError> {
    let scalar = ScalarValue::try_from_array(&value.to_array(), 0).map_err(EngineError::from)?;
    Ok(DataFusionExpr::Literal(scalar, None))
}

fn call(
    function: FunctionRef,
    arguments: Vec<DataFusionExpr>,
    expression: &Expr,
) -> Result<DataFusionExpr, EngineError> {
    if let Kernel::Window(_) = function.overload.kernel {
        let message = format!("the window function {}() is not supported here", function.function.name);
        return Err(EngineError::unsupported(message, expression.span));
    }
    if let Kernel::CloudOnly = function.overload.kernel {
        let message = format!("{}() works only in the cloud", function.function.name);
        return Err(EngineError::unsupported(message, expression.span));
    }
    if let Kernel::Unavailable(reason) = function.overload.kernel {
        let message = format!("{} cannot be run: {reason}", function.function.name);
        return Err(EngineError::unsupported(message, expression.span));
    }
    if matches!(function.overload.returns, ReturnType::Literal(_)) {
        // Such a kernel gives text, which is converted to the type that the call names.
        let text = adapted(function, arguments, ScalarType::String);
        return Ok(match conversion(ScalarType::String, expression.scalar_type) {
            Some(conversion) => adapted(conversion, vec![text], expression.scalar_type),
            None => text,
        });
    }
    Ok(adapted(function, arguments, expression.scalar_type))
}

fn adapted(function: FunctionRef, arguments: Vec<DataFusionExpr>, result: ScalarType) -> DataFusionExpr {
    let function = Arc::new(ScalarUDF::from(ScalarFunctionAdapter::new(function, result)));
    DataFusionExpr::ScalarFunction(ScalarFunction::new_udf(function, arguments))
}
