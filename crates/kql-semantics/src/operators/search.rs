//! `search` and `find`: over the columns of many tables.

use kql_syntax::operators::find::Find;
use kql_syntax::operators::search::Search;
use kql_syntax::tree;
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::Column;

impl<'a> Binder<'a> {
    pub(super) fn search(&mut self, node: &'a Search, input: Option<Table>, at: At) -> Table {
        let mut columns: Vec<Column> = vec![self.column("$table", ScalarType::String)];
        let table = match input {
            Some(table) => table,
            None => self.union_of(&node.tables, at),
        };
        columns.extend(table.columns().iter().cloned());
        self.unsupported_table("search", vec![table], columns, at)
    }

    pub(super) fn find(&mut self, node: &'a Find, input: Option<Table>, at: At) -> Table {
        let table = match input {
            Some(table) => table,
            None => self.union_of(&node.tables, at),
        };
        let mut columns = vec![self.column("source_", ScalarType::String)];
        for projected in &node.project {
            let tree::ExprKind::Name(name) = &projected.value.kind else { continue };
            let declared = projected.column_type.as_ref().and_then(|type_name| self.scalar_type(type_name));
            let found = table.columns().iter().find(|column| column.name == name.text);
            let scalar_type = declared.or(found.map(|column| column.scalar_type)).unwrap_or(ScalarType::Dynamic);
            columns.push(self.column(name.text.clone(), scalar_type));
        }
        let open = node.project.is_empty();
        let mut result = self.unsupported_table("find", vec![table], columns, at);
        result.open = open;
        result
    }
}
