//! `materialize`, and the tables that operators read more than once: computed once, and kept.

use std::sync::Arc;

use kql_syntax::Span;

use crate::binder::{Binder, Table};
use crate::plan::{Column, RelationOperator};

impl Binder<'_> {
    /// A table that is computed once, however often it is read.
    pub(crate) fn materialized(&mut self, shared: Table, span: Span) -> Table {
        let mut columns: Vec<Column> = Vec::with_capacity(shared.columns().len());
        for column in shared.columns() {
            let fresh = self.column(column.name.clone(), column.scalar_type);
            if self.is_poisoned(column.id) {
                self.poison(fresh.id);
            }
            columns.push(fresh);
        }
        let key = self.fresh_key();
        let (open, depth) = (shared.open, shared.depth + 1);
        let operator = RelationOperator::Materialized { key, shared: Arc::new(shared.relation) };
        let mut table = Table::leaf(operator, columns, span);
        table.open = open;
        table.depth = depth;
        table
    }
}
