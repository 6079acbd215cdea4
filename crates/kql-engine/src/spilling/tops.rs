//! The first rows of many: where these are too many to keep in a heap, all rows are sorted, which goes on from disk.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::limit::LocalLimitExec;
use datafusion::physical_plan::sorts::sort::SortExec;

/// More rows than this are not kept in a heap.
const MANY_ROWS: usize = 1000;

/// Sorts all rows where the first of them are many. It runs after the rules that let limits move into sorts.
#[derive(Debug)]
pub(crate) struct SortForLargeTops;

impl PhysicalOptimizerRule for SortForLargeTops {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_up(|node| {
            Ok(match node.downcast_ref::<SortExec>() {
                Some(sort) if sort.fetch().is_some_and(|fetch| fetch > MANY_ROWS) => {
                    let fetch = sort.fetch().unwrap_or_default();
                    let sorted = SortExec::new(sort.expr().clone(), sort.input().clone())
                        .with_preserve_partitioning(sort.preserve_partitioning());
                    Transformed::yes(Arc::new(LocalLimitExec::new(Arc::new(sorted), fetch)) as Arc<dyn ExecutionPlan>)
                }
                _ => Transformed::no(node),
            })
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &str {
        "sort_for_large_tops"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
