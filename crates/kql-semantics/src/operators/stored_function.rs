//! Calls of functions that are known by their signature alone: a table of the function's name stands in for its
//! result.

use std::rc::Rc;

use kql_catalog::StoredFunction;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::Schema;

use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::{Column, Relation, RelationOperator};
use crate::rewrites::Rewrites;
use crate::scope::{Binding, Environment};

impl<'a> Binder<'a> {
    /// The schema of the table that stands in for a stored function, if there is one.
    pub(super) fn stands_in(&self, function: &str, environment: Environment) -> Option<Schema> {
        self.outside_schema(function, environment)
    }

    /// The result of a stored function: the table of its name where its columns are always the same, else what is
    /// known of it.
    pub(super) fn stored_function(
        &mut self,
        function: &StoredFunction,
        input: Option<Table>,
        span: Span,
        environment: Environment,
    ) -> Table {
        let has_fixed_columns = function.body.is_none() && input.is_none();
        if has_fixed_columns && let Some(schema) = self.stands_in(function.name, environment) {
            return self.outside_table(function.name, &schema, span);
        }
        self.not_at_hand(function, has_fixed_columns, span);
        let from_body = match (function.body, &input) {
            (Some(body), Some(input)) => self.columns_of_body(body, input),
            _ => None,
        };
        let open = function.is_open || (function.body.is_some() && from_body.is_none());
        let columns = from_body.unwrap_or_else(|| self.columns_of(&function.columns));
        let depth = 1 + input.as_ref().map_or(0, |input| input.depth);
        let inputs: Vec<Relation> = input.into_iter().map(|input| input.relation).collect();
        let mut table = Table::leaf(RelationOperator::Unsupported { inputs }, columns, span);
        table.open = open;
        table.depth = depth;
        table
    }

    /// Says that only the signature is at hand, and what would stand in for the function.
    fn not_at_hand(&mut self, function: &StoredFunction, has_fixed_columns: bool, span: Span) {
        let name = function.name;
        let message = format!("the stored function {name}() is not at hand: only its signature is known");
        let or_text = if name == super::file_profile::FILE_PROFILE { "" } else { ", or its text with --functions" };
        let mut diagnostic = Diagnostic::error(codes::UNSUPPORTED, message, span);
        if name.starts_with("_GetWatchlist") {
            diagnostic.help = Some("give the watchlists as a folder of files NAME.csv, with --watchlists".to_owned());
        } else if has_fixed_columns || name == super::file_profile::FILE_PROFILE {
            diagnostic.help = Some(format!("give its rows as a table {name}{or_text}"));
        } else {
            diagnostic.help = Some(format!("give a function {name} of your own with --functions"));
        }
        self.cannot_run(diagnostic);
    }

    /// The columns that a stored function's body, `{ T | … }`, makes of a table.
    pub(super) fn columns_of_body(&mut self, body: &str, input: &Table) -> Option<Vec<Column>> {
        let text = body.trim().strip_prefix('{')?.strip_suffix('}')?;
        let parsed = kql_syntax::parse(text);
        let statement = parsed.query.statements.first()?;
        let tree::StatementKind::Expression(expression) = &statement.kind else { return None };
        let rewrites = Rewrites::default();
        let mut inner = Binder::new(self.context, self.purpose, &[], &rewrites);
        let mut environment = Environment::default();
        let schema: Schema = input.columns().iter().map(|column| (column.name.clone(), column.scalar_type)).collect();
        let columns = inner.columns_of(&schema);
        let operator = RelationOperator::Values { rows: Vec::new() };
        let table = Table::leaf(operator, columns, expression.span);
        inner.scopes.declare(&mut environment, "T", Binding::Table(Rc::new(table)));
        let result = inner.table(expression, environment);
        let columns = result.relation.columns.into_iter().map(|column| {
            let passed = input.columns().iter().find(|own| own.name == column.name);
            match passed {
                Some(own) if own.scalar_type == column.scalar_type => own.clone(),
                _ => self.column(column.name, column.scalar_type),
            }
        });
        Some(columns.collect())
    }
}
