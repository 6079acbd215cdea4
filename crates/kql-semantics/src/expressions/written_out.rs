//! Functions that binding writes out, as they speak of the query itself (`kql_functions`, family `binding`).

use kql_syntax::{Diagnostic, Severity, Span, tree};
use kql_types::dynamic::Builder;
use kql_types::{ScalarType, Value};

use super::calls::given_value;
use crate::binder::{Binder, column_reference, literal};
use crate::codes;
use crate::plan::Expr;
use crate::scope::Place;

impl<'a> Binder<'a> {
    /// `bin_auto(value)`: `bin` or `bin_at` with the bins of the `set` statements.
    pub(super) fn bin_auto(
        &mut self,
        name: &'a tree::Name,
        value: &'a tree::Expr,
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let value = self.scalar(value, place)?;
        let Some(size) = self.options.bin_auto_size.clone() else {
            let message = "bin_auto() does not know how large its bins are";
            let help = "`set query_bin_auto_size = 1h;` before the query tells it";
            self.refuse_to_run(Diagnostic::error(codes::MISSING_PARAMETER, message, name.span).with_help(help));
            // Whatever their size, bins are of the type of the value.
            return Some(value);
        };
        let at = self.options.bin_auto_at.clone();
        let function = if at.is_some() { "bin_at" } else { "bin" };
        let (function, _) = kql_functions::function(function)?;
        let given = [Some(value), Some(size), at].into_iter().flatten().map(given_value).collect();
        self.scalar_call(function, name.span, given, span)
    }

    /// `assert(condition, message)`: a mistake with that message unless the condition holds.
    pub(super) fn assertion(
        &mut self,
        condition: &'a tree::Expr,
        message: &'a tree::Expr,
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let (condition, message) = (self.predicate(condition, place), self.scalar(message, place));
        let (condition, message) = (condition?, message?);
        let message = self.constant(&message, "the message of assert()");
        match (self.constant(&condition, "the condition of assert()")?, message?) {
            (Value::Bool(true), _) => Some(literal(Value::Bool(true), span)),
            (_, Value::String(message)) => {
                self.error(codes::ASSERTION, format!("assert() has failed with message: '{message}'"), span);
                None
            }
            _ => {
                self.error(codes::ARGUMENT_TYPE, "the message of assert() must be a string", span);
                None
            }
        }
    }

    /// `iscolumnexists("name")`.
    pub(super) fn is_column(&mut self, column: &'a tree::Expr, span: Span, place: &Place<'_>) -> Option<Expr> {
        let column = self.scalar(column, place)?;
        match self.constant(&column, "the name of a column")? {
            Value::String(name) => Some(literal(Value::Bool(place.row.find(&name).is_some()), span)),
            _ => {
                self.error(codes::ARGUMENT_TYPE, "the name of a column must be a string", column.span);
                None
            }
        }
    }

    /// `column_names_of(table)`.
    pub(super) fn column_names(&mut self, table: &'a tree::Expr, span: Span, place: &Place<'_>) -> Option<Expr> {
        let table = self.table(table, place.environment);
        if table.open {
            return None;
        }
        let mut names = String::new();
        let mut builder = Builder::new(&mut names);
        builder.begin_array();
        table.columns().iter().for_each(|column| builder.string(&column.name));
        builder.end_array();
        Some(literal(Value::Dynamic(names), span))
    }

    /// `estimate_data_size(a, b)`: the sum of the columns' sizes.
    pub(super) fn data_size(
        &mut self,
        name: &'a tree::Name,
        columns: &'a [tree::Expr],
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let mut values = Vec::new();
        for argument in columns {
            match &argument.kind {
                tree::ExprKind::Star => {
                    values.extend(place.row.columns.iter().map(|column| column_reference(column, argument.span)));
                }
                tree::ExprKind::Name(_) => values.push(self.scalar(argument, place)?),
                _ => {
                    let message = "estimate_data_size() takes names of columns, or `*`";
                    self.error(codes::ARGUMENT_TYPE, message, argument.span);
                    return None;
                }
            }
        }
        let (function, _) = kql_functions::function(kql_functions::DATA_SIZE)?;
        let sizes: Vec<_> = values
            .into_iter()
            .map(|value| (self.scalar_call(function, name.span, vec![given_value(value)], span), name.span))
            .collect();
        if sizes.is_empty() {
            return Some(literal(Value::Long(0), span));
        }
        self.balanced("+", sizes, span)
    }

    /// `ingestion_time()`: rows of files have none.
    pub(super) fn ingestion_time(&mut self, span: Span) -> Expr {
        self.report(Diagnostic {
            severity: Severity::Warning,
            code: codes::NO_INGESTION_TIME,
            message: "rows of local files have no ingestion time: `ingestion_time()` is null".to_owned(),
            span,
            help: Some("a condition on it holds for no row; `TimeGenerated` may serve instead".to_owned()),
        });
        literal(Value::null(ScalarType::DateTime), span)
    }
}
