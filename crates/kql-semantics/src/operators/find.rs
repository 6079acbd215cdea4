//! `find`: the rows of many tables for which a predicate is true, in the columns that matter.
//!
//! Each table is filtered and projected for itself, so that what is packed is its own; then they are united.

use std::collections::HashSet;

use indexmap::IndexMap;
use kql_syntax::operators::find::{Find, FindColumn};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::At;
use super::columns::Computed;
use super::join::parameter_text;
use super::union::Input;
use crate::binder::{Binder, Purpose, Table, column_reference, literal};
use crate::codes;
use crate::constants::convert;
use crate::naming::{Names, matches_wildcard};
use crate::plan::{Column, Expr, Relation, RelationOperator};
use crate::scope::Place;

/// The bag of the columns that are not shown.
const PACK: &str = "pack_";

/// What is shown of every table.
struct Shape {
    shown: Vec<Shown>,
    /// Whether a bag of the other columns follows.
    packs: bool,
    /// The columns of the result: the table's name, those that are shown, and the bag.
    columns: Vec<Column>,
}

/// A column of the result.
struct Shown {
    name: String,
    source_name: String,
    scalar_type: ScalarType,
    /// Whether columns of other types are converted; else they are not this column.
    converts: bool,
}

impl<'a> Binder<'a> {
    pub(super) fn find(&mut self, node: &'a Find, input: Option<Table>, at: At) -> Table {
        let mut inputs = match input {
            Some(table) => vec![Input::piped(table)],
            None => self.inputs_of(&node.tables, at),
        };
        let mentioned = node.predicate.as_ref().map(names_in).unwrap_or_default();
        let is_mentioned = |column: &Column| mentioned.contains(column.name.as_str());
        if inputs.iter().any(|input| input.table.columns().iter().any(is_mentioned)) {
            inputs.retain(|input| input.table.open || input.table.columns().iter().any(is_mentioned));
        }
        if inputs.is_empty() {
            return self.no_table(at.span);
        }
        let types = types_by_name(&inputs);
        let shown = match node.project.is_empty() {
            true => self.smart_columns(&inputs, &types, &mentioned, &node.project_away),
            false => self.listed_columns(&node.project, &types, &inputs, at),
        };
        let shown_names: HashSet<&str> = shown.iter().map(|column| column.source_name.as_str()).collect();
        let packs = match node.project.is_empty() {
            true => types.keys().any(|name| !shown_names.contains(name.as_str())) && !packs_away(&node.project_away),
            false => node.project.iter().any(|column| matches!(column.value.kind, tree::ExprKind::Call { .. })),
        };
        let with_source = parameter_text(&node.parameters, "withsource")
            .or_else(|| parameter_text(&node.parameters, "with_source"))
            .map_or_else(|| "source_".to_owned(), |(name, _)| name);
        let mut names = Names::new();
        let mut columns = vec![self.column(names.unique(&with_source), ScalarType::String)];
        for column in &shown {
            columns.push(self.column(names.unique(&column.name), column.scalar_type));
            let poisoned = |own: &Column| own.name == column.source_name && self.is_poisoned(own.id);
            if !column.converts && inputs.iter().any(|input| input.table.columns().iter().any(poisoned)) {
                let id = columns.last().map(|column| column.id);
                id.into_iter().for_each(|id| self.poison(id));
            }
        }
        if packs {
            columns.push(self.column(names.unique(PACK), ScalarType::Dynamic));
        }
        let open = inputs.iter().any(|input| input.table.open) && node.project.is_empty();
        let depth = 4 + inputs.iter().map(|input| input.table.depth).max().unwrap_or(0);
        let mut relations = Vec::with_capacity(inputs.len());
        let shape = Shape { shown, packs, columns };
        for input in inputs {
            if !self.spend(1 + shape.columns.len() / 8, at.span) {
                return self.no_table(at.span);
            }
            let Input { table, source } = input;
            let own = table.columns().to_vec();
            let found = self.found(node, table, &types, &mentioned, at);
            relations.push(self.shown(found, source, &own, &shape, at.span));
        }
        let operator = RelationOperator::Union { inputs: relations };
        Table {
            relation: Relation { operator, columns: shape.columns, span: at.span },
            open,
            depth,
            graph: None,
            name: None,
        }
    }

    /// The rows of a table for which the predicate is true. Columns that only other tables have are null in it.
    fn found(
        &mut self,
        node: &'a Find,
        table: Table,
        types: &IndexMap<String, Vec<ScalarType>>,
        mentioned: &HashSet<&str>,
        at: At,
    ) -> Table {
        let Some(predicate) = &node.predicate else { return table };
        let mut columns: Vec<Computed> =
            table.columns().iter().map(|column| (column.clone(), column_reference(column, at.span))).collect();
        for (name, types) in types {
            let Some(scalar_type) = types.first() else { continue };
            if mentioned.contains(name.as_str()) && table.columns().iter().all(|column| column.name != *name) {
                let null = literal(Value::null(*scalar_type), at.span);
                columns.push((self.column(name.clone(), *scalar_type), null));
            }
        }
        let table = match columns.len() == table.columns().len() {
            true => table,
            false => self.projection(table, columns, at.span),
        };
        let predicate = self.search_predicate(predicate, false, &Place::over(&table, at.environment));
        match predicate {
            Some(predicate) => table.keeping(at.span, |input| RelationOperator::Filter { input, predicate }),
            None => table,
        }
    }

    /// What is shown of a table's rows, as the columns of the result.
    fn shown(&mut self, table: Table, source: String, own: &[Column], shape: &Shape, span: Span) -> Relation {
        let Shape { shown, packs, columns } = shape;
        let mut expressions = vec![literal(Value::String(source), span)];
        for column in shown {
            let found = own.iter().find(|own| own.name == column.source_name);
            let found = found.filter(|own| column.converts || own.scalar_type == column.scalar_type);
            expressions.push(match found {
                Some(own) => convert(column_reference(own, span), column.scalar_type),
                None => literal(Value::null(column.scalar_type), span),
            });
        }
        if *packs {
            let rest = own.iter().filter(|own| shown.iter().all(|column| column.source_name != own.name));
            let members = rest.flat_map(|own| {
                let key = literal(Value::String(own.name.clone()), span);
                [key, column_reference(own, span)]
            });
            let members: Vec<Expr> = members.collect();
            let pack = match members.is_empty() {
                true => Some(literal(Value::Dynamic("{}".to_owned()), span)),
                false => self.operator("bag_pack", span, members, span),
            };
            expressions.push(self.or_null(pack, span));
        }
        let own = columns.iter().map(|column| self.column(column.name.clone(), column.scalar_type)).collect();
        table.then(span, own, |input| RelationOperator::Project { input, expressions }).relation
    }

    /// `project-smart`: the columns that all tables have, then those that the predicate mentions.
    fn smart_columns(
        &self,
        inputs: &[Input],
        types: &IndexMap<String, Vec<ScalarType>>,
        mentioned: &HashSet<&str>,
        away: &[tree::Expr],
    ) -> Vec<Shown> {
        let is_common = |name: &str| {
            inputs.iter().all(|input| input.table.columns().iter().any(|column| column.name.as_str() == name))
        };
        let common = types.iter().filter(|(name, _)| is_common(name));
        let further = types.iter().filter(|(name, _)| !is_common(name) && mentioned.contains(name.as_str()));
        let mut shown = Vec::new();
        for (name, types) in common.chain(further) {
            if away.iter().any(|pattern| is_away(pattern, name)) {
                continue;
            }
            match types.as_slice() {
                [scalar_type] => shown.push(Shown {
                    name: name.clone(),
                    source_name: name.clone(),
                    scalar_type: *scalar_type,
                    converts: false,
                }),
                // The analyser does not tell the types apart.
                _ if self.purpose == Purpose::Check => shown.push(Shown {
                    name: name.clone(),
                    source_name: name.clone(),
                    scalar_type: ScalarType::Dynamic,
                    converts: true,
                }),
                several => shown.extend(several.iter().map(|scalar_type| Shown {
                    name: format!("{name}_{scalar_type}"),
                    source_name: name.clone(),
                    scalar_type: *scalar_type,
                    converts: false,
                })),
            }
        }
        shown
    }

    /// `project`: the columns of the list.
    fn listed_columns(
        &mut self,
        list: &'a [FindColumn],
        types: &IndexMap<String, Vec<ScalarType>>,
        inputs: &[Input],
        at: At,
    ) -> Vec<Shown> {
        let open = inputs.iter().any(|input| input.table.open);
        let mut shown = Vec::new();
        for column in list {
            let tree::ExprKind::Name(name) = &column.value.kind else { continue };
            let declared = column.column_type.as_ref().and_then(|type_name| self.scalar_type(type_name));
            let scalar_type = match (declared, types.get(&name.text).map(Vec::as_slice)) {
                (Some(declared), _) => declared,
                (None, Some([scalar_type])) => *scalar_type,
                (None, Some(several)) => {
                    if self.purpose == Purpose::Run {
                        let known: Vec<&str> = several.iter().map(|scalar_type| scalar_type.name()).collect();
                        let message = format!("the column `{}` is of several types: {}", name.text, known.join(", "));
                        let help = format!("say which one is meant: `{}: string`", name.text);
                        self.report(Diagnostic::error(codes::WRONG_TYPE, message, name.span).with_help(help));
                    }
                    ScalarType::Dynamic
                }
                (None, None) if open => ScalarType::Dynamic,
                (None, None) => {
                    let all: Vec<Column> = inputs.iter().flat_map(|input| input.table.columns()).cloned().collect();
                    let mut place = Place::constant(at.environment);
                    place.row.columns = &all;
                    self.unknown_name(&name.text, name.span, &place);
                    continue;
                }
            };
            shown.push(Shown {
                name: name.text.clone(),
                source_name: name.text.clone(),
                scalar_type,
                converts: declared.is_some() || self.purpose == Purpose::Check,
            });
        }
        shown
    }
}

/// The types under which each name stands in the tables, in the order in which they are met.
fn types_by_name(inputs: &[Input]) -> IndexMap<String, Vec<ScalarType>> {
    let mut types: IndexMap<String, Vec<ScalarType>> = IndexMap::new();
    for column in inputs.iter().flat_map(|input| input.table.columns()) {
        let known = types.entry(column.name.clone()).or_default();
        if !known.contains(&column.scalar_type) {
            known.push(column.scalar_type);
        }
    }
    types
}

/// Whether `project-away` leaves the column out.
fn is_away(pattern: &tree::Expr, name: &str) -> bool {
    match &pattern.kind {
        tree::ExprKind::Name(away) => away.text == name,
        tree::ExprKind::WildcardName(away) => matches_wildcard(&away.text, name),
        tree::ExprKind::Star => true,
        _ => false,
    }
}

/// Whether `project-away` leaves the bag out.
fn packs_away(away: &[tree::Expr]) -> bool {
    away.iter().any(|pattern| is_away(pattern, PACK))
}

/// The names that an expression mentions.
fn names_in(expression: &tree::Expr) -> HashSet<&str> {
    let mut names = HashSet::new();
    let mut waiting = vec![expression];
    while let Some(expression) = waiting.pop() {
        match &expression.kind {
            tree::ExprKind::Name(name) => {
                names.insert(name.text.as_str());
            }
            tree::ExprKind::Parenthesized(inner)
            | tree::ExprKind::Unary { operand: inner, .. }
            | tree::ExprKind::Named { value: inner, .. }
            | tree::ExprKind::Ordered { value: inner, .. } => waiting.push(inner),
            tree::ExprKind::Member { base, .. } => waiting.push(base),
            tree::ExprKind::Index { base, index } => waiting.extend([base.as_ref(), index]),
            tree::ExprKind::Binary { left, right, .. } => waiting.extend([left.as_ref(), right]),
            tree::ExprKind::Between { value, low, high, .. } => waiting.extend([value.as_ref(), low, high]),
            tree::ExprKind::Call { arguments, .. } => waiting.extend(arguments),
            tree::ExprKind::InSet { value, set, .. } => {
                waiting.push(value);
                waiting.extend(set);
            }
            _ => {}
        }
    }
    names
}
