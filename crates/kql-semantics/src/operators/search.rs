//! `search`: over the columns of many tables.

use kql_syntax::operators::search::Search;
use kql_syntax::tree::{self, BinaryOperator};
use kql_syntax::{Diagnostic, Span};
use kql_types::{ScalarType, Value};

use super::At;
use super::join::parameter_text;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::constants;
use crate::plan::{Column, Expr, RelationOperator};
use crate::scope::Place;

/// The column that says which table a row is of.
const TABLE: &str = "$table";

/// The most columns in which a term is searched: over a whole catalogue a search is bound, but not run.
const MAX_COLUMNS: usize = 2_000;

impl<'a> Binder<'a> {
    pub(super) fn search(&mut self, node: &'a Search, input: Option<Table>, at: At) -> Table {
        let case_sensitive = match parameter_text(&node.parameters, "kind") {
            Some((kind, _)) if kind == "case_sensitive" => true,
            Some((kind, span)) if kind != "default" && kind != "case_insensitive" => {
                let message = format!("unknown kind of search `{kind}`");
                let help = "it takes default, case_insensitive or case_sensitive";
                self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
                false
            }
            _ => false,
        };
        let table = match input {
            Some(table) => self.with_table_name(table, at.span),
            None => self.union_of(&node.tables, Some(TABLE.to_owned()), at),
        };
        let predicate = {
            // The name of the table is not searched.
            let columns: Vec<Column> = table.columns().iter().skip(1).cloned().collect();
            let mut place = Place::over(&table, at.environment);
            place.row.columns = &columns;
            self.search_predicate(&node.predicate, case_sensitive, &place)
        };
        let predicate = predicate.unwrap_or_else(|| literal(Value::Bool(true), at.span));
        table.keeping(at.span, |input| RelationOperator::Filter { input, predicate })
    }

    /// The table behind a column of its name.
    fn with_table_name(&mut self, table: Table, span: Span) -> Table {
        let name = match &table.relation.operator {
            RelationOperator::Table { name } => name.clone(),
            _ => "search_arg0".to_owned(),
        };
        let mut columns = vec![(self.column(TABLE, ScalarType::String), literal(Value::String(name), span))];
        let own = table.columns().iter().filter(|column| column.name != TABLE);
        columns.extend(own.map(|column| (column.clone(), column_reference(column, span))));
        self.projection(table, columns, span)
    }

    /// A predicate in which a text stands for a term in any column.
    pub(super) fn search_predicate(
        &mut self,
        expression: &'a tree::Expr,
        case_sensitive: bool,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let span = expression.span;
        self.nested(span, |binder| binder.search_predicate_here(expression, case_sensitive, place))
    }

    fn search_predicate_here(
        &mut self,
        expression: &'a tree::Expr,
        case_sensitive: bool,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let span = expression.span;
        match &expression.kind {
            tree::ExprKind::Parenthesized(inner) => self.search_predicate(inner, case_sensitive, place),
            tree::ExprKind::Star => Some(literal(Value::Bool(true), span)),
            tree::ExprKind::Literal(tree::Literal::String { value, .. }) => {
                self.any_term(place.row.columns, value, case_sensitive, span)
            }
            tree::ExprKind::Binary { operator, operator_span, left, right } => match (operator, &right.kind) {
                (BinaryOperator::And | BinaryOperator::Or, _) => {
                    let name = if *operator == BinaryOperator::And { "and" } else { "or" };
                    let left = self.search_predicate(left, case_sensitive, place);
                    let right = self.search_predicate(right, case_sensitive, place);
                    self.operator(name, *operator_span, vec![left?, right?], span)
                }
                (BinaryOperator::Colon, tree::ExprKind::Literal(tree::Literal::String { value, .. })) => {
                    if matches!(left.kind, tree::ExprKind::Star) {
                        return self.any_term(place.row.columns, value, case_sensitive, span);
                    }
                    let text = self.scalar(left, place)?;
                    self.term(text, value, case_sensitive, span)
                }
                _ => self.predicate(expression, place),
            },
            tree::ExprKind::Call { function, arguments } => match (function.text.as_str(), arguments.as_slice()) {
                ("not", [inner]) => {
                    let inner = self.search_predicate(inner, case_sensitive, place)?;
                    self.operator("not", function.span, vec![inner], span)
                }
                _ => self.predicate(expression, place),
            },
            _ => self.predicate(expression, place),
        }
    }

    /// Whether any of the columns has the term.
    fn any_term(&mut self, columns: &[Column], term: &str, case_sensitive: bool, span: Span) -> Option<Expr> {
        if columns.len() > MAX_COLUMNS {
            self.unsupported(format!("a search in {} columns", columns.len()), span);
            return Some(literal(Value::Bool(true), span));
        }
        let mut found = Vec::with_capacity(columns.len());
        for column in columns {
            found.push((self.term(column_reference(column, span), term, case_sensitive, span), span));
        }
        if found.is_empty() {
            return Some(literal(Value::Bool(false), span));
        }
        self.balanced("or", found, span)
    }

    /// Whether a text has a term; a `*` at its ends, or within, stands for anything.
    fn term(&mut self, text: Expr, term: &str, case_sensitive: bool, span: Span) -> Option<Expr> {
        let text = constants::convert(text, ScalarType::String);
        let (before, rest) = term.strip_prefix('*').map_or((false, term), |rest| (true, rest));
        let (after, word) = rest.strip_suffix('*').map_or((false, rest), |word| (true, word));
        if word.is_empty() && (before || after) {
            return Some(literal(Value::Bool(true), span));
        }
        if word.contains('*') {
            let parts: Vec<String> = word.split('*').map(escaped).collect();
            let edge = |open: bool| if open { "" } else { r"\b" };
            let flags = if case_sensitive { "" } else { "(?i)" };
            let pattern = format!("{flags}{}{}{}", edge(before), parts.join(".*"), edge(after));
            return self.operator("matches regex", span, vec![text, literal(Value::String(pattern), span)], span);
        }
        let name = match (before, after, case_sensitive) {
            (false, false, false) => "has",
            (false, false, true) => "has_cs",
            (true, false, false) => "hassuffix",
            (true, false, true) => "hassuffix_cs",
            (false, true, false) => "hasprefix",
            (false, true, true) => "hasprefix_cs",
            (true, true, false) => "contains",
            (true, true, true) => "contains_cs",
        };
        self.operator(name, span, vec![text, literal(Value::String(word.to_owned()), span)], span)
    }
}

/// A text as the regular expression that matches it.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
