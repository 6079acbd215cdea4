//! `serialize`: fixes the order of the rows, and may extend them.

use kql_syntax::operators::serialize::Serialize;

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::RelationOperator;

impl<'a> Binder<'a> {
    pub(super) fn serialize(&mut self, node: &'a Serialize, input: Table, at: At) -> Table {
        let serialized = input.keeping(at.span, |input| RelationOperator::Serialize { input });
        match node.columns.as_slice() {
            [] => serialized,
            columns => self.extend(columns, serialized, at),
        }
    }
}
