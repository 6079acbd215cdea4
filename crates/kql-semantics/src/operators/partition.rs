//! `partition`: a sub-query over the rows of each key.

use kql_syntax::operators::partition::Partition;

use super::At;
use crate::binder::{Binder, Table};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn partition(&mut self, node: &'a Partition, input: Table, at: At) -> Table {
        self.scalar(&node.by, &Place::over(&input, at.environment));
        let body = if node.legacy { self.no_table(at.span) } else { self.sub_pipe(&node.body, input, at) };
        let columns = body.columns().to_vec();
        self.unsupported_table("partition", vec![body], columns, at)
    }
}
