//! `distinct`.

use kql_syntax::operators::distinct::Distinct;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::RelationOperator;
use crate::scope::Place;

const GROUP_KEY_HELP: &str = "convert it first, with tostring(), tolong(), todatetime(), …";

impl<'a> Binder<'a> {
    pub(super) fn distinct(&mut self, node: &'a Distinct, input: Table, at: At) -> Table {
        let star = node.columns.iter().any(|column| matches!(column.kind, tree::ExprKind::Star));
        let table = if star {
            input
        } else {
            let columns = self.projected(&node.columns, &Place::over(&input, at.environment));
            self.projection(input, columns, at.span)
        };
        let dynamic = table.columns().iter().position(|column| column.scalar_type == ScalarType::Dynamic);
        if let Some((position, column)) = dynamic.and_then(|at| Some((at, table.columns().get(at)?.clone())))
            && !self.is_poisoned(column.id)
        {
            let written = if star { node.columns.first() } else { node.columns.get(position) };
            self.group_key_dynamic(&column.name, written.map_or(at.span, |written| written.span));
        }
        table.keeping(at.span, |input| RelationOperator::Distinct { input })
    }

    /// Reports a `dynamic` that is grouped by.
    pub(super) fn group_key_dynamic(&mut self, name: &str, span: Span) {
        let message = format!("rows cannot be grouped by the dynamic `{name}`");
        self.report(Diagnostic::error(codes::WRONG_TYPE, message, span).with_help(GROUP_KEY_HELP));
    }

    /// Refuses to run over a `dynamic` that is grouped by, where the analyser takes it.
    pub(super) fn refuse_group_key_dynamic(&mut self, name: &str, span: Span) {
        let message = format!("rows cannot be grouped by the dynamic `{name}`");
        self.refuse_to_run(Diagnostic::error(codes::WRONG_TYPE, message, span).with_help(GROUP_KEY_HELP));
    }
}
