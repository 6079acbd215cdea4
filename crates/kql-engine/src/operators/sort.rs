//! `sort` and `top`: what follows sees the order.

use std::sync::Arc;

use datafusion::logical_expr::{LogicalPlan, Sort, SortExpr};
use kql_semantics::Relation;
use kql_semantics::plan::SortKey;

use crate::EngineError;
use crate::lowering::{Lowering, Scope};

pub(crate) fn lower(
    lowering: &Lowering,
    input: &Relation,
    keys: &[SortKey],
    count: Option<u64>,
) -> Result<LogicalPlan, EngineError> {
    let expr = sort_keys(lowering, input, keys)?;
    let fetch = count.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    Ok(LogicalPlan::Sort(Sort { expr, input: Arc::new(lowering.relation(input)?), fetch }))
}

/// The keys over the columns of `input`.
pub(crate) fn sort_keys(lowering: &Lowering, input: &Relation, keys: &[SortKey]) -> Result<Vec<SortExpr>, EngineError> {
    let scope = Scope::of(&input.columns);
    let key = |key: &SortKey| {
        let value = lowering.expression(&key.value, &scope)?;
        Ok(SortExpr { expr: value, asc: key.ascending, nulls_first: key.nulls_first })
    };
    keys.iter().map(key).collect()
}
