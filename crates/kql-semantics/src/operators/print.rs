//! `print`: one row of values.

use kql_syntax::operators::print::Print;
use kql_syntax::tree;

use super::At;
use super::columns::named;
use crate::binder::{Binder, Table};
use crate::expressions::Given;
use crate::naming::Names;
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn print(&mut self, node: &'a Print, at: At) -> Table {
        let place = Place::constant(at.environment);
        let mut names = Names::new();
        let mut columns = Vec::new();
        for (position, expression) in node.columns.iter().enumerate() {
            if matches!(expression.kind, tree::ExprKind::Error) {
                continue;
            }
            let (written, value) = named(expression);
            let value = match self.given_columns(value, &place) {
                Given::One(value) => value,
                Given::Several(several) => {
                    // The analyser too drops the columns without a name here.
                    let rest = written.is_empty();
                    columns.extend(self.several_columns(written, &several, rest, &[], &mut names, value.span));
                    continue;
                }
            };
            let name = match self.written_name(expression) {
                Some(name) if !names.take(&name.text) => {
                    self.duplicate_column(&name.text, name.span);
                    continue;
                }
                Some(name) => name.text.clone(),
                None => names.unique(&format!("print_{position}")),
            };
            columns.push(self.computed(name, value, &place, expression.span));
        }
        let row = Table::leaf(RelationOperator::OneRow, Vec::new(), at.span);
        self.projection(row, columns, at.span)
    }
}
