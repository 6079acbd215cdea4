//! From bound expressions to DataFusion expressions: native ones where the semantics are equal, else the
//! adapter of the function.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr as DataFusionExpr, ScalarUDF};
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

fn literal(value: &Value) -> Result<DataFusionExpr, EngineError> {
    let scalar = ScalarValue::try_from_array(&value.to_array(), 0).map_err(EngineError::from)?;
    Ok(DataFusionExpr::Literal(scalar, None))
}

fn call(
    function: FunctionRef,
    arguments: Vec<DataFusionExpr>,
    expression: &Expr,
) -> Result<DataFusionExpr, EngineError> {
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
