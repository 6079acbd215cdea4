//! `extend`.

use kql_syntax::tree;

use super::At;
use super::columns::{Computed, plain_name};
use crate::binder::{Binder, Table};
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
            let (name, value, name_span) = match &expression.kind {
                tree::ExprKind::Named { names, value, .. } => {
                    let bound = self.scalar(value, place);
                    if names.len() > 1 {
                        columns.extend(self.several_values(names, value, bound, expression.span));
                        continue;
                    }
                    let Some(name) = names.first() else { continue };
                    (name.text.clone(), bound, Some(name.span))
                }
                _ => {
                    let value = self.scalar(expression, place);
                    self.refuse_several_columns(expression);
                    let name = implicit_name(expression).unwrap_or_else(|| {
                        loop {
                            unnamed += 1;
                            let name = format!("Column{unnamed}");
                            if place.row.find(&name).is_none() && !written.contains(&name) {
                                break name;
                            }
                        }
                    });
                    (name, value, plain_name(expression))
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
