//! `top`.

use kql_syntax::operators::top::Top;

use super::At;
use super::sort::Ordering;
use crate::binder::{Binder, Table};
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn top(&mut self, node: &'a Top, input: Table, at: At) -> Table {
        let count = self.row_count(&node.count, at.environment);
        let keys = self.order(Ordering::Top, &node.by, &Place::over(&input, at.environment));
        match count {
            Some(count) => input.keeping(at.span, |input| RelationOperator::Top { input, keys, count }),
            None => input,
        }
    }
}
