//! The columns that expressions read, by their places.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;

/// The columns that expressions read, in order.
pub(crate) fn columns_of<'e>(expressions: impl IntoIterator<Item = &'e Arc<dyn PhysicalExpr>>) -> Vec<usize> {
    let columns: BTreeSet<usize> =
        expressions.into_iter().flat_map(collect_columns).map(|column| column.index()).collect();
    columns.into_iter().collect()
}

/// An expression where of its columns only those at the places `has` are left, which ascend.
pub(crate) fn over_places(expression: &Arc<dyn PhysicalExpr>, has: &[usize]) -> Result<Arc<dyn PhysicalExpr>> {
    let moved = expression.clone().transform_down(|node| {
        let Some(column) = node.downcast_ref::<Column>() else { return Ok(Transformed::no(node)) };
        match has.binary_search(&column.index()) {
            Ok(place) => Ok(Transformed::yes(Arc::new(Column::new(column.name(), place)) as Arc<dyn PhysicalExpr>)),
            Err(_) => internal_err!("the column {} is not at hand", column.name()),
        }
    })?;
    Ok(moved.data)
}
