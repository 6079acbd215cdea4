//! Scans that hand texts to `mv-expand` as they stand in the files.
//!
//! A text in a dynamic column may not be JSON, and the scan of a Parquet file looks at all of it to know. Where only
//! members of elements are wanted, `mv-expand` goes through the text anyway, and finds that out on its way.
//!
//! This is done to a physical plan just before it runs, in the process that runs it.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;
use kql_tables::ParquetScanExec;

use crate::operators::mv_expand::Expand;
use crate::operators::own::{OwnExec, OwnOperator};

/// The plan with raw texts between scans and expansions.
pub(crate) fn expand_raw_texts(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = plan.transform_up(|node| {
        Ok(match over_raw_texts(&node)? {
            Some(expansion) => Transformed::yes(Arc::new(expansion) as Arc<dyn ExecutionPlan>),
            None => Transformed::no(node),
        })
    })?;
    Ok(plan.data)
}

/// The expansion over a scan that hands out raw texts; `None` where there is nothing to gain.
fn over_raw_texts(node: &Arc<dyn ExecutionPlan>) -> Result<Option<OwnExec>> {
    let Some(own) = node.downcast_ref::<OwnExec>() else { return Ok(None) };
    let OwnOperator::Expand(expand) = own.operator() else { return Ok(None) };
    let mut changed: Option<(ParquetScanExec, Expand)> = None;
    for input in node.children() {
        for source in expand.sources_of_members() {
            let scan = changed.as_ref().map(|(scan, _)| scan).or_else(|| input.downcast_ref::<ParquetScanExec>());
            if let Some(scan) = scan
                && let Some(scan) = scan.with_raw_texts(scan.schema().index_of(source)?)
            {
                let expand = changed.map_or_else(|| expand.clone(), |(_, expand)| expand);
                changed = Some((scan, expand.with_raw(source)));
            }
        }
    }
    let Some((scan, expand)) = changed else { return Ok(None) };
    Ok(Some(OwnExec::try_new(OwnOperator::Expand(expand), Arc::new(scan))?))
}
