//! `mv-expand`: rows out of the elements of arrays and bags.

use std::collections::HashMap;

use kql_syntax::Diagnostic;
use kql_syntax::operators::mv_expand::{ExpandedColumn, MvExpand};
use kql_syntax::tree::{self, Parameter};
use kql_types::{ScalarType, Value};

use super::At;
use super::join::parameter_text;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::naming::{Names, implicit_name};
use crate::plan::{self, Column, ColumnId, Expansion, MvExpandKind, RelationOperator};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn mv_expand(&mut self, node: &'a MvExpand, input: Table, at: At) -> Table {
        let (expansions, columns, item_index) = self.expansions(&node.columns, &node.parameters, &input, at);
        let limit = node.limit.as_ref().and_then(|limit| self.row_count(limit, at.environment));
        let kind = self.expansion_kind(&node.parameters);
        input.then(at.span, columns, |input| {
            RelationOperator::MvExpand(plan::MvExpand { input, expansions, kind, item_index, limit })
        })
    }

    pub(super) fn expansion_kind(&mut self, parameters: &'a [Parameter]) -> MvExpandKind {
        let kind = parameter_text(parameters, "kind").or_else(|| parameter_text(parameters, "bagexpansion"));
        match kind {
            Some((text, _)) if text == "array" => MvExpandKind::Array,
            Some((text, span)) if text != "bag" => {
                let message = format!("unknown kind of expansion `{text}`");
                self.report(
                    Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help("it takes bag or array"),
                );
                MvExpandKind::Bag
            }
            _ => MvExpandKind::Bag,
        }
    }

    /// The expansions, with the columns of the result: a column of the same name is replaced where it stands.
    pub(super) fn expansions(
        &mut self,
        expanded: &'a [ExpandedColumn],
        parameters: &'a [Parameter],
        input: &Table,
        at: At,
    ) -> (Vec<Expansion>, Vec<Column>, Option<ColumnId>) {
        let place = Place::over(input, at.environment);
        let mut names = Names::new();
        for column in input.columns() {
            names.take(&column.name);
        }
        let mut expansions = Vec::new();
        let mut replaced: HashMap<String, Column> = HashMap::new();
        let mut appended: Vec<Column> = Vec::new();
        for entry in expanded {
            let (written, value) = match &entry.value.kind {
                tree::ExprKind::Named { names, value, .. } => {
                    (names.first().map(|name| name.text.clone()), value.as_ref())
                }
                tree::ExprKind::Error => continue,
                _ => (None, &entry.value),
            };
            let source = self.scalar(value, &place).filter(|source| {
                let is_dynamic = source.scalar_type == ScalarType::Dynamic;
                if !is_dynamic {
                    let message = format!("only dynamic values can be expanded, not a {}", source.scalar_type);
                    let mut diagnostic = Diagnostic::error(codes::WRONG_TYPE, message, value.span);
                    if source.scalar_type == ScalarType::String {
                        diagnostic = diagnostic.with_help("`parse_json(…)` reads the text as a dynamic value first");
                    }
                    self.report(diagnostic);
                }
                is_dynamic
            });
            let wanted = match &entry.to_type {
                Some(type_name) => self.scalar_type(type_name),
                None => Some(ScalarType::Dynamic),
            };
            let name = written.or_else(|| implicit_name(value));
            let in_place = name.clone().filter(|name| place.row.find(name).is_some());
            let scalar_type = wanted.unwrap_or(ScalarType::Dynamic);
            let mut column = self.column(String::new(), scalar_type);
            if source.is_none() || wanted.is_none() {
                self.poison(column.id);
            }
            let source = self.or_null(source, value.span);
            expansions.push(Expansion { source, output: column.id, scalar_type });
            match in_place.filter(|name| !replaced.contains_key(name)) {
                Some(name) => {
                    column.name = name.clone();
                    replaced.insert(name, column);
                }
                None => {
                    column.name = match name {
                        Some(name) => names.unique(&name),
                        None => self.unnamed(&mut names),
                    };
                    appended.push(column);
                }
            }
        }
        let index_name = parameter_text(parameters, "with_itemindex").map(|(name, _)| name);
        let index = index_name.map(|name| {
            let name = names.unique(&name);
            self.column(name, ScalarType::Long)
        });
        let item_index = index.as_ref().map(|column| column.id);
        let mut columns: Vec<Column> = input
            .columns()
            .iter()
            .map(|column| replaced.get(&column.name).cloned().unwrap_or_else(|| column.clone()))
            .collect();
        columns.extend(appended);
        columns.extend(index);
        (expansions, columns, item_index)
    }

    /// A value that must be a `string` constant, in an operator's parameter.
    pub(super) fn text_constant(&mut self, expression: &'a tree::Expr, at: At, what: &str) -> Option<String> {
        let bound = self.scalar(expression, &Place::constant(at.environment))?;
        match self.constant(&bound, what)? {
            Value::String(text) => Some(text),
            other => {
                let message = format!("{what} must be a string, not a {}", other.scalar_type());
                self.error(codes::WRONG_TYPE, message, expression.span);
                None
            }
        }
    }
}
