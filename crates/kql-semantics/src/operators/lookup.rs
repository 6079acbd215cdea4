//! `lookup`: a join that does not repeat the right side's keys.

use kql_syntax::operators::lookup::Lookup;

use super::At;
use super::join::{both_sides, joined};
use crate::binder::{Binder, Table};
use crate::plan::{Column, JoinKind};

const KINDS: &[(&str, JoinKind)] = &[("leftouter", JoinKind::LeftOuter), ("inner", JoinKind::Inner)];

impl<'a> Binder<'a> {
    pub(super) fn lookup(&mut self, node: &'a Lookup, left: Table, at: At) -> Table {
        let right = self.table(&node.right, at.environment);
        let kind = self.join_kind(&node.parameters, KINDS, JoinKind::LeftOuter);
        let keys = self.join_keys(&node.condition, &left, &right, at);
        let others: Vec<Column> =
            right.columns().iter().filter(|column| !keys.right.contains(&column.id)).cloned().collect();
        let columns = both_sides(left.columns(), others);
        let open = left.open || right.open;
        joined(left, right, kind, keys.pairs, columns, open, at.span)
    }
}
