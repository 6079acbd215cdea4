//! Operators that go from row to row, made to start anew with every group: window functions and `scan`.

use kql_syntax::Span;
use kql_types::Value;

use super::{Grouped, Groups, selected};
use crate::binder::{Binder, Table, column_reference, literal};
use crate::plan::{Column, ColumnId, Expr, ExprKind, Relation, RelationOperator, Scan};

impl Binder<'_> {
    /// Window calls that start anew with every group.
    pub(super) fn windows_in_groups(
        &mut self,
        input: Grouped,
        calls: Vec<Expr>,
        columns: Vec<Column>,
        span: Span,
    ) -> Result<Grouped, Span> {
        let Grouped { relation, carried } = input;
        let key = carried.first().map(|key| column_reference(key, span)).ok_or(span)?;
        let in_run = self.operator(kql_functions::ROW_IN_RUN, span, vec![key.clone()], span).ok_or(span)?;
        let mut position = vec![in_run];
        let table = Table { relation, open: false, depth: 1, graph: None, name: None };
        let numbered = self.with_windows(table, &mut position, span);
        let position = position.pop().ok_or(span)?;
        let one = || literal(Value::Long(1), span);
        let starts = self.operator("==", span, vec![position.clone(), one()], span).ok_or(span)?;
        let mut all = numbered.columns().to_vec();
        let kept = columns.len().saturating_sub(calls.len());
        let mut expressions: Vec<Expr> =
            columns.iter().take(kept).map(|column| column_reference(column, span)).collect();
        let mut computed = Vec::with_capacity(calls.len());
        for call in calls {
            let scalar_type = call.scalar_type;
            let ExprKind::Call { function, mut arguments } = call.kind else { return Err(span) };
            let name = function.function.name;
            if let "prev" | "next" = name {
                // The neighbour counts where it is of the same group; else the default stands.
                let offset = arguments.get(1).cloned().unwrap_or_else(one);
                let default = arguments.get(2).cloned();
                arguments.truncate(2);
                let value = self.operator(name, span, arguments, span).ok_or(span)?;
                let there = vec![position.clone(), offset.clone()];
                let there = self.operator(name, span, there, span).ok_or(span)?;
                let step = if name == "prev" { "-" } else { "+" };
                let due = self.operator(step, span, vec![position.clone(), offset], span).ok_or(span)?;
                let (value_column, there_column) =
                    (self.column("$neighbour", scalar_type), self.column("$there", there.scalar_type));
                let due_there = vec![column_reference(&there_column, span), due];
                let is_near = self.operator("==", span, due_there, span).ok_or(span)?;
                let default = default.unwrap_or_else(|| literal(Value::null(scalar_type), span));
                let chosen = vec![is_near, column_reference(&value_column, span), default];
                expressions.push(self.operator("iff", span, chosen, span).ok_or(span)?);
                for (column, call) in [(value_column, value), (there_column, there)] {
                    all.push(column);
                    computed.push(call);
                }
                continue;
            }
            if name == kql_functions::ROW_IN_RUN {
                arguments.push(key.clone());
                let column = self.column("$window", scalar_type);
                expressions.push(column_reference(&column, span));
                all.push(column);
                computed.push(self.operator(name, span, arguments, span).ok_or(span)?);
                continue;
            }
            let restart = match name {
                "row_number" | "row_cumsum" | "row_rank_dense" | "row_rank_min" => 1,
                "row_window_session" => 3,
                _ => return Err(span),
            };
            if arguments.is_empty() {
                arguments.push(one());
            }
            match arguments.pop() {
                Some(last) if arguments.len() == restart => {
                    arguments.push(self.operator("or", span, vec![last, starts.clone()], span).ok_or(span)?);
                }
                Some(last) => arguments.extend([last, starts.clone()]),
                None => return Err(span),
            }
            let column = self.column("$window", scalar_type);
            expressions.push(column_reference(&column, span));
            all.push(column);
            computed.push(Expr { kind: ExprKind::Call { function, arguments }, scalar_type, span });
        }
        let calls = computed;
        let windowed = numbered.then(span, all, |input| RelationOperator::Window { input, calls });
        expressions.extend(carried.iter().map(|column| column_reference(column, span)));
        let columns = columns.into_iter().chain(carried.iter().cloned()).collect();
        let input = Box::new(windowed.relation);
        Ok(Grouped {
            relation: Relation { operator: RelationOperator::Project { input, expressions }, columns, span },
            carried,
        })
    }

    /// A scan that starts anew with every group.
    pub(super) fn scan_in_groups(
        &mut self,
        scan: Scan,
        columns: Vec<Column>,
        groups: &Groups,
        span: Span,
    ) -> Result<Grouped, Span> {
        let mut scan = scan;
        let passed: Vec<Column> = columns.iter().take(scan.passed).cloned().collect();
        // What a restart of its own reads comes behind the columns that are passed on.
        let further: Vec<Column> = scan.input.columns.iter().skip(scan.passed).cloned().collect();
        let input = self.grouped_by(*scan.input, groups)?;
        let input = self.serialized_in_groups(input, groups, span)?;
        let Grouped { relation, carried } = input;
        let all: Vec<Column> = passed.iter().chain(&carried).chain(&further).cloned().collect();
        let table = Table { relation: selected(relation, all, span), open: false, depth: 1, graph: None, name: None };
        let key = carried.first().map(|key| column_reference(key, span)).ok_or(span)?;
        let first = self.operator(kql_functions::ROW_IN_RUN, span, vec![key], span).ok_or(span)?;
        let mut first = vec![first];
        let table = self.with_windows(table, &mut first, span);
        first.push(literal(Value::Long(1), span));
        let starts = self.operator("==", span, first, span).ok_or(span)?;
        scan.restart = match scan.restart.take() {
            Some(own) => self.operator("or", span, vec![own, starts], span),
            None => Some(starts),
        };
        for step in &mut scan.steps {
            let ids: Vec<ColumnId> = carried.iter().map(|_| self.fresh_id()).collect();
            let at = scan.passed.min(step.state.len());
            step.state.splice(at..at, ids);
        }
        let mut scanned = columns;
        let at = scan.passed.min(scanned.len());
        scanned.splice(at..at, carried.iter().cloned());
        scan.passed += carried.len();
        scan.input = Box::new(table.relation);
        let operator = RelationOperator::Scan(Box::new(scan));
        Ok(Grouped { relation: Relation { operator, columns: scanned, span }, carried })
    }
}
