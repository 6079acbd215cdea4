//! `sort` and `top`: what follows sees the order.

use std::sync::Arc;

use datafusion::logical_expr::{Expr as DataFusionExpr, LogicalPlan, Projection, Sort, SortExpr, lit};
use kql_semantics::Relation;
use kql_semantics::plan::SortKey;
use kql_types::ScalarType;

use super::own::{OrderKey, OwnOperator};
use super::serialize::InOrder;
use crate::EngineError;
use crate::lowering::{Lowering, Scope, column, internal_name};

pub(crate) fn lower(
    lowering: &Lowering,
    input: &Relation,
    keys: &[SortKey],
    count: Option<u64>,
) -> Result<LogicalPlan, EngineError> {
    if count == Some(0) {
        // DataFusion cannot sort for the first none.
        return super::take::lower(lowering, input, 0);
    }
    let scope = Scope::of(&input.columns);
    let mut plan = lowering.relation(input)?;
    let columns: Vec<DataFusionExpr> = input.columns.iter().map(|each| column(&internal_name(each))).collect();
    let mut computed = Vec::new();
    let mut order = Vec::with_capacity(keys.len());
    for (at, key) in keys.iter().enumerate() {
        let name = match lowering.expression(&key.value, &scope)? {
            DataFusionExpr::Column(column) => column.name,
            expression => {
                let name = format!("$sort{at}");
                computed.push(expression.alias(&name));
                name
            }
        };
        if key.value.scalar_type == ScalarType::Real {
            let beside = format!("$number{at}");
            computed.push(is_no_number(lowering.expression(&key.value, &scope)?).alias(&beside));
            order.push(OrderKey { column: beside, descending: key.nulls_first, nulls_first: key.nulls_first });
        }
        order.push(OrderKey { column: name, descending: !key.ascending, nulls_first: key.nulls_first });
    }
    let has_computed = !computed.is_empty();
    if has_computed {
        let expressions = columns.iter().cloned().chain(computed).collect();
        plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(plan))?);
    }
    let expr = order.iter().map(|key| SortExpr::new(column(&key.column), !key.descending, key.nulls_first)).collect();
    let fetch = count.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    plan = LogicalPlan::Sort(Sort { expr, input: Arc::new(plan), fetch });
    plan = OwnOperator::InOrder(InOrder { keys: order }).over(plan)?;
    if has_computed {
        plan = LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?);
    }
    Ok(plan)
}

/// Whether a real is null or NaN, which stand together before or after the numbers, whichever way these go. Arrow has NaN
/// above infinity, or below the negative one, as its sign is.
fn is_no_number(real: DataFusionExpr) -> DataFusionExpr {
    let beyond = real.clone().gt(lit(f64::INFINITY)).or(real.clone().lt(lit(f64::NEG_INFINITY)));
    real.is_null().or(beyond)
}
