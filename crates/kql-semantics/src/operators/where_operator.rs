//! `where`.

use kql_syntax::operators::where_operator::Where;

use super::At;
use crate::binder::{Binder, Table};
use crate::lints::where_after_summarize;
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn where_operator(&mut self, node: &'a Where, input: Table, at: At) -> Table {
        match self.predicate(&node.predicate, &Place::over(&input, at.environment)) {
            Some(predicate) => {
                self.lint(where_after_summarize::check(&input.relation, &predicate, at.keyword));
                input.keeping(at.span, |input| RelationOperator::Filter { input, predicate })
            }
            None => input,
        }
    }
}
