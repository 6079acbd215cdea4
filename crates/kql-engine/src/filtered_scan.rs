//! Filters that run within the scans of text files, so that rows which they drop are never built in full.
//!
//! This is done to a physical plan just before it runs, in the process that runs it; a plan that travels has the filter
//! as a node of its own.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use kql_tables::TextScanExec;

/// The plan with each filter over a text scan within that scan.
pub(crate) fn filter_in_scans(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = plan.transform_up(|node| {
        let Some(filter) = node.downcast_ref::<FilterExec>() else { return Ok(Transformed::no(node)) };
        let Some(scan) = filter.input().downcast_ref::<TextScanExec>() else { return Ok(Transformed::no(node)) };
        let output = filter.projection().as_deref();
        Ok(match scan.with_filter(filter.predicate(), output, filter.fetch())? {
            Some(scan) => Transformed::yes(Arc::new(scan) as Arc<dyn ExecutionPlan>),
            None => Transformed::no(node),
        })
    })?;
    Ok(plan.data)
}
