//! `print`: one row of values.

use kql_syntax::operators::print::Print;
use kql_syntax::tree;

use super::At;
use crate::binder::{Binder, Table};
use crate::naming::Names;
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn print(&mut self, node: &'a Print, at: At) -> Table {
        let place = Place::constant(at.environment);
        let mut names = Names::new();
        let mut columns = Vec::new();
        for (position, expression) in node.columns.iter().enumerate() {
            let (name, value) = match &expression.kind {
                tree::ExprKind::Error => continue,
                tree::ExprKind::Named { names: written, value, .. } => {
                    let bound = self.scalar(value, &place);
                    let Some(name) = written.first() else { continue };
                    if written.len() > 1 {
                        self.not_a_tuple(expression.span);
                        continue;
                    }
                    if !names.take(&name.text) {
                        self.duplicate_column(&name.text, name.span);
                        continue;
                    }
                    (name.text.clone(), bound)
                }
                _ => {
                    self.refuse_several_columns(expression);
                    (names.unique(&format!("print_{position}")), self.scalar(expression, &place))
                }
            };
            columns.push(self.computed(name, value, &place, expression.span));
        }
        let row = Table::leaf(RelationOperator::OneRow, Vec::new(), at.span);
        self.projection(row, columns, at.span)
    }
}
