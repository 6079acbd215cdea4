//! Calls that are not like others: they depend on the query's time, on names, or on tables.

use std::collections::HashSet;

use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::calls::given_value;
use crate::binder::{Binder, Purpose, Table, column_reference, literal};
use crate::codes;
use crate::overloads::GivenArgument;
use crate::plan::{ColumnId, Expr, ExprKind, Relation, RelationOperator};
use crate::scope::Place;

impl<'a> Binder<'a> {
    /// A special call; `None` when it is a call like any other.
    pub(super) fn special_call(
        &mut self,
        name: &'a tree::Name,
        arguments: &'a [tree::Expr],
        span: Span,
        place: &Place<'_>,
    ) -> Option<Option<Expr>> {
        Some(match (name.text.as_str(), arguments) {
            ("datetime", [tree::Expr { kind: tree::ExprKind::Name(now), .. }]) if now.text == "now" => {
                Some(literal(Value::DateTime(self.options.now), span))
            }
            ("now", []) => Some(literal(Value::DateTime(self.options.now), span)),
            ("now", [offset]) => self.relative_to_now("+", name, offset, span, place),
            ("ago", [offset]) => self.relative_to_now("-", name, offset, span, place),
            ("toscalar", [table]) => self.scalar_of_table(table, span, place),
            ("column_ifexists" | "columnifexists", [column, default]) => {
                self.hint_deprecated(&name.text, "column_ifexists", name.text == "columnifexists", name.span);
                self.column_if_exists(column, default, place)
            }
            ("pack_all", []) => self.pack_all("bag_pack", name, span, place),
            ("pack_all", [filled]) => {
                let filled =
                    self.scalar(filled, place).and_then(|filled| self.constant(&filled, "the argument of pack_all()"));
                let function = match filled {
                    Some(Value::Bool(true)) => kql_functions::BAG_PACK_FILLED,
                    Some(_) => "bag_pack",
                    None => return Some(None),
                };
                self.pack_all(function, name, span, place)
            }
            ("bin_auto", [value]) => self.bin_auto(name, value, span, place),
            ("assert", [condition, message]) => self.assertion(condition, message, span, place),
            ("iscolumnexists", [column]) => self.is_column(column, span, place),
            ("column_names_of", [table]) => self.column_names(table, span, place),
            ("estimate_data_size", [_, ..]) => self.data_size(name, arguments, span, place),
            ("ingestion_time", []) => Some(self.ingestion_time(span)),
            ("bag_pack_columns", [_, ..]) => self.bag_pack_columns(name, arguments, span, place),
            _ => return None,
        })
    }

    fn relative_to_now(
        &mut self,
        operator: &str,
        name: &'a tree::Name,
        offset: &'a tree::Expr,
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let offset = self.scalar(offset, place)?;
        if offset.scalar_type != ScalarType::TimeSpan {
            let message = format!("the argument of {}() takes timespan, not a {}", name.text, offset.scalar_type);
            let help = "a timespan is written as `7d`, `1h` or `30m`";
            self.report(Diagnostic::error(codes::ARGUMENT_TYPE, message, offset.span).with_help(help));
            return None;
        }
        let now = literal(Value::DateTime(self.options.now), span);
        self.operator(operator, name.span, vec![now, offset], span)
    }

    /// Whether a value is another one each time that it is computed, though it reads no column.
    fn varies_by_itself(&self, value: &Expr) -> bool {
        let mut varies = false;
        let mut waiting = vec![value];
        while let Some(expression) = waiting.pop() {
            match &expression.kind {
                ExprKind::Column(_) | ExprKind::InTable { .. } => return false,
                ExprKind::Literal(_) | ExprKind::ToScalar(_) => {}
                ExprKind::Call { function, arguments } => {
                    varies |= !function.function.deterministic;
                    waiting.extend(arguments);
                }
            }
        }
        varies && self.purpose == Purpose::Run
    }

    /// One value for the whole query, however often a name or a function that stands for it is used.
    fn computed_once(&mut self, value: Expr, span: Span) -> Expr {
        let known = self.computed_once.iter().find(|(known, _)| *known == value);
        if let Some((_, once)) = known {
            return once.clone();
        }
        let scalar_type = value.scalar_type;
        let column = self.column("value", scalar_type);
        let expressions = vec![value.clone()];
        let row = Table::leaf(RelationOperator::OneRow, Vec::new(), span)
            .then(span, vec![column], |input| RelationOperator::Project { input, expressions });
        let table = self.materialized(row, span);
        let once = Expr { kind: ExprKind::ToScalar(Box::new(table.relation)), scalar_type, span };
        self.computed_once.push((value, once.clone()));
        once
    }

    /// `toscalar(table)`; of a scalar it is that scalar.
    fn scalar_of_table(&mut self, argument: &'a tree::Expr, span: Span, place: &Place<'_>) -> Option<Expr> {
        if self.is_tabular(argument, place.environment) == Some(false) {
            let value = self.scalar(argument, place)?;
            return Some(if self.varies_by_itself(&value) { self.computed_once(value, span) } else { value });
        }
        let table = self.table(argument, place.environment);
        if !self.stands_alone(&table.relation) {
            let message = "`toscalar` is computed once, and cannot depend on the row where it stands";
            let help = "`join` or `lookup` finds a value for each row";
            self.refuse_to_run(Diagnostic::error(codes::NOT_CONSTANT, message, span).with_help(help));
        }
        match table.columns().first() {
            Some(column) if self.is_poisoned(column.id) => None,
            Some(column) => {
                let scalar_type = column.scalar_type;
                Some(Expr { kind: ExprKind::ToScalar(Box::new(table.relation)), scalar_type, span })
            }
            None => {
                if !table.open {
                    self.error(codes::MISSING_COLUMNS, "the table has no column to take a value from", span);
                }
                None
            }
        }
    }

    /// Whether a relation reads no columns but those that it makes.
    fn stands_alone(&self, relation: &Relation) -> bool {
        let mut made: HashSet<ColumnId> = HashSet::new();
        let mut read: Vec<ColumnId> = Vec::new();
        let mut waiting = vec![relation];
        while let Some(relation) = waiting.pop() {
            made.extend(relation.columns.iter().map(|column| column.id));
            match &relation.operator {
                RelationOperator::Scan(scan) => made.extend(scan.steps.iter().flat_map(|step| step.state.clone())),
                RelationOperator::Materialized { shared, .. } => waiting.push(shared),
                _ => {}
            }
            waiting.extend(relation.operator.inputs());
            let mut expressions = relation.operator.expressions();
            while let Some(expression) = expressions.pop() {
                match &expression.kind {
                    ExprKind::Column(id) => read.push(*id),
                    ExprKind::Literal(_) => {}
                    ExprKind::Call { arguments, .. } => expressions.extend(arguments),
                    ExprKind::ToScalar(table) => waiting.push(table),
                    ExprKind::InTable { value, table, .. } => {
                        expressions.push(value);
                        waiting.push(table);
                    }
                }
            }
        }
        read.into_iter().all(|id| made.contains(&id) || self.is_stand_in(id))
    }

    /// The column of a name, where there is one, else the default.
    fn column_if_exists(&mut self, column: &'a tree::Expr, default: &'a tree::Expr, place: &Place<'_>) -> Option<Expr> {
        let default = self.scalar(default, place);
        // The name is text; a bare name is taken as one too.
        let name = match &column.kind {
            tree::ExprKind::Name(name) if place.row.find(&name.text).is_some() => Value::String(name.text.clone()),
            _ => {
                let bound = self.scalar(column, place)?;
                self.constant(&bound, "the name of a column")?
            }
        };
        let Value::String(name) = name else {
            self.error(codes::ARGUMENT_TYPE, "the name of a column must be a string", column.span);
            return None;
        };
        match place.row.find(&name) {
            Some(found) if self.is_poisoned(found.id) => None,
            Some(found) => Some(column_reference(found, column.span)),
            None => default,
        }
    }

    /// `pack_all()`: a bag of all columns.
    fn pack_all(&mut self, function: &str, name: &'a tree::Name, span: Span, place: &Place<'_>) -> Option<Expr> {
        let (function, _) = kql_functions::function(function)?;
        let mut given: Vec<GivenArgument> = Vec::new();
        for column in place.row.columns {
            given.push(given_value(literal(Value::String(column.name.clone()), span)));
            given.push(given_value(column_reference(column, span)));
        }
        if given.is_empty() {
            return Some(literal(Value::Dynamic("{}".to_owned()), span));
        }
        self.scalar_call(function, name.span, given, span)
    }

    /// `bag_pack_columns(a, b)`: a bag of these columns, each under its name.
    fn bag_pack_columns(
        &mut self,
        name: &'a tree::Name,
        columns: &'a [tree::Expr],
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let mut given: Vec<GivenArgument> = Vec::new();
        for argument in columns {
            let tree::ExprKind::Name(column) = &argument.kind else {
                self.error(codes::ARGUMENT_TYPE, "bag_pack_columns() takes names of columns only", argument.span);
                return None;
            };
            given.push(given_value(literal(Value::String(column.text.clone()), argument.span)));
            given.push(given_value(self.scalar(argument, place)?));
        }
        let (function, _) = kql_functions::function("bag_pack")?;
        self.scalar_call(function, name.span, given, span)
    }
}
