//! `where`: the rows for which the predicate is true.

use std::sync::Arc;

use datafusion::logical_expr::{Filter, LogicalPlan};
use kql_semantics::{Expr, Relation};

use crate::lowering::{Lowering, Scope};
use crate::{EngineError, expressions};

pub(crate) fn lower(lowering: &Lowering, input: &Relation, predicate: &Expr) -> Result<LogicalPlan, EngineError> {
    let predicate = expressions::predicate(lowering, predicate, &Scope::of(&input.columns))?;
    let input = lowering.relation(input)?;
    Ok(LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input))?))
}
