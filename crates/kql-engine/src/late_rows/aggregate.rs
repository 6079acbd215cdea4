//! Late rows of aggregates that choose a row of each group: `arg_max`, `arg_min` and `take_any`.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::repartition::RepartitionExec;

use super::chain::Chain;
use super::exec::{LateColumn, LateRows, LateRowsExec};
use crate::functions::AggregateAdapter;
use crate::places::{columns_of, over_places};

/// The groups, with what their chosen rows have read late, where that is worth it.
pub(super) fn read_late(node: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(last) = node.downcast_ref::<AggregateExec>() else { return Ok(None) };
    let (first, between) = match last.mode() {
        AggregateMode::Single | AggregateMode::SinglePartitioned => (last, Vec::new()),
        AggregateMode::Final | AggregateMode::FinalPartitioned => match partial(last.input()) {
            Some(found) => found,
            None => return Ok(None),
        },
        AggregateMode::Partial | AggregateMode::PartialReduce => return Ok(None),
    };
    if [last, first].iter().any(|node| !is_plain(node)) {
        return Ok(None);
    }
    let chosen_by: Vec<Option<usize>> = first.aggr_expr().iter().map(|each| row_chosen_by(each)).collect();
    if chosen_by.iter().all(Option::is_none) {
        return Ok(None);
    }
    let Some(chain) = Chain::of(first.input()) else { return Ok(None) };
    let mut read: Vec<Arc<dyn PhysicalExpr>> = first.group_expr().input_exprs();
    let mut late = BTreeSet::new();
    for (aggregate, chosen_by) in first.aggr_expr().iter().zip(&chosen_by) {
        let arguments = aggregate.expressions();
        let (now, later) = arguments.split_at(chosen_by.unwrap_or(arguments.len()).min(arguments.len()));
        read.extend_from_slice(now);
        late.extend(columns_of(later));
    }
    let read = columns_of(&read).into_iter().collect();
    let Some(early) = chain.early(read, late)? else { return Ok(None) };

    let has = early.places;
    let input = early.plan.schema();
    let id = has.len();
    let id_column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(input.field(id).name(), id));
    let mut aggregates = Vec::with_capacity(chosen_by.len());
    for (aggregate, chosen_by) in first.aggr_expr().iter().zip(&chosen_by) {
        let arguments = aggregate.expressions();
        let now = arguments.iter().take(chosen_by.unwrap_or(arguments.len()));
        let mut arguments = now.map(|argument| over_places(argument, &has)).collect::<Result<Vec<_>>>()?;
        if chosen_by.is_some() {
            // Of a single argument it would matter what it is.
            let ids = if arguments.is_empty() { 2 } else { 1 };
            arguments.extend(std::iter::repeat_n(id_column.clone(), ids));
        }
        let rebuilt = AggregateExprBuilder::new(Arc::new(aggregate.fun().clone()), arguments);
        aggregates.push(Arc::new(rebuilt.schema(input.clone()).alias(aggregate.name()).build()?));
    }
    let keys = first.group_expr().expr().iter();
    let keys = keys.map(|(key, name)| Ok((over_places(key, &has)?, name.clone()))).collect::<Result<Vec<_>>>()?;
    let groups = first.group_expr().groups().to_vec();
    let keys = PhysicalGroupBy::new(keys, Vec::new(), groups, false);
    let no_filters = vec![None; aggregates.len()];
    let built =
        AggregateExec::try_new(*first.mode(), keys, aggregates.clone(), no_filters.clone(), early.plan, input.clone())?;
    let mut plan: Arc<dyn ExecutionPlan> = Arc::new(built);
    if !std::ptr::eq(first, last) {
        for node in between.into_iter().rev() {
            plan = node
                .clone()
                .replace_children(vec![plan], ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))?;
        }
        let keys = last.group_expr().clone();
        plan = Arc::new(AggregateExec::try_new(*last.mode(), keys, aggregates, no_filters, plan, input)?);
    }

    let group_columns = first.group_expr().expr().len();
    let mut columns: Vec<LateColumn> = (0..group_columns).map(LateColumn::Passed).collect();
    let mut rows = Vec::new();
    for (place, (aggregate, chosen_by)) in (group_columns..).zip(first.aggr_expr().iter().zip(&chosen_by)) {
        match chosen_by {
            None => columns.push(LateColumn::Passed(place)),
            Some(chosen_by) => {
                columns.push(LateColumn::Row { rows: rows.len() });
                let field = (*chosen_by).max(1);
                rows.push(LateRows::of_arguments(
                    early.rows.clone(),
                    chain.clone(),
                    (place, field),
                    aggregate.expressions(),
                ));
            }
        }
    }
    Ok(Some(Arc::new(LateRowsExec::new(plan, rows, columns, node.schema()))))
}

/// The first stage of an aggregation below its last one, and the nodes between them from above.
fn partial(node: &Arc<dyn ExecutionPlan>) -> Option<(&AggregateExec, Vec<&Arc<dyn ExecutionPlan>>)> {
    let (mut node, mut between) = (node, Vec::new());
    loop {
        if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
            return (*aggregate.mode() == AggregateMode::Partial).then_some((aggregate, between));
        }
        let gather = node.downcast_ref::<CoalescePartitionsExec>();
        if !node.is::<RepartitionExec>() && gather.is_none_or(|gather| gather.fetch().is_some()) {
            return None;
        }
        between.push(node);
        node = node.children().into_iter().next()?;
    }
}

/// Whether an aggregation is but keys and aggregates.
fn is_plain(node: &AggregateExec) -> bool {
    let is_plain = |each: &Arc<AggregateFunctionExpr>| {
        !each.is_distinct() && !each.ignore_nulls() && !each.is_reversed() && each.order_bys().is_empty()
    };
    node.limit_options().is_none()
        && node.filter_expr().iter().all(Option::is_none)
        && !node.group_expr().has_grouping_set()
        && node.group_expr().null_expr().is_empty()
        && node.aggr_expr().iter().all(is_plain)
}

/// Of an aggregate that chooses a row and has more arguments than it chooses by: by how many it does.
fn row_chosen_by(aggregate: &AggregateFunctionExpr) -> Option<usize> {
    let by = aggregate.fun().inner().downcast_ref::<AggregateAdapter>()?.row_chosen_by()?;
    (aggregate.expressions().len() > by.max(1)).then_some(by)
}
