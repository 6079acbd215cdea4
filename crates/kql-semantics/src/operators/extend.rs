//! `extend`.

use kql_syntax::tree;

use super::At;
use super::columns::{Computed, named, plain_name};
use crate::binder::{Binder, Table};
use crate::expressions::Given;
use crate::naming::{Names, implicit_name};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn extend(&mut self, expressions: &'a [tree::Expr], input: Table, at: At) -> Table {
        let columns = self.extensions(expressions, &Place::over(&input, at.environment));
        self.extended(input, columns, at.span)
    }

    /// The columns that `extend` sets: a name that is there already is replaced.
    fn extensions(&mut self, expressions: &'a [tree::Expr], place: &Place<'_>) -> Vec<Computed> {
        let mut written = Names::new();
        let mut columns: Vec<Computed> = Vec::new();
        let mut unnamed = 0usize;
        for expression in expressions {
            if matches!(expression.kind, tree::ExprKind::Error) {
                continue;
            }
            let (names, value) = named(expression);
            let value = match self.given_columns(value, place) {
                Given::One(value) => value,
                Given::Several(several) => {
                    let rest = self.keeps_rest(names);
                    let beside = place.row.columns;
                    columns.extend(self.several_columns(names, &several, rest, beside, &mut written, value.span));
                    continue;
                }
            };
            let (name, name_span) = match self.written_name(expression) {
                Some(name) => (name.text.clone(), Some(name.span)),
                None => {
                    let implicit =
                        implicit_name(expression).filter(|name| self.names_its_column(expression, name, place));
                    let name = implicit.unwrap_or_else(|| {
                        loop {
                            unnamed += 1;
                            let name = format!("Column{unnamed}");
                            if place.row.find(&name).is_none() && !written.contains(&name) {
                                break name;
                            }
                        }
                    });
                    (name, plain_name(expression))
                }
            };
            if !written.take(&name) {
                if let Some(span) = name_span {
                    self.duplicate_column(&name, span);
                    continue;
                }
                columns.retain(|(column, _)| column.name != name);
            }
            let computed = self.computed(name, value, place, expression.span);
            columns.push(computed);
        }
        columns
    }
}
