//! Rows that are read in full only once it is known that they are wanted.
//!
//! `top` keeps a few rows of many, `arg_max` and `take_any` one of each group. Where they stand over a scan that can tell
//! where each row lies ([`kql_tables::RowsById`]), the scan first reads the columns by which rows are chosen, with the ids
//! of the rows beside them. The other columns are read for the chosen rows alone, and what stood between the scan and
//! the choice is computed on these ([`chain`]).
//!
//! This is done to a physical plan just before it runs, in the process that runs it.

mod aggregate;
mod chain;
mod exec;
#[cfg(test)]
mod tests;
mod top;

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;

/// The plan, with the rows of what chooses a few of them read late.
pub(crate) fn read_rows_late(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = plan.transform_down(|node| {
        let late = match top::read_late(&node)? {
            Some(late) => Some(late),
            None => aggregate::read_late(&node)?,
        };
        Ok(late.map_or_else(|| Transformed::no(node), |late| Transformed::new(late, true, TreeNodeRecursion::Jump)))
    })?;
    Ok(plan.data)
}
