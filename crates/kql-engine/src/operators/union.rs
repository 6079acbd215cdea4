//! `union`: the rows of all inputs, by position.

use std::sync::Arc;

use datafusion::logical_expr::{LogicalPlan, Union};
use kql_semantics::{Column, Relation};

use crate::EngineError;
use crate::lowering::{Lowering, column, internal_name};

pub(crate) fn lower(lowering: &Lowering, inputs: &[Relation], columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    let renamed = |input: &Relation| {
        let sources = input.columns.iter().map(|each| column(&internal_name(each))).collect();
        lowering.project(lowering.relation(input)?, sources, columns).map(Arc::new)
    };
    let mut inputs = inputs.iter().map(renamed).collect::<Result<Vec<_>, _>>()?;
    match inputs.len() {
        0 => Err(EngineError::new("union needs a table")),
        1 => Ok(Arc::unwrap_or_clone(inputs.swap_remove(0))),
        _ => Ok(LogicalPlan::Union(Union::try_new(inputs)?)),
    }
}
