//! The columns that expressions read, by their places.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::projection::ProjectionExpr;

/// The columns that expressions read, in order.
pub(crate) fn columns_of<'e>(expressions: impl IntoIterator<Item = &'e Arc<dyn PhysicalExpr>>) -> Vec<usize> {
    let columns: BTreeSet<usize> =
        expressions.into_iter().flat_map(collect_columns).map(|column| column.index()).collect();
    columns.into_iter().collect()
}

/// An expression where of its columns only those at the places `has` are left, which ascend.
pub(crate) fn over_places(expression: &Arc<dyn PhysicalExpr>, has: &[usize]) -> Result<Arc<dyn PhysicalExpr>> {
    renumbered(expression, |place| has.binary_search(&place).ok())
}

/// An expression with its columns at other places.
pub(crate) fn renumbered(
    expression: &Arc<dyn PhysicalExpr>,
    place: impl Fn(usize) -> Option<usize>,
) -> Result<Arc<dyn PhysicalExpr>> {
    let moved = expression.clone().transform_down(|node| {
        let Some(column) = node.downcast_ref::<Column>() else { return Ok(Transformed::no(node)) };
        match place(column.index()) {
            Some(place) => Ok(Transformed::yes(Arc::new(Column::new(column.name(), place)) as Arc<dyn PhysicalExpr>)),
            None => internal_err!("the column {} is not at hand", column.name()),
        }
    })?;
    Ok(moved.data)
}

/// A predicate over what a projection computes, in terms of the projection's input; `None` where it speaks of more than
/// columns that are handed on.
pub(crate) fn below(
    predicate: &Arc<dyn PhysicalExpr>,
    projection: &[ProjectionExpr],
) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let column = |place: usize| projection.get(place)?.expr.downcast_ref::<Column>();
    if columns_of([predicate]).into_iter().any(|place| column(place).is_none()) {
        return Ok(None);
    }
    let below = predicate.clone().transform_down(|node| {
        Ok(match node.downcast_ref::<Column>().and_then(|each| column(each.index())) {
            Some(column) => Transformed::yes(Arc::new(column.clone()) as Arc<dyn PhysicalExpr>),
            None => Transformed::no(node),
        })
    })?;
    Ok(Some(below.data))
}
