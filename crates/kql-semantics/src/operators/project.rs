//! `project`.

use kql_syntax::operators::project::Project;

use super::At;
use crate::binder::{Binder, Table};
use crate::lints::column_twice;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn project(&mut self, node: &'a Project, input: Table, at: At) -> Table {
        self.lint(column_twice::check(&node.columns));
        let columns = self.projected(&node.columns, &Place::over(&input, at.environment));
        self.projection(input, columns, at.span)
    }
}
