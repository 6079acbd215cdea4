//! `where`.

use kql_syntax::operators::where_operator::Where;

use super::At;
use crate::binder::{Binder, Table};
use crate::lints::where_after_summarize;
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn where_operator(&mut self, node: &'a Where, input: Table, at: At) -> Table {
        let Some(mut predicate) = self.predicate(&node.predicate, &Place::over(&input, at.environment)) else {
            return input;
        };
        self.lint(where_after_summarize::check(&input.relation, &predicate, at.keyword));
        let columns = input.columns().to_vec();
        let input = self.with_windows(input, std::slice::from_mut(&mut predicate), at.span);
        let windowed = input.columns().len() > columns.len();
        let filtered = input.keeping(at.span, |input| RelationOperator::Filter { input, predicate });
        if windowed { self.selection(filtered, columns, at.span) } else { filtered }
    }
}
