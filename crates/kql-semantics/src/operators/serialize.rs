//! `serialize`: rows keep their order here anyway, so that it extends at most.

use kql_syntax::operators::serialize::Serialize;

use super::At;
use crate::binder::{Binder, Table};

impl<'a> Binder<'a> {
    pub(super) fn serialize(&mut self, node: &'a Serialize, input: Table, at: At) -> Table {
        match node.columns.as_slice() {
            [] => input,
            columns => self.extend(columns, input, at),
        }
    }
}
