//! `distinct`: each row once.

use std::sync::Arc;

use datafusion::logical_expr::{Aggregate, LogicalPlan};
use kql_semantics::Relation;

use crate::EngineError;
use crate::lowering::{Lowering, column, internal_name};

pub(crate) fn lower(lowering: &Lowering, input: &Relation) -> Result<LogicalPlan, EngineError> {
    let by = input.columns.iter().map(|each| column(&internal_name(each))).collect();
    let input = lowering.unordered(input)?;
    Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input), by, Vec::new())?))
}
