//! `consume`: reads everything and yields nothing.

use super::At;
use crate::binder::{Binder, Table};

impl Binder<'_> {
    pub(super) fn consume(&mut self, input: Table, at: At) -> Table {
        self.unsupported_table("consume", vec![input], Vec::new(), at)
    }
}
