//! `top-nested`: level by level, the groups with the largest values within each group that the level above kept.

use std::cell::RefCell;

use kql_syntax::operators::top_nested::{TopNested, TopNestedClause};
use kql_syntax::tree::{self, SortDirection};

use super::At;
use super::columns::Computed;
use crate::binder::{Binder, Table, column_reference};
use crate::naming::Names;
use crate::plan::{Column, Expr, Join, JoinKind, RelationOperator, SortKey};
use crate::scope::{Collected, Collector, Place, Row};

impl<'a> Binder<'a> {
    pub(super) fn top_nested(&mut self, node: &'a TopNested, input: Table, at: At) -> Table {
        // Every level reads the input, which is computed once.
        let open = input.open;
        let source = self.materialized(input, at.span);
        let mut levels = Levels { kept: None, order: Vec::new(), names: Names::new() };
        for (level, clause) in node.clauses.iter().enumerate() {
            let above = node.clauses.get(..level).unwrap_or_default();
            let level_source = self.refreshed(&source);
            if self.top_nested_level(clause, above, level_source, &mut levels, at).is_none() {
                return self.no_table(at.span);
            }
        }
        let mut table = levels.kept.unwrap_or_else(|| self.no_table(at.span));
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
        let Levels { kept, order, names } = levels;
        let kept_above = kept.take();
        let count = match &clause.count {
            Some(count) => Some(self.row_count(count, at.environment)?),
            None => None,
        };
        if let Some(others) = &clause.with_others {
            self.scalar(others, &Place::constant(at.environment));
            self.unsupported("`with others` of `top-nested`", others.span);
        }
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
        let grouped = self.grouped(joined, by, collector.into_inner(), results, at.span);
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
        Some(())
    }
}

/// The levels that are done.
struct Levels {
    /// Their groups: a key and a value column for each level.
    kept: Option<Table>,
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
