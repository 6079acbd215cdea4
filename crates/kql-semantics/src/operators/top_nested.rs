//! `top-nested`.

use std::cell::RefCell;

use kql_syntax::operators::top_nested::TopNested;
use kql_syntax::tree;

use super::At;
use super::columns::Computed;
use crate::binder::{Binder, Table};
use crate::naming::Names;
use crate::plan::Column;
use crate::scope::{Collected, Collector, Place, Row};

impl<'a> Binder<'a> {
    pub(super) fn top_nested(&mut self, node: &'a TopNested, input: Table, at: At) -> Table {
        let mut names = Names::new();
        let mut columns: Vec<Column> = Vec::new();
        let place = Place::over(&input, at.environment);
        for clause in &node.clauses {
            if let Some(count) = &clause.count {
                self.row_count(count, at.environment);
            }
            let Some((key, _)) = self.projected_one(&clause.of, &place, &mut names) else { continue };
            let collector: Collector = RefCell::new(Collected::default());
            let aggregating = Place { environment: at.environment, row: Row::of(&input), aggregates: Some(&collector) };
            let mut results: Vec<Computed> = Vec::new();
            let value = match &clause.by.kind {
                tree::ExprKind::Ordered { value, .. } => value.as_ref(),
                _ => &clause.by,
            };
            let named = matches!(value.kind, tree::ExprKind::Named { .. });
            let mut own = Names::new();
            self.aggregated(value, &aggregating, &mut own, &mut results);
            let name = key.name.clone();
            columns.push(key);
            for (mut column, _) in results.into_iter().take(1) {
                if !named {
                    column.name = format!("aggregated_{name}");
                }
                column.name = names.unique(&column.name);
                columns.push(column);
            }
        }
        self.unsupported_table("top-nested", vec![input], columns, at)
    }
}
