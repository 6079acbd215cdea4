//! `consume`: reads everything and yields nothing.

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::RelationOperator;

impl Binder<'_> {
    pub(super) fn consume(&mut self, input: Table, at: At) -> Table {
        let mut table = self.projection(input, Vec::new(), at.span);
        table.open = false;
        table.keeping(at.span, |input| RelationOperator::Take { input, count: 0 })
    }
}
