//! Constant folding: calls on constants alone are computed while binding, by the function's own kernel.

use kql_functions::function::Kernel;
use kql_functions::{Argument, Arguments, FunctionRef};
use kql_syntax::Span;
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, Table};
use crate::codes;
use crate::operators::is_window;
use crate::plan::{Expr, ExprKind, RelationOperator};

/// What is known of an expression's value before the query runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Folded {
    Value(Value),
    /// It will be one value, but it is not known yet: a parameter of a function that is only being checked.
    Unknown,
    /// It comes from the data.
    Varies,
}

/// A call; a value where it can be computed now.
pub(crate) fn call(function: FunctionRef, arguments: Vec<Expr>, scalar_type: ScalarType, span: Span) -> Expr {
    match evaluate(function, &arguments, scalar_type) {
        Some(value) => Expr { kind: ExprKind::Literal(value), scalar_type, span },
        None => Expr { kind: ExprKind::Call { function, arguments }, scalar_type, span },
    }
}

fn evaluate(function: FunctionRef, arguments: &[Expr], scalar_type: ScalarType) -> Option<Value> {
    let Kernel::Vectorized(kernel) = function.overload.kernel else { return None };
    if !function.function.deterministic {
        return None;
    }
    let constants: Option<Vec<Argument>> = arguments
        .iter()
        .map(|argument| match &argument.kind {
            ExprKind::Literal(value) => Some(Argument::Constant(value.to_array())),
            _ => None,
        })
        .collect();
    // An error is left to the run, where it is reported with the row's.
    let result = kernel(&Arguments::new(&constants?, 1)).ok()?;
    Value::from_array(result.as_ref(), 0, scalar_type)
}

/// Converts an expression to a type, by the conversion function.
pub(crate) fn convert(expression: Expr, to: ScalarType) -> Expr {
    if expression.scalar_type == to {
        return expression;
    }
    let span = expression.span;
    if let ExprKind::Literal(Value::Null(_)) = expression.kind {
        return Expr { kind: ExprKind::Literal(Value::null(to)), scalar_type: to, span };
    }
    if let ExprKind::Literal(value) = &expression.kind
        && let Some(value) = widened(value, to)
    {
        return Expr { kind: ExprKind::Literal(value), scalar_type: to, span };
    }
    match kql_functions::conversion(expression.scalar_type, to) {
        Some(function) => call(function, vec![expression], to, span),
        None => expression,
    }
}

/// A number in a wider type.
fn widened(value: &Value, to: ScalarType) -> Option<Value> {
    Some(match (value, to) {
        (Value::Int(value), ScalarType::Long) => Value::Long(i64::from(*value)),
        (Value::Int(value), ScalarType::Real) => Value::Real(f64::from(*value)),
        (Value::Long(value), ScalarType::Real) => Value::Real(*value as f64),
        (Value::Long(value), ScalarType::Int) => Value::Int(i32::try_from(*value).ok()?),
        _ => return None,
    })
}

impl Binder<'_> {
    /// What is known of an expression's value.
    pub(crate) fn folded(&self, expression: &Expr) -> Folded {
        match &expression.kind {
            ExprKind::Literal(value) => Folded::Value(value.clone()),
            _ if self.is_unknown_constant(expression) => Folded::Unknown,
            _ => Folded::Varies,
        }
    }

    fn is_unknown_constant(&self, expression: &Expr) -> bool {
        match &expression.kind {
            ExprKind::Literal(_) => true,
            ExprKind::Column(id) => self.is_stand_in(*id),
            kind if is_window(kind) => false,
            ExprKind::Call { arguments, .. } => arguments.iter().all(|argument| self.is_unknown_constant(argument)),
            ExprKind::ToScalar(_) | ExprKind::InTable { .. } => false,
        }
    }

    /// Whether an expression is the same for every row.
    pub(crate) fn is_constant(&self, expression: &Expr) -> bool {
        match &expression.kind {
            ExprKind::Literal(_) | ExprKind::ToScalar(_) => true,
            ExprKind::Column(id) => self.is_stand_in(*id),
            kind if is_window(kind) => false,
            ExprKind::Call { arguments, .. } => arguments.iter().all(|argument| self.is_constant(argument)),
            ExprKind::InTable { value, .. } => self.is_constant(value),
        }
    }

    /// The value of an expression that a query computes, once it is known: `toscalar(…)`, and what is made of it.
    fn asked_value(&mut self, expression: &Expr) -> Option<Value> {
        let span = expression.span;
        let column = self.column("value", expression.scalar_type);
        let one_row = Table::leaf(RelationOperator::OneRow, Vec::new(), span);
        let expressions = vec![expression.clone()];
        let question = one_row.then(span, vec![column], |input| RelationOperator::Project { input, expressions });
        let answer = self.ask(question.relation)?;
        answer.first()?.first().cloned()
    }

    /// The value of an expression that must be constant. What is not is reported, and `None`.
    pub(crate) fn constant(&mut self, expression: &Expr, what: &str) -> Option<Value> {
        match self.folded(expression) {
            Folded::Value(value) => Some(value),
            Folded::Unknown => None,
            Folded::Varies if self.is_constant(expression) => self.asked_value(expression),
            Folded::Varies => {
                self.error(codes::NOT_CONSTANT, format!("{what} must be a constant"), expression.span);
                None
            }
        }
    }
}
