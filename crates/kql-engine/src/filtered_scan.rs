//! Filters that run within the scans of text files, so that rows which they drop are never built in full.
//!
//! This is done to a physical plan just before it runs, in the process that runs it; a plan that travels has the filter
//! as a node of its own.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use kql_tables::TextScanExec;

use crate::places::{below, columns_of, over_places, renumbered};

/// The plan with each filter over a text scan within that scan.
pub(crate) fn filter_in_scans(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = plan.transform_up(|node| {
        Ok(match node.downcast_ref::<FilterExec>().map(filter_in_scan).transpose()?.flatten() {
            Some(scan) => Transformed::yes(scan),
            None => Transformed::no(node),
        })
    })?;
    Ok(plan.data)
}

/// The rows of a filter, read by a scan with the filter in it; a projection between the two is computed on the rows that
/// pass.
fn filter_in_scan(filter: &FilterExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let mut input = filter.input();
    let projection = input.downcast_ref::<ProjectionExec>();
    input = projection.map_or(input, ProjectionExec::input);
    let yielding = input.downcast_ref::<CooperativeExec>();
    input = yielding.map_or(input, CooperativeExec::input);
    let Some(scan) = input.downcast_ref::<TextScanExec>() else { return Ok(None) };
    let give_way = |scan: TextScanExec| -> Arc<dyn ExecutionPlan> {
        let scan = Arc::new(scan);
        if yielding.is_some() { Arc::new(CooperativeExec::new(scan)) } else { scan }
    };
    let wanted = filter.projection().as_deref();
    let Some(projection) = projection else {
        return Ok(scan.with_filter(filter.predicate(), wanted, filter.fetch())?.map(give_way));
    };
    let Some(predicate) = below(filter.predicate(), projection.expr())? else { return Ok(None) };
    let all: Vec<usize> = (0..projection.expr().len()).collect();
    let projected: Vec<&ProjectionExpr> =
        wanted.unwrap_or(&all).iter().filter_map(|place| projection.expr().get(*place)).collect();
    if projected.iter().any(|each| is_volatile(&each.expr)) {
        return Ok(None);
    }
    let places = columns_of(projected.iter().map(|each| &each.expr));
    let Some(scan) = scan.with_filter(&predicate, Some(&places), filter.fetch())? else { return Ok(None) };
    let projected = projected
        .into_iter()
        .map(|each| Ok(ProjectionExpr::new(over_places(&each.expr, &places)?, each.alias.clone())));
    Ok(Some(Arc::new(ProjectionExec::try_new(projected.collect::<Result<Vec<_>>>()?, give_way(scan))?)))
}

/// Whether any part may want a row, in terms of the columns that are read, where each part says so by a filter. The places
/// of a part's own columns among those come with it.
pub(crate) fn any_filter<'p>(
    parts: impl Iterator<Item = (&'p Arc<dyn ExecutionPlan>, &'p [usize])>,
) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let mut any: Option<Arc<dyn PhysicalExpr>> = None;
    for (node, places) in parts {
        let Some(filter) = lowest_filter(node)? else { return Ok(None) };
        let filter = renumbered(&filter, |place| places.get(place).copied())?;
        any = Some(match any {
            Some(any) => Arc::new(BinaryExpr::new(any, Operator::Or, filter)),
            None => filter,
        });
    }
    Ok(any)
}

/// The filter next to the scan of a part, in terms of the scan's columns; `None` where it is no matter of columns that are
/// handed on, or may be another one each time.
fn lowest_filter(node: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let (mut node, mut lowest) = (node, None);
    while !node.is::<TextScanExec>() {
        if let Some(filter) = node.downcast_ref::<FilterExec>() {
            lowest = Some(filter.predicate().clone());
        } else if let Some(projection) = node.downcast_ref::<ProjectionExec>()
            && let Some(filter) = lowest
        {
            lowest = below(&filter, projection.expr())?;
            if lowest.is_none() {
                return Ok(None);
            }
        }
        let Some(child) = node.children().into_iter().next() else { return Ok(None) };
        node = child;
    }
    Ok(lowest.filter(|filter| !is_volatile(filter)))
}

#[cfg(test)]
mod tests {
    use datafusion::physical_plan::displayable;
    use kql_semantics::{BindContext, bind};
    use kql_tables::{TableOptions, TableSet};
    use kql_types::Value;

    use crate::session::Memory;
    use crate::subqueries::Run;
    use crate::{Engine, EngineOptions, RunOptions};

    #[test]
    fn a_filter_moves_below_the_scans_own_projection() {
        let folder = tempfile::tempdir().unwrap();
        let line =
            |n: usize| format!("{{\"TimeGenerated\":\"2026-11-0{}\",\"Subject\":\"{n}\",\"Type\":\"T\"}}\n", 1 + n % 3);
        std::fs::write(folder.path().join("EmailEvents.ndjson"), (0..9).map(line).collect::<String>()).unwrap();
        let mut tables = TableSet::new(TableOptions::default());
        tables.add_folder(folder.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        for (query, rows) in [
            ("EmailEvents | where Timestamp > datetime(2026-11-02) | project Subject", "2 5 8"),
            (
                "EmailEvents | where Timestamp == TimeGenerated and strlen(Subject) == 1 and toint(Subject) > 6 | project Subject, Type",
                "7 8",
            ),
            (
                "EmailEvents | where Subject in ('1', '4') | extend n = strlen(Type) | where n == 1 | project Subject",
                "1 4",
            ),
            ("EmailEvents | where Subject != '0' | take 2 | project Subject", "1 2"),
            (
                "EmailEvents | where Subject in ('1', '4', '5') | join kind=inner
                    (EmailEvents | where Subject == '4' or Type == 'U' or Timestamp < datetime(2026-11-02)
                     | project Subject, TimeGenerated) on Subject | project Subject",
                "4",
            ),
        ] {
            for threads in [1, 2] {
                let engine = Engine::new(&EngineOptions { threads, ..EngineOptions::default() }).unwrap();
                let relation =
                    bind(&kql_syntax::parse(query).query, &BindContext::new(&tables, 0)).first().cloned().unwrap();
                let run = Run::new(&tables, RunOptions::default());
                let planned = runtime.block_on(engine.physical_plan(&relation, &run, Memory::Ample)).unwrap();
                let plan = displayable(planned.0.as_ref()).indent(false).to_string();
                assert!(!plan.contains("FilterExec"), "{plan}");
                let result = runtime.block_on(engine.run(&relation, &tables, RunOptions::default())).unwrap();
                let first = |row: Vec<Value>| match row.first() {
                    Some(Value::String(text)) => text.to_string(),
                    other => format!("{other:?}"),
                };
                assert_eq!(result.rows().map(first).collect::<Vec<_>>().join(" "), rows, "{query}");
            }
        }
    }
}
