//! `project`, `extend` and all their like: computed and renamed columns.

use datafusion::logical_expr::LogicalPlan;
use kql_semantics::{Column, Expr, Relation};

use crate::EngineError;
use crate::lowering::{Lowering, Scope};

pub(crate) fn lower(
    lowering: &Lowering,
    input: &Relation,
    expressions: &[Expr],
    columns: &[Column],
) -> Result<LogicalPlan, EngineError> {
    let scope = Scope::of(&input.columns);
    let expressions = expressions.iter().map(|expression| lowering.expression(expression, &scope));
    let expressions = expressions.collect::<Result<_, _>>()?;
    lowering.project(lowering.relation(input)?, expressions, columns)
}
