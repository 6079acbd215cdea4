//! `take`: any rows, the first ones where the input is ordered.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use kql_semantics::Relation;

use crate::EngineError;
use crate::lowering::Lowering;

pub(crate) fn lower(lowering: &Lowering, input: &Relation, count: u64) -> Result<LogicalPlan, EngineError> {
    // DataFusion counts limits in i64; no table has that many rows.
    let count = usize::try_from(count.min(i64::MAX as u64)).unwrap_or(usize::MAX);
    Ok(LogicalPlanBuilder::from(lowering.relation(input)?).limit(0, Some(count))?.build()?)
}
