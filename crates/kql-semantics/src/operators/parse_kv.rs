//! `parse-kv`.

use kql_syntax::operators::parse_kv::ParseKv;

use super::At;
use super::columns::Computed;
use crate::binder::{Binder, Table, column_reference};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn parse_kv(&mut self, node: &'a ParseKv, input: Table, at: At) -> Table {
        self.scalar(&node.source, &Place::over(&input, at.environment));
        let schema = self.declared_schema(&node.columns);
        let mut added: Vec<Computed> = Vec::new();
        for column in self.columns_of(&schema) {
            let reference = column_reference(&column, at.span);
            added.push((column, reference));
        }
        self.unsupported_extension("parse-kv", input, added, at)
    }
}
