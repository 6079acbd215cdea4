//! What the user and the query say about the query as a whole: `declare query_parameters`, and those options of `set`
//! that change answers (Kusto pages: *Query parameters declaration statement*, *Set statement*, *Request properties*).

use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, BoundResult, Table, column_reference, literal};
use crate::codes;
use crate::constants::convert;
use crate::plan::{Column, Expr, Relation, RelationOperator};
use crate::rewrites::Rewrites;
use crate::scope::{Binding, Environment, Place};

/// The options of `set` that are heeded. All others tune the service and change no answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueryOptions {
    /// What `now()` is, in ticks (`query_now`).
    pub now: i64,
    /// The most rows of a result; the rest is left out (`query_take_max_records`).
    take: Option<u64>,
    /// The most rows of a result; with more, the query fails (`truncationmaxrecords`).
    max_records: Option<u64>,
    /// Rows of tables that have this datetime column are only those of a time (`query_datetimescope_…`).
    scope_column: Option<String>,
    scope_from: Option<i64>,
    scope_to: Option<i64>,
    /// How large the bins of `bin_auto()` are, and where one starts (`query_bin_auto_size`, `query_bin_auto_at`).
    pub bin_auto_size: Option<Expr>,
    pub bin_auto_at: Option<Expr>,
}

impl QueryOptions {
    /// The options of a query that sets none.
    pub fn at(now: i64) -> QueryOptions {
        QueryOptions { now, ..QueryOptions::default() }
    }
}

impl<'a> Binder<'a> {
    /// `set NAME = VALUE`.
    pub(crate) fn set_option(&mut self, name: &'a tree::Name, value: Option<&'a tree::Expr>, environment: Environment) {
        let Some(value) = value else { return };
        let given = match &value.kind {
            tree::ExprKind::Name(word) => Some(literal(Value::String(word.text.clone()), word.span)),
            _ => self.scalar(value, &Place::constant(environment)),
        };
        let Some(given) = given else { return };
        match name.text.to_lowercase().as_str() {
            "query_now" => {
                if let Some(now) = self.option_datetime(given, name) {
                    self.options.now = now;
                }
            }
            "query_take_max_records" => self.options.take = self.option_count(given, name),
            "truncationmaxrecords" | "truncation_max_records" => {
                self.options.max_records = self.option_count(given, name);
            }
            "query_datetimescope_column" => {
                if let Some(Value::String(column)) = self.option_value(given, ScalarType::String, name) {
                    self.options.scope_column = Some(column);
                }
            }
            "query_datetimescope_from" => self.options.scope_from = self.option_datetime(given, name),
            "query_datetimescope_to" => self.options.scope_to = self.option_datetime(given, name),
            "query_bin_auto_size" => self.options.bin_auto_size = Some(given),
            "query_bin_auto_at" => self.options.bin_auto_at = Some(given),
            _ => {}
        }
    }

    fn option_datetime(&mut self, given: Expr, name: &tree::Name) -> Option<i64> {
        match self.option_value(given, ScalarType::DateTime, name)? {
            Value::DateTime(ticks) => Some(ticks),
            _ => None,
        }
    }

    fn option_count(&mut self, given: Expr, name: &tree::Name) -> Option<u64> {
        match self.option_value(given, ScalarType::Long, name)? {
            Value::Long(count) => u64::try_from(count).ok(),
            _ => None,
        }
    }

    /// The value of an option in its type.
    fn option_value(&mut self, given: Expr, scalar_type: ScalarType, name: &tree::Name) -> Option<Value> {
        let (span, given_type) = (given.span, given.scalar_type);
        let value = self.constant(&convert(given, scalar_type), "an option's value")?;
        if value.is_null() {
            let message = format!("the option `{}` takes a {scalar_type}, not this {given_type}", name.text);
            self.error(codes::PARAMETER_VALUE, message, span);
            return None;
        }
        Some(value)
    }

    /// What the options leave of a result.
    pub(crate) fn limit_result(&self, result: &mut BoundResult) {
        result.max_records = self.options.max_records;
        if let Some(count) = self.options.take {
            let Relation { columns, span, .. } = result.relation.clone();
            let input = Box::new(result.relation.clone());
            result.relation = Relation { operator: RelationOperator::Take { input, count }, columns, span };
        }
    }

    /// The rows of a table within the time that the options ask for.
    pub(crate) fn in_datetime_scope(&mut self, table: Table, span: Span) -> Table {
        let Some(name) = &self.options.scope_column else { return table };
        let found = table.columns().iter().find(|column| column.name == *name);
        let Some(column) = found.filter(|column| column.scalar_type == ScalarType::DateTime).cloned() else {
            return table;
        };
        let bounds = [(">=", self.options.scope_from), ("<=", self.options.scope_to)];
        let mut table = table;
        for (operator, bound) in bounds {
            let Some(ticks) = bound else { continue };
            let operands = vec![column_reference(&column, span), literal(Value::DateTime(ticks), span)];
            if let Some(predicate) = self.operator(operator, span, operands, span) {
                table = table.keeping(span, |input| RelationOperator::Filter { input, predicate });
            }
        }
        table
    }

    /// The rows of a table within the time that the query is given.
    pub(crate) fn in_window(&mut self, table: Table, span: Span) -> Table {
        let Some(window) = self.context.window else { return table };
        let is_time = |column: &&Column| column.scalar_type == ScalarType::DateTime;
        let columns = ["TimeGenerated", "Timestamp"]
            .map(|name| table.columns().iter().find(|column| column.name == name).filter(is_time).cloned());
        let moments: Vec<Expr> = columns.iter().flatten().map(|column| column_reference(column, span)).collect();
        let moment = match <[Expr; 1]>::try_from(moments) {
            Ok([moment]) => moment,
            Err(moments) if moments.is_empty() => return table,
            Err(moments) => match self.operator("coalesce", span, moments, span) {
                Some(moment) => moment,
                None => return table,
            },
        };
        let mut table = table;
        for (operator, ticks) in [(">=", window.from), ("<=", window.to)] {
            let operands = vec![moment.clone(), literal(Value::DateTime(ticks), span)];
            if let Some(predicate) = self.operator(operator, span, operands, span) {
                table = table.keeping(span, |input| RelationOperator::Filter { input, predicate });
            }
        }
        table
    }

    /// One of `declare query_parameters (…)`.
    pub(crate) fn query_parameter(&mut self, parameter: &'a tree::FunctionParameter, environment: &mut Environment) {
        let name = &parameter.name;
        let given = self.context.parameters.iter().rev().find(|(given, _)| *given == name.text);
        let value = match (&parameter.parameter_type, given, &parameter.default) {
            (tree::ParameterType::Scalar(type_name), Some((_, text)), _) => {
                self.scalar_type(type_name).and_then(|scalar_type| self.parameter_value(text, scalar_type, name))
            }
            (tree::ParameterType::Scalar(type_name), None, Some(default)) => {
                let value = self.scalar(default, &Place::constant(*environment));
                value.and_then(|value| self.argument_as(value, type_name, &name.text, "declare query_parameters"))
            }
            (tree::ParameterType::Scalar(type_name), None, None) => {
                let message = format!("the query parameter `{}` has no value", name.text);
                let help = format!("give it one with `--param {}=VALUE`, or a default", name.text);
                let missing = Diagnostic::error(codes::MISSING_PARAMETER, message, name.span);
                self.refuse_to_run(missing.with_help(help));
                self.scalar_type(type_name).map(|scalar_type| literal(Value::null(scalar_type), name.span))
            }
            _ => {
                self.error(codes::NOT_ALLOWED_HERE, "a query parameter must be a scalar", name.span);
                None
            }
        };
        if !self.scopes.declare(environment, &name.text, Binding::Scalar(value)) {
            let message = format!("the parameter `{}` is declared already", name.text);
            self.error(codes::DUPLICATE_VARIABLE, message, name.span);
        }
    }

    /// The value that the user gives to a parameter: a string as it is, anything else as the text between
    /// the parentheses of a literal of its type, or as the literal itself.
    fn parameter_value(&mut self, text: &str, scalar_type: ScalarType, name: &tree::Name) -> Option<Expr> {
        if scalar_type == ScalarType::String {
            return Some(literal(Value::String(text.to_owned()), name.span));
        }
        let wrapped = format!("{scalar_type}({text})");
        let value = self.literal_in(&wrapped).or_else(|| self.literal_in(text)).map(|mut value| {
            value.span = name.span;
            convert(value, scalar_type)
        });
        match value {
            Some(value) if value.scalar_type == scalar_type => Some(value),
            _ => {
                let message = format!("`{text}`, given for the query parameter `{}`, is no {scalar_type}", name.text);
                self.error(codes::PARAMETER_VALUE, message, name.span);
                None
            }
        }
    }

    /// The constant that is the whole of a text, if it is one.
    fn literal_in(&self, text: &str) -> Option<Expr> {
        let parsed = kql_syntax::parse(text);
        let [statement] = parsed.query.statements.as_slice() else { return None };
        let tree::StatementKind::Expression(expression) = &statement.kind else { return None };
        let is_literal = match &expression.kind {
            tree::ExprKind::Literal(_) => true,
            tree::ExprKind::Unary { operand, .. } => matches!(operand.kind, tree::ExprKind::Literal(_)),
            _ => false,
        };
        if !parsed.diagnostics.is_empty() || !is_literal {
            return None;
        }
        let rewrites = Rewrites::default();
        let mut binder = Binder::new(self.context, self.purpose, &[], &rewrites);
        let value = binder.scalar(expression, &Place::constant(Environment::default()))?;
        binder.has_no_mistakes().then_some(value)
    }
}
