//! `union`.

use std::collections::{HashMap, HashSet};

use kql_syntax::operators::union::Union;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::At;
use super::join::parameter_text;
use crate::binder::{Binder, Purpose, Table, column_reference, literal};
use crate::codes;
use crate::naming::matches_wildcard;
use crate::plan::{Column, Expr, Relation, RelationOperator};
use crate::scope::{Binding, Environment, Place};
use crate::statements::Denotation;

/// Inputs times columns that a union may have: `union *` over a large catalogue is bound, but not run.
const MAX_CELLS: usize = 200_000;

/// A table of a union, a `search` or a `find`, with the name under which its rows come.
pub(super) struct Input {
    pub table: Table,
    pub source: String,
}

impl Input {
    /// The table before the pipe.
    pub fn piped(table: Table) -> Input {
        let source = table.name.clone().unwrap_or_else(|| "union_arg0".to_owned());
        Input { table, source }
    }
}

/// A column of the result: its final name, and the name and type that it has in the inputs.
struct Unified {
    name: String,
    source_name: String,
    scalar_type: ScalarType,
}

impl<'a> Binder<'a> {
    pub(super) fn union(&mut self, node: &'a Union, piped: Option<Table>, at: At) -> Table {
        let fuzzy = parameter_text(&node.parameters, "isfuzzy").is_some_and(|(text, _)| text == "true");
        let inner = match parameter_text(&node.parameters, "kind") {
            Some((text, span)) if text != "inner" && text != "outer" => {
                let message = format!("unknown union kind `{text}`");
                self.report(
                    Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help("it takes inner or outer"),
                );
                false
            }
            Some((text, _)) => text == "inner",
            None => false,
        };
        let with_source = parameter_text(&node.parameters, "withsource")
            .or_else(|| parameter_text(&node.parameters, "with_source"))
            .map(|(name, _)| name);
        let mut inputs: Vec<Input> = Vec::new();
        if let Some(table) = piped {
            inputs.push(Input::piped(table));
        }
        for table in &node.tables {
            self.union_input(table, fuzzy, at, &mut inputs);
        }
        self.unite(inputs, inner, with_source, at.span)
    }

    /// The union of these tables, or of all that there are.
    pub(super) fn union_of(&mut self, tables: &'a [tree::Expr], with_source: Option<String>, at: At) -> Table {
        let inputs = self.inputs_of(tables, at);
        self.unite(inputs, false, with_source, at.span)
    }

    /// These tables, or all that there are.
    pub(super) fn inputs_of(&mut self, tables: &'a [tree::Expr], at: At) -> Vec<Input> {
        let mut inputs: Vec<Input> = Vec::new();
        for table in tables {
            self.union_input(table, false, at, &mut inputs);
        }
        if tables.is_empty() {
            self.matching_tables("*", at.span, at, &mut inputs);
        }
        inputs
    }

    /// The views of the query and the outside tables that match a pattern.
    fn matching_tables(&mut self, pattern: &str, span: Span, at: At, inputs: &mut Vec<Input>) {
        let views = self.scopes.all(at.environment).into_iter().filter_map(|(name, binding)| match binding {
            Binding::Function(user) if user.function.view && user.tabular && matches_wildcard(pattern, name) => {
                Some((name.to_owned(), *user))
            }
            _ => None,
        });
        let views: Vec<_> = views.collect();
        for (name, user) in views {
            let place = Place::constant(at.environment);
            if let Some(Denotation::Table(table)) = self.call_user(&name, user, &[], None, span, &place) {
                inputs.push(Input { table, source: name });
            }
        }
        let mut names = self.outside_names(at.environment);
        names.retain(|name| matches_wildcard(pattern, name));
        names.sort_unstable();
        for name in names {
            if let (Some(schema), true) = (self.outside_schema(&name, at.environment), self.spend(1, span)) {
                inputs.push(Input { table: self.outside_table(&name, &schema, span), source: name });
            }
        }
    }

    /// The tables that one argument of a union stands for.
    fn union_input(&mut self, table: &'a tree::Expr, fuzzy: bool, at: At, inputs: &mut Vec<Input>) {
        let pattern = match &table.kind {
            tree::ExprKind::Star => Some("*"),
            tree::ExprKind::WildcardName(name) => Some(name.text.as_str()),
            _ => None,
        };
        if let Some(pattern) = pattern {
            let before = inputs.len();
            self.matching_tables(pattern, table.span, at, inputs);
            if inputs.len() == before && !fuzzy {
                self.error(codes::UNKNOWN_TABLE, format!("no table matches `{pattern}`"), table.span);
            }
            return;
        }
        let numbered = format!("union_arg{}", inputs.len());
        let plain = plain_table(table);
        let known = plain.is_none_or(|name| {
            self.meaning(at.environment, &name.text, name.span).is_some()
                || self.outside_schema(&name.text, at.environment).is_some()
                || kql_catalog::stored_function(&name.text).is_some()
        });
        if let (false, true, Some(name)) = (known, fuzzy, plain) {
            let message = format!("the table `{}` is not there and is left out", name.text);
            self.report(Diagnostic::warning(codes::FUZZY_TABLE, message, name.span));
            if self.purpose == Purpose::Check {
                // The analyser takes it for a table of which nothing is known.
                let table = self.missing_tables_allowed(|binder| binder.table(table, at.environment));
                inputs.push(Input { table, source: numbered });
            }
            return;
        }
        if fuzzy && let Some(name) = self.missing_parser(table, at.environment) {
            let message = format!("the function {} is not at hand and is left out", name.text);
            self.report(Diagnostic::warning(codes::FUZZY_TABLE, message, name.span));
            return;
        }
        let bound = self.table(table, at.environment);
        let view = match (&table.kind, plain) {
            (tree::ExprKind::Name(_), Some(name)) => match self.scopes.find(at.environment, &name.text) {
                Some(Binding::Function(user)) if user.function.view => Some(name.text.clone()),
                _ => None,
            },
            _ => None,
        };
        let source = match (&bound.relation.operator, view.or_else(|| bound.name.clone())) {
            (_, Some(name)) => name,
            (RelationOperator::Table { name }, None) => name.clone(),
            _ => numbered,
        };
        inputs.push(Input { table: bound, source });
    }

    /// The parser that a unifying parser names and that nobody gave: the fuzzy union of a stored function is over those
    /// that are at hand.
    fn missing_parser(&mut self, table: &'a tree::Expr, environment: Environment) -> Option<&'a tree::Name> {
        if !self.is_in_stored_text() {
            return None;
        }
        let (name, called) = match &table.kind {
            tree::ExprKind::Call { function, .. } => (function, true),
            tree::ExprKind::Name(name) => (name, false),
            tree::ExprKind::Parenthesized(inner) => return self.missing_parser(inner, environment),
            _ => return None,
        };
        let known = self.meaning(environment, &name.text, name.span).is_some()
            || self.outside_schema(&name.text, environment).is_some();
        let is_stored = kql_catalog::stored_function(&name.text).is_some();
        let is_unknown = called && self.is_tabular(table, environment).is_none();
        (!known && (is_stored || is_unknown)).then_some(name)
    }

    pub(super) fn unite(&mut self, inputs: Vec<Input>, inner: bool, with_source: Option<String>, span: Span) -> Table {
        let open = inputs.iter().any(|input| input.table.open);
        let depth = 2 + inputs.iter().map(|input| input.table.depth).max().unwrap_or(0);
        if inputs.is_empty() {
            return self.no_table(span);
        }
        let unified = unify(&inputs, inner, self.purpose);
        let poisoned: HashSet<&str> = inputs
            .iter()
            .flat_map(|input| input.table.columns())
            .filter(|column| self.is_poisoned(column.id))
            .map(|column| column.name.as_str())
            .collect();
        let poisoned: Vec<bool> = unified.iter().map(|column| poisoned.contains(column.source_name.as_str())).collect();
        let mut columns: Vec<Column> = Vec::new();
        if let Some(name) = &with_source {
            columns.push(self.column(name.clone(), ScalarType::String));
        }
        for (column, poisoned) in unified.iter().zip(poisoned) {
            let fresh = self.column(column.name.clone(), column.scalar_type);
            if poisoned {
                self.poison(fresh.id);
            }
            columns.push(fresh);
        }
        if columns.len().saturating_mul(inputs.len()) > MAX_CELLS {
            let message = format!("a union of {} tables with {} columns", inputs.len(), columns.len());
            self.unsupported(message, span);
            let operator = RelationOperator::Unsupported { inputs: Vec::new() };
            return Table { relation: Relation { operator, columns, span }, open, depth, graph: None, name: None };
        }
        let mut relations: Vec<Relation> = Vec::new();
        for input in inputs {
            if !self.spend(1 + unified.len() / 8, span) {
                return self.no_table(span);
            }
            relations.push(self.aligned(input, &unified, with_source.as_deref(), span));
        }
        let relation = Relation { operator: RelationOperator::Union { inputs: relations }, columns, span };
        Table { relation, open, depth, graph: None, name: None }
    }

    /// An input with the columns of the result.
    fn aligned(&mut self, input: Input, unified: &[Unified], with_source: Option<&str>, span: Span) -> Relation {
        let by_name: HashMap<String, Column> =
            input.table.columns().iter().map(|column| (column.name.clone(), column.clone())).collect();
        let mut expressions: Vec<Expr> = Vec::new();
        let mut own: Vec<Column> = Vec::new();
        if let Some(name) = with_source {
            expressions.push(literal(Value::String(input.source), span));
            own.push(self.column(name, ScalarType::String));
        }
        for column in unified {
            let found = by_name.get(&column.source_name).filter(|found| found.scalar_type == column.scalar_type);
            expressions.push(match found {
                Some(found) => column_reference(found, span),
                None => literal(Value::null(column.scalar_type), span),
            });
            own.push(match found {
                Some(found) => Column { name: column.name.clone(), ..found.clone() },
                None => self.column(column.name.clone(), column.scalar_type),
            });
        }
        input.table.then(span, own, |input| RelationOperator::Project { input, expressions }).relation
    }
}

/// The columns of the result, in the order in which their names are met. A name with several types gets a column
/// for each, with the type behind the name.
///
/// The analyser sees a second type only where it is the type of the first or second column of that name.
fn unify(inputs: &[Input], inner: bool, purpose: Purpose) -> Vec<Unified> {
    let mut by_name: indexmap::IndexMap<&str, Vec<(ScalarType, usize)>> = indexmap::IndexMap::new();
    for input in inputs {
        for column in input.table.columns() {
            let types = by_name.entry(column.name.as_str()).or_default();
            if purpose == Purpose::Check
                && let [(only, 2..)] = types.as_slice()
                && *only != column.scalar_type
            {
                continue;
            }
            match types.iter_mut().find(|(scalar_type, _)| *scalar_type == column.scalar_type) {
                Some((_, count)) => *count += 1,
                None => types.push((column.scalar_type, 1)),
            }
        }
    }
    let mut unified = Vec::new();
    for (name, mut types) in by_name {
        if inner {
            types.retain(|(_, count)| *count == inputs.len());
        }
        let several = types.len() > 1;
        for (scalar_type, _) in types {
            let final_name = if several { format!("{name}_{scalar_type}") } else { name.to_owned() };
            unified.push(Unified { name: final_name, source_name: name.to_owned(), scalar_type });
        }
    }
    let mut names = crate::naming::Names::new();
    for column in &mut unified {
        column.name = names.unique(&column.name);
    }
    unified
}

fn plain_table(expression: &tree::Expr) -> Option<&tree::Name> {
    match &expression.kind {
        tree::ExprKind::Parenthesized(inner) => plain_table(inner),
        tree::ExprKind::Name(name) => Some(name),
        tree::ExprKind::Pipe { source: Some(source), .. } => plain_table(source),
        _ => None,
    }
}
