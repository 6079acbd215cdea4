//! `project-rename`.

use std::collections::HashMap;

use kql_syntax::operators::project_rename::ProjectRename;
use kql_syntax::tree;

use super::At;
use super::columns::Computed;
use crate::binder::{Binder, Table, column_reference};
use crate::codes;
use crate::naming::Names;
use crate::plan::ColumnId;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn project_rename(&mut self, node: &'a ProjectRename, input: Table, at: At) -> Table {
        let mut renamed: HashMap<ColumnId, &'a tree::Name> = HashMap::new();
        for expression in &node.columns {
            let tree::ExprKind::Named { names, value, .. } = &expression.kind else {
                if !matches!(expression.kind, tree::ExprKind::Error) {
                    self.error(codes::NOT_ALLOWED_HERE, "`new = old` must stand here", expression.span);
                }
                continue;
            };
            let place = Place::over(&input, at.environment);
            let found = self.matching(value, &input, &place);
            if let (Some(column), Some(name)) = (found.first(), names.first()) {
                renamed.insert(column.id, name);
            }
        }
        let mut names = Names::new();
        for column in input.columns().iter().filter(|column| !renamed.contains_key(&column.id)) {
            names.take(&column.name);
        }
        let mut columns: Vec<Computed> = Vec::new();
        for column in input.columns() {
            let reference = column_reference(column, at.span);
            match renamed.get(&column.id) {
                Some(name) => {
                    if !names.take(&name.text) {
                        self.duplicate_column(&name.text, name.span);
                    }
                    // The column is the same one under another name.
                    let mut column = column.clone();
                    column.name = name.text.clone();
                    columns.push((column, reference));
                }
                None => columns.push((column.clone(), reference)),
            }
        }
        self.projection(input, columns, at.span)
    }
}
