//! `sort` and `order`, and the keys of `top`.

use kql_syntax::Diagnostic;
use kql_syntax::operators::sort::Sort;
use kql_syntax::tree::{self, NullsPosition, SortDirection};

use super::At;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::{RelationOperator, SortKey};
use crate::scope::Place;

/// What rows are ordered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ordering {
    Sort,
    Top,
}

impl<'a> Binder<'a> {
    pub(super) fn sort(&mut self, node: &'a Sort, input: Table, at: At) -> Table {
        let keys = self.sort_keys(&node.by, &Place::over(&input, at.environment));
        input.keeping(at.span, |input| RelationOperator::Sort { input, keys })
    }

    /// Sort keys: descending unless said otherwise, nulls first when ascending and last when descending.
    pub(super) fn sort_keys(&mut self, by: &'a [tree::Expr], place: &Place<'_>) -> Vec<SortKey> {
        self.order(Ordering::Sort, by, place)
    }

    /// The sort keys of an operator.
    pub(super) fn order(&mut self, operator: Ordering, by: &'a [tree::Expr], place: &Place<'_>) -> Vec<SortKey> {
        let mut keys = Vec::new();
        for key in by {
            let (value, direction, nulls) = match &key.kind {
                tree::ExprKind::Ordered { value, direction, nulls } => (value.as_ref(), *direction, *nulls),
                _ => (key, None, None),
            };
            let value = match &value.kind {
                tree::ExprKind::Named { value, .. } => value,
                _ => value,
            };
            let Some(bound) = self.scalar(value, place) else { continue };
            if !bound.scalar_type.is_orderable() {
                let message = "dynamic values have no order";
                let help = "convert them first, with tostring(), tolong(), todatetime(), …";
                let diagnostic = Diagnostic::error(codes::WRONG_TYPE, message, value.span).with_help(help);
                match operator {
                    // The analyser lets `top` order what `sort` does not.
                    Ordering::Top => self.refuse_to_run(diagnostic),
                    Ordering::Sort => self.report(diagnostic),
                }
                continue;
            }
            let ascending = direction == Some(SortDirection::Ascending);
            let nulls_first = nulls.map_or(ascending, |nulls| nulls == NullsPosition::First);
            keys.push(SortKey { value: bound, ascending, nulls_first });
        }
        keys
    }
}
