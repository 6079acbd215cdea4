//! What a pipe reads: tables by name, `let` tables, function calls, `externaldata`.

use std::rc::Rc;

use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{Schema, Value};

use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::{Column, RelationOperator};
use crate::scope::{Binding, Environment, Place};
use crate::statements::Denotation;
use crate::suggestions::{did_you_mean, listed};

impl<'a> Binder<'a> {
    /// A source that is neither a pipe nor in parentheses.
    pub(super) fn source(&mut self, expression: &'a tree::Expr, environment: Environment) -> Table {
        let span = expression.span;
        match &expression.kind {
            tree::ExprKind::Name(name) => self.named_table(name, environment),
            tree::ExprKind::Call { function, arguments } => self.table_call(function, arguments, span, environment),
            tree::ExprKind::DataTable(node) => self.datatable(node, span, environment),
            tree::ExprKind::ExternalData(node) => self.external_data(node, span, environment),
            tree::ExprKind::Member { base, member } => match &base.kind {
                tree::ExprKind::Call { function, arguments }
                    if matches!(self.scopes.find(environment, &function.text), Some(Binding::Pattern(_))) =>
                {
                    self.pattern_call(function, arguments, Some(member), span, environment)
                }
                _ => self.qualified_table(base, member, span, environment),
            },
            // `pattern("a")["path"]`.
            tree::ExprKind::Index { base, index } => match &base.kind {
                tree::ExprKind::Call { function, arguments } => {
                    self.pattern_call(function, arguments, Some(index), span, environment)
                }
                _ => self.no_source(span),
            },
            tree::ExprKind::Error => self.no_table(span),
            _ => self.no_source(span),
        }
    }

    fn no_source(&mut self, span: Span) -> Table {
        let message = "a scalar value stands where a table must";
        let help = "`print` makes a table of values";
        self.report(Diagnostic::error(codes::SCALAR_NOT_TABLE, message, span).with_help(help));
        self.no_table(span)
    }

    /// New columns after a schema.
    pub(crate) fn columns_of(&mut self, schema: &Schema) -> Vec<Column> {
        schema.iter().map(|(name, scalar_type)| self.column(name, scalar_type)).collect()
    }

    fn named_table(&mut self, name: &'a tree::Name, environment: Environment) -> Table {
        let span = name.span;
        match self.meaning(environment, &name.text, span) {
            Some(Binding::Table(table)) => self.reference(&table, span),
            Some(Binding::Function(function)) => {
                let place = Place::constant(environment);
                match self.call_user(&name.text, function, &[], None, span, &place) {
                    Some(Denotation::Table(table)) => table,
                    Some(Denotation::Scalar(_)) => self.scalar_not_table(&name.text, span),
                    None => self.no_table(span),
                }
            }
            Some(Binding::Scalar(None)) => self.no_table(span),
            Some(Binding::Scalar(Some(_))) => self.scalar_not_table(&name.text, span),
            Some(Binding::Entity(_) | Binding::EntityGroup(_)) => {
                let message = format!("`{}` is a database, not a table", name.text);
                self.error(codes::SCALAR_NOT_TABLE, message, span);
                self.no_table(span)
            }
            Some(Binding::Pattern(_)) => self.pattern_call(name, &[], None, span, environment),
            None => match self.outside_schema(&name.text, environment) {
                Some(schema) => self.outside_table(&name.text, &schema, span),
                None => match kql_catalog::stored_function(&name.text) {
                    Some(function) => {
                        let fits = self.check_stored_arguments(&function, &[], false, span);
                        if fits && let Some(table) = self.watchlist_call(&function, &[], span, environment) {
                            return table;
                        }
                        self.stored_function(&function, None, span, environment)
                    }
                    None => {
                        self.unknown_table(&name.text, span, environment);
                        self.no_table(span)
                    }
                },
            },
        }
    }

    /// One more reference to a table of the query.
    fn reference(&mut self, table: &Rc<Table>, span: Span) -> Table {
        if !self.spend(1, span) {
            return self.no_table(span);
        }
        self.refreshed(table)
    }

    pub(crate) fn outside_table(&mut self, name: &str, schema: &Schema, span: Span) -> Table {
        let columns = self.columns_of(schema);
        let table = Table::leaf(RelationOperator::Table { name: name.to_owned() }, columns, span);
        let table = self.in_window(table, span);
        self.in_datetime_scope(table, span)
    }

    fn scalar_not_table(&mut self, name: &str, span: Span) -> Table {
        let message = format!("`{name}` is a scalar value, not a table");
        self.error(codes::SCALAR_NOT_TABLE, message, span);
        self.no_table(span)
    }

    /// Reports a name that is no table, with the nearest, or all that there are.
    pub(crate) fn unknown_table(&mut self, name: &str, span: Span, environment: Environment) {
        if self.allows_missing_tables {
            return;
        }
        let tables = self.outside_names(environment);
        let variables = self.scopes.all(environment);
        let candidates = tables.iter().map(String::as_str).chain(variables.iter().map(|(name, _)| *name));
        let help = did_you_mean(name, candidates).or_else(|| {
            let known = listed("tables", name, tables.iter().map(String::as_str));
            known.or_else(|| Some("there are no tables".to_owned()))
        });
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_TABLE, format!("unknown table `{name}`"), span);
        diagnostic.help = help;
        self.report(diagnostic);
    }

    fn table_call(
        &mut self,
        function: &'a tree::Name,
        arguments: &'a [tree::Expr],
        span: Span,
        environment: Environment,
    ) -> Table {
        let name = function.text.as_str();
        let place = Place::constant(environment);
        if let Some(Binding::Function(user)) = self.meaning(environment, name, span) {
            return match self.call_user(name, user, arguments, None, span, &place) {
                Some(Denotation::Table(table)) => table,
                Some(Denotation::Scalar(_)) => self.scalar_not_table(&format!("{name}(…)"), span),
                None => self.no_table(span),
            };
        }
        if let Some(Binding::Pattern(_)) = self.scopes.find(environment, name) {
            return self.pattern_call(function, arguments, None, span, environment);
        }
        match (name, arguments) {
            ("materialize", [inner]) => {
                let shared = self.table(inner, environment);
                self.materialized(shared, span)
            }
            ("table", [inner, ..]) => {
                let Some(value) = self.scalar(inner, &place) else { return self.no_table(span) };
                let Some(Value::String(wanted)) = self.constant(&value, "the name of a table") else {
                    return self.no_table(span);
                };
                if let Some(Binding::Table(table)) = self.scopes.find(environment, &wanted).cloned() {
                    return self.reference(&table, span);
                }
                match self.outside_schema(&wanted, environment) {
                    Some(schema) => self.outside_table(&wanted, &schema, span),
                    None => {
                        self.unknown_table(&wanted, inner.span, environment);
                        self.no_table(span)
                    }
                }
            }
            ("materialized_view" | "external_table" | "stored_query_result", _) => {
                self.only_in_the_cloud(&format!("{name}()"), span);
                self.no_table(span)
            }
            ("graph", _) => {
                self.unsupported("a stored graph", span);
                self.no_table(span)
            }
            ("database" | "cluster" | "workspace" | "app" | "resource" | "adx" | "arg", _) => {
                self.only_in_the_cloud("a table of another database or cluster", span);
                self.no_table(span)
            }
            _ => match kql_catalog::stored_function(name) {
                Some(stored) => {
                    let fits = self.check_stored_arguments(&stored, arguments, false, span);
                    if fits && let Some(table) = self.watchlist_call(&stored, arguments, span, environment) {
                        return table;
                    }
                    let mut input = None;
                    for argument in arguments {
                        let value = match &argument.kind {
                            tree::ExprKind::Named { value, .. } => value.as_ref(),
                            _ => argument,
                        };
                        if self.is_tabular(value, environment) == Some(true) {
                            let table = self.table(value, environment);
                            input = input.or(Some(table));
                        } else {
                            self.scalar(value, &place);
                        }
                    }
                    self.stored_function(&stored, input, span, environment)
                }
                None if kql_functions::function(name).is_some() => self.scalar_not_table(&format!("{name}(…)"), span),
                None => {
                    self.unknown_function(name, function.span, &place);
                    self.no_table(span)
                }
            },
        }
    }
}
