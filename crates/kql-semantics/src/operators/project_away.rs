//! `project-away`.

use std::collections::HashSet;

use kql_syntax::operators::project_away::ProjectAway;

use super::At;
use crate::binder::{Binder, Table};
use crate::lints::column_twice;
use crate::plan::{Column, ColumnId};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn project_away(&mut self, node: &'a ProjectAway, input: Table, at: At) -> Table {
        self.lint(column_twice::check(&node.columns));
        let mut away: HashSet<ColumnId> = HashSet::new();
        for pattern in &node.columns {
            let place = Place::over(&input, at.environment);
            away.extend(self.matching(pattern, &input, &place).iter().map(|column| column.id));
        }
        let kept: Vec<Column> = input.columns().iter().filter(|column| !away.contains(&column.id)).cloned().collect();
        self.selection(input, kept, at.span)
    }
}
