//! `sample`.

use kql_syntax::operators::sample::Sample;

use super::At;
use crate::binder::{Binder, Table};

impl<'a> Binder<'a> {
    pub(super) fn sample(&mut self, node: &'a Sample, input: Table, at: At) -> Table {
        self.row_count(&node.count, at.environment);
        let columns = input.columns().to_vec();
        self.unsupported_table("sample", vec![input], columns, at)
    }
}
