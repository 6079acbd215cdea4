//! Late rows of `top`, and of `sort` with `take` behind it.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;

use super::chain::Chain;
use super::exec::{LateColumn, LateRows, LateRowsExec};

/// Of more rows than these it is better to have read them at once.
const MOST_ROWS: usize = 1 << 16;

/// The first rows of an order, with their other columns read late, where that is worth it.
pub(super) fn read_late(node: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let chain = Chain::of(node).filter(|chain| chain.most_rows().is_some_and(|rows| rows <= MOST_ROWS));
    let Some(chain) = chain else { return Ok(None) };
    let columns = 0..node.schema().fields().len();
    let Some(early) = chain.early(BTreeSet::new(), columns.clone().collect())? else { return Ok(None) };
    let rows = LateRows::of_columns(early.rows, chain, early.places.len());
    let columns = columns.map(|column| LateColumn::Fetched { rows: 0, column }).collect();
    Ok(Some(Arc::new(LateRowsExec::new(early.plan, vec![rows], columns, node.schema()))))
}
