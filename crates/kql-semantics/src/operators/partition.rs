//! `partition`: a sub-query over the rows of each key.
//!
//! The sub-query is bound once, over a stand-in for its input. Then every operator of it is made to keep the key and
//! to work key by key: groups are by the key too, and tops are taken within it. So one plan does all keys.

use kql_syntax::Span;
use kql_syntax::operators::partition::Partition;
use kql_types::Value;

use super::At;
use super::window::is_serialized;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::plan::{Column, Expr, ExprKind, JoinKind, Relation, RelationOperator, SortKey};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn partition(&mut self, node: &'a Partition, input: Table, at: At) -> Table {
        let by = self.scalar(&node.by, &Place::over(&input, at.environment));
        if node.legacy {
            let columns = self.no_table(at.span).columns().to_vec();
            return self.unsupported_table("partition", vec![input], columns, at);
        }
        let nothing = RelationOperator::Unsupported { inputs: Vec::new() };
        let mut stand_in = Table::leaf(nothing, input.columns().to_vec(), at.span);
        stand_in.open = input.open;
        stand_in.depth = input.depth;
        let body = self.sub_pipe(&node.body, stand_in, at);
        let Some(by) = by else { return body };
        let key = self.column("$partition", by.scalar_type);
        let mut computed: Vec<(Column, Expr)> =
            input.columns().iter().map(|column| (column.clone(), column_reference(column, at.span))).collect();
        computed.push((key.clone(), by));
        let keyed = self.projection(input, computed, at.span);
        let (columns, open, depth) = (body.columns().to_vec(), body.open, body.depth);
        match self.by_key(body.relation, &keyed.relation, &key) {
            Some(relation) => self.selection(Table { relation, open, depth: depth + 1 }, columns, at.span),
            None => self.unsupported_table("partition` over such a sub-query, or `partition", vec![keyed], columns, at),
        }
    }

    /// The relation as it is within each key, with the key as its last column; `None` when it cannot be done.
    fn by_key(&mut self, relation: Relation, leaf: &Relation, key: &Column) -> Option<Relation> {
        let span = relation.span;
        self.nested(span, |binder| binder.by_key_here(relation, leaf, key))
    }

    fn by_key_here(&mut self, relation: Relation, leaf: &Relation, key: &Column) -> Option<Relation> {
        let Relation { operator, mut columns, span } = relation;
        let reference = column_reference(key, span);
        let original = columns.clone();
        columns.push(key.clone());
        let operator = match operator {
            RelationOperator::Unsupported { inputs } if inputs.is_empty() => return Some(leaf.clone()),
            RelationOperator::Filter { input, predicate } => {
                RelationOperator::Filter { input: Box::new(self.by_key(*input, leaf, key)?), predicate }
            }
            RelationOperator::Project { input, mut expressions } => {
                expressions.push(reference);
                RelationOperator::Project { input: Box::new(self.by_key(*input, leaf, key)?), expressions }
            }
            RelationOperator::MvExpand(mut expand) => {
                expand.input = Box::new(self.by_key(*expand.input, leaf, key)?);
                RelationOperator::MvExpand(expand)
            }
            RelationOperator::Distinct { input } => {
                RelationOperator::Distinct { input: Box::new(self.by_key(*input, leaf, key)?) }
            }
            RelationOperator::Aggregate { input, mut by, aggregations } => {
                let input = Box::new(self.by_key(*input, leaf, key)?);
                let mut grouped = original;
                grouped.insert(by.len().min(grouped.len()), key.clone());
                by.push(reference);
                let operator = RelationOperator::Aggregate { input, by, aggregations };
                let aggregate = Relation { operator, columns: grouped, span };
                let expressions = columns.iter().map(|column| column_reference(column, span)).collect();
                RelationOperator::Project { input: Box::new(aggregate), expressions }
            }
            RelationOperator::Join(mut join) if keeps_left_rows(join.kind) => {
                join.left = Box::new(self.by_key(*join.left, leaf, key)?);
                join.outputs.push(key.id);
                RelationOperator::Join(join)
            }
            RelationOperator::Sort { input, keys } => {
                return Some(sorted_by_key(self.by_key(*input, leaf, key)?, key, keys, span));
            }
            RelationOperator::Serialize { input } => {
                let input = self.by_key(*input, leaf, key)?;
                return Some(if is_serialized(&input) { input } else { sorted_by_key(input, key, Vec::new(), span) });
            }
            RelationOperator::Top { input, keys, count } => {
                let sorted = sorted_by_key(self.by_key(*input, leaf, key)?, key, keys, span);
                return Some(self.first_of_each(sorted, reference, count, span));
            }
            RelationOperator::Take { input, count } => {
                let input = self.by_key(*input, leaf, key)?;
                let input = if is_serialized(&input) { input } else { sorted_by_key(input, key, Vec::new(), span) };
                return Some(self.first_of_each(input, reference, count, span));
            }
            RelationOperator::Scan(scan) if scan.restart.is_none() => {
                let mut scan = *scan;
                let input = self.by_key(*scan.input, leaf, key)?;
                let mut first = self.operator(kql_functions::ROW_IN_RUN, span, vec![reference], span)?;
                let kept = input.columns.clone();
                let table = Table { relation: input, open: false, depth: 1 };
                let table = self.with_windows(table, std::slice::from_mut(&mut first), span);
                scan.restart = self.operator("==", span, vec![first, literal(Value::Long(1), span)], span);
                // The key is passed on behind the columns that the scan knows.
                scan.passed = kept.len();
                let id = self.fresh_id();
                for step in &mut scan.steps {
                    step.state.insert(kept.len().saturating_sub(1).min(step.state.len()), id);
                }
                let mut scanned = original;
                scanned.insert(kept.len().saturating_sub(1).min(scanned.len()), key.clone());
                scan.input = Box::new(table.relation);
                let scan = Relation { operator: RelationOperator::Scan(Box::new(scan)), columns: scanned, span };
                let expressions = columns.iter().map(|column| column_reference(column, span)).collect();
                RelationOperator::Project { input: Box::new(scan), expressions }
            }
            RelationOperator::Window { input, calls } => {
                let input = self.by_key(*input, leaf, key)?;
                return self.windows_by_key(input, calls, columns, key, span);
            }
            _ => return None,
        };
        Some(Relation { operator, columns, span })
    }

    fn first_of_each(&mut self, sorted: Relation, key: Expr, count: u64, span: Span) -> Relation {
        let table = Table { relation: sorted, open: false, depth: 1 };
        self.first_of_runs(table, vec![key], count, span).relation
    }

    /// Window calls that start anew at every key. `prev` and `next` would have to stop there; they are refused.
    fn windows_by_key(
        &mut self,
        input: Relation,
        calls: Vec<Expr>,
        columns: Vec<Column>,
        key: &Column,
        span: Span,
    ) -> Option<Relation> {
        let mut first = self.operator(kql_functions::ROW_IN_RUN, span, vec![column_reference(key, span)], span)?;
        let table = Table { relation: input, open: false, depth: 1 };
        let numbered = self.with_windows(table, std::slice::from_mut(&mut first), span);
        let starts = self.operator("==", span, vec![first, literal(Value::Long(1), span)], span)?;
        let mut restarting = Vec::with_capacity(calls.len());
        for call in calls {
            let ExprKind::Call { function, mut arguments } = call.kind else { return None };
            let restart = match function.function.name {
                "row_number" => 1,
                "row_cumsum" | "row_rank_dense" | "row_rank_min" => 1,
                "row_window_session" => 3,
                _ => return None,
            };
            if arguments.is_empty() {
                arguments.push(literal(Value::Long(1), span));
            }
            match arguments.pop() {
                Some(last) if arguments.len() == restart => {
                    arguments.push(self.operator("or", span, vec![last, starts.clone()], span)?);
                }
                Some(last) => arguments.extend([last, starts.clone()]),
                None => return None,
            }
            restarting.push(Expr { kind: ExprKind::Call { function, arguments }, ..call });
        }
        let mut windowed = numbered.columns().to_vec();
        windowed.extend(columns.iter().rev().skip(1).take(restarting.len()).rev().cloned());
        let calls = restarting;
        let computed = numbered.then(span, windowed, |input| RelationOperator::Window { input, calls });
        Some(self.selection(computed, columns, span).relation)
    }
}

/// Whether a join gives rows of its left side, each for itself.
fn keeps_left_rows(kind: JoinKind) -> bool {
    matches!(kind, JoinKind::Inner | JoinKind::LeftOuter | JoinKind::LeftSemi | JoinKind::LeftAnti)
}

/// The rows sorted by the key and, within it, by these keys.
fn sorted_by_key(input: Relation, key: &Column, keys: Vec<SortKey>, span: Span) -> Relation {
    let mut all = vec![SortKey { value: column_reference(key, span), ascending: true, nulls_first: true }];
    all.extend(keys);
    let columns = input.columns.clone();
    Relation { operator: RelationOperator::Sort { input: Box::new(input), keys: all }, columns, span }
}
