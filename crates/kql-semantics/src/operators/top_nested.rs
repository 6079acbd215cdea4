//! `top-nested`: level by level, the groups with the largest values within each group that the level above kept.

use std::cell::RefCell;

use kql_syntax::Span;
use kql_syntax::operators::top_nested::{TopNested, TopNestedClause};
use kql_syntax::tree::{self, SortDirection};
use kql_types::Value;

use super::At;
use super::columns::Computed;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::constants::convert;
use crate::naming::Names;
use crate::plan::{Column, Expr, Join, JoinKind, Relation, RelationOperator, SortKey};
use crate::scope::{Collected, Collector, Place, Row};

impl<'a> Binder<'a> {
    pub(super) fn top_nested(&mut self, node: &'a TopNested, input: Table, at: At) -> Table {
        // Every level reads the input, which is computed once.
        let open = input.open;
        let source = self.materialized(input, at.span);
        let mut levels = Levels { kept: None, others: Vec::new(), order: Vec::new(), names: Names::new() };
        for (level, clause) in node.clauses.iter().enumerate() {
            let above = node.clauses.get(..level).unwrap_or_default();
            let level_source = self.refreshed(&source);
            if self.top_nested_level(clause, above, level_source, &mut levels, at).is_none() {
                return self.no_table(at.span);
            }
        }
        let mut table = levels.kept.unwrap_or_else(|| self.no_table(at.span));
        if !levels.others.is_empty() {
            table = self.with_others(table, levels.others, at.span);
        }
        table.open = open;
        table
    }

    /// One level, below those above it.
    fn top_nested_level(
        &mut self,
        clause: &'a TopNestedClause,
        above: &'a [TopNestedClause],
        source: Table,
        levels: &mut Levels,
        at: At,
    ) -> Option<()> {
        let Levels { kept, others, order, names } = levels;
        let kept_above = kept.take();
        let count = match &clause.count {
            Some(count) => Some(self.row_count(count, at.environment)?),
            None => None,
        };
        let others_name =
            clause.with_others.as_ref().and_then(|name| self.scalar(name, &Place::constant(at.environment)));
        let source_columns = source.columns().to_vec();
        let open = source.open;
        let place = Place {
            environment: at.environment,
            row: Row { columns: &source_columns, open },
            aggregates: None,
            graph: None,
        };
        let key = self.projected_one(&clause.of, &place, names)?;
        let key_name = key.0.name.clone();
        let mut above_keys: Vec<(Expr, Expr)> = Vec::new();
        let kept_columns = kept_above.as_ref().map(|kept| kept.columns().to_vec()).unwrap_or_default();
        for (clause, column) in above.iter().zip(kept_columns.iter().step_by(2)) {
            let value = match &clause.of.kind {
                tree::ExprKind::Named { value, .. } => value,
                _ => &clause.of,
            };
            above_keys.push((self.scalar(value, &place)?, column_reference(column, at.span)));
        }
        let joined = match kept_above {
            Some(kept) => joined(source, kept, above_keys, at),
            None => source,
        };
        let collector: Collector = RefCell::new(Collected::default());
        let aggregating = Place { aggregates: Some(&collector), ..place };
        let (value, ascending) = match &clause.by.kind {
            tree::ExprKind::Ordered { value, direction, .. } => {
                (value.as_ref(), *direction == Some(SortDirection::Ascending))
            }
            _ => (&clause.by, false),
        };
        let named = matches!(value.kind, tree::ExprKind::Named { .. });
        let mut results: Vec<Computed> = Vec::new();
        self.aggregated(value, &aggregating, &mut Names::new(), &mut results);
        results.truncate(1);
        let (result, _) = results.first_mut()?;
        if !named {
            result.name = format!("aggregated_{key_name}");
        }
        result.name = names.unique(&result.name);
        let result = result.clone();
        let mut by: Vec<Computed> =
            kept_columns.iter().map(|column| (column.clone(), column_reference(column, at.span))).collect();
        let key_column = key.0.clone();
        by.push(key);
        let collected = collector.into_inner();
        let rest = others_name.filter(|_| count.is_some()).map(|name| {
            let parts = (joined.clone(), by.clone(), collected.clone(), results.clone());
            (convert(name, key_column.scalar_type), parts)
        });
        let grouped = self.grouped(joined, by, collected, results, at.span);
        let sorted_by = |column: &Column, ascending: bool| SortKey {
            value: column_reference(column, at.span),
            ascending,
            nulls_first: ascending,
        };
        order.push(sorted_by(&result, ascending));
        let keys = order.clone();
        let sorted = grouped.keeping(at.span, |input| RelationOperator::Sort { input, keys });
        // The levels below follow this one's groups.
        order.push(sorted_by(&key_column, true));
        let runs: Vec<Expr> = kept_columns.iter().map(|column| column_reference(column, at.span)).collect();
        *kept = Some(match count {
            None => sorted,
            Some(count) if runs.is_empty() => sorted.keeping(at.span, |input| RelationOperator::Take { input, count }),
            Some(count) => self.first_of_runs(sorted, runs, count, at.span),
        });
        if let (Some((name, (rows, mut by, collected, results))), Some(kept)) = (rest, kept.as_ref()) {
            let left = self.left_out(rows, &by, kept, at);
            // They all go by one name, which is none of their own.
            by.pop();
            let column = self.column(key_name, key_column.scalar_type);
            by.push((column, name));
            others.push(self.grouped(left, by, collected, results, at.span));
        }
        Some(())
    }

    /// The rows of which no group was kept; `by` says for each row which group it is of.
    fn left_out(&mut self, rows: Table, by: &[Computed], kept: &Table, at: At) -> Table {
        let kept = self.refreshed(kept);
        let last = kept.columns().len().saturating_sub(2);
        // The keys and values of the levels above, and the key of this one.
        let groups = kept.columns().iter().take(last + 1);
        let keys: Vec<(Expr, Expr)> = by
            .iter()
            .zip(groups)
            .map(|((_, value), column)| (value.clone(), column_reference(column, at.span)))
            .collect();
        let columns = rows.columns().to_vec();
        let outputs = columns.iter().map(|column| column.id).collect();
        let right = Box::new(kept.relation);
        rows.then(at.span, columns, |left| {
            RelationOperator::Join(Join { kind: JoinKind::LeftAnti, left, right, keys, outputs })
        })
    }

    /// The kept groups, and behind them the others of each level, which have no values at the levels below.
    fn with_others(&mut self, kept: Table, others: Vec<Table>, span: Span) -> Table {
        let columns: Vec<Column> =
            kept.columns().iter().map(|column| self.column(column.name.clone(), column.scalar_type)).collect();
        let depth = 2 + others.iter().map(|table| table.depth).max().unwrap_or(0).max(kept.depth);
        let open = kept.open;
        let mut inputs = Vec::with_capacity(others.len() + 1);
        for table in std::iter::once(kept).chain(others) {
            let own = table.columns().to_vec();
            let expressions: Vec<Expr> = columns
                .iter()
                .enumerate()
                .map(|(position, column)| match own.get(position) {
                    Some(own) => convert(column_reference(own, span), column.scalar_type),
                    None => literal(Value::null(column.scalar_type), span),
                })
                .collect();
            let aligned = columns.iter().map(|column| self.column(column.name.clone(), column.scalar_type)).collect();
            let input = Box::new(table.relation);
            inputs.push(Relation {
                operator: RelationOperator::Project { input, expressions },
                columns: aligned,
                span,
            });
        }
        Table {
            relation: Relation { operator: RelationOperator::Union { inputs }, columns, span },
            open,
            depth,
            graph: None,
            name: None,
        }
    }
}

/// The levels that are done.
struct Levels {
    /// Their groups: a key and a value column for each level.
    kept: Option<Table>,
    /// What `with others` adds, for each level that has it: the groups that were not kept, as one.
    others: Vec<Table>,
    /// The order of the groups: by the values, and for equal ones by the keys.
    order: Vec<SortKey>,
    names: Names,
}

/// The rows of the source that belong to a kept group, with the columns of that.
fn joined(source: Table, kept: Table, keys: Vec<(Expr, Expr)>, at: At) -> Table {
    let mut columns = source.columns().to_vec();
    columns.extend(kept.columns().iter().cloned());
    let outputs = columns.iter().map(|column| column.id).collect();
    let mut internal = Names::new();
    for column in &mut columns {
        column.name = internal.unique(&column.name);
    }
    let depth = source.depth.max(kept.depth);
    let (open, right) = (source.open || kept.open, Box::new(kept.relation));
    let mut table = source.then(at.span, columns, |left| {
        RelationOperator::Join(Join { kind: JoinKind::Inner, left, right, keys, outputs })
    });
    table.open = open;
    table.depth = depth + 1;
    table
}
