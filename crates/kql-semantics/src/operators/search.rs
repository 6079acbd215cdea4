//! `search` and `find`: over the columns of many tables.

use kql_syntax::operators::find::Find;
use kql_syntax::operators::search::Search;
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::Column;

impl<'a> Binder<'a> {
    pub(super) fn search(&mut self, _node: &'a Search, input: Option<Table>, at: At) -> Table {
        let mut columns: Vec<Column> = vec![self.column("$table", ScalarType::String)];
        let open = input.as_ref().is_none_or(|input| input.open);
        columns.extend(input.iter().flat_map(|input| input.columns().to_vec()));
        let mut table = self.unsupported_table("search", input.into_iter().collect(), columns, at);
        table.open = open;
        table
    }

    pub(super) fn find(&mut self, _node: &'a Find, input: Option<Table>, at: At) -> Table {
        let columns = vec![self.column("source_", ScalarType::String)];
        let mut table = self.unsupported_table("find", input.into_iter().collect(), columns, at);
        table.open = true;
        table
    }
}
