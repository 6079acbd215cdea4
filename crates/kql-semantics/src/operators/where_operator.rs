//! `where`.

use kql_syntax::operators::where_operator::Where;

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn where_operator(&mut self, node: &'a Where, input: Table, at: At) -> Table {
        match self.predicate(&node.predicate, &Place::over(&input, at.environment)) {
            Some(predicate) => input.keeping(at.span, |input| RelationOperator::Filter { input, predicate }),
            None => input,
        }
    }
}
