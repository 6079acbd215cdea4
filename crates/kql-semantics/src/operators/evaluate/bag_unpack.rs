//! `evaluate bag_unpack()`: a column for each key of a column of bags (Kusto page: *bag_unpack plugin*).
//!
//! Without a declared schema the keys and their types are asked of the data.

use std::collections::BTreeMap;

use kql_syntax::operators::evaluate::Evaluate;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::dynamic::Dynamic;
use kql_types::{ScalarType, Value};

use super::super::At;
use super::super::columns::Computed;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::constants;
use crate::plan::{Column, Expansion, Expr, MvExpand, MvExpandKind, Relation, RelationOperator};
use crate::scope::Place;

/// What becomes of a key that is the name of a column.
#[derive(Clone, Copy, PartialEq)]
enum Conflict {
    Error,
    ReplaceSource,
    KeepSource,
}

/// The arguments behind the column.
struct Options {
    prefix: String,
    conflict: Conflict,
    ignored: Vec<String>,
}

impl<'a> Binder<'a> {
    pub(super) fn bag_unpack(&mut self, node: &'a Evaluate, input: Table, at: At) -> Table {
        let Some(first) = node.arguments.first() else {
            self.error(codes::ARGUMENT_COUNT, "bag_unpack() takes a column of bags", node.plugin.span);
            return input;
        };
        let bag = match &first.kind {
            tree::ExprKind::Name(name) => input.columns().iter().find(|column| column.name == name.text).cloned(),
            _ => None,
        };
        let options = self.bag_unpack_options(node, at);
        let Some(bag) = bag else {
            self.scalar(first, &Place::over(&input, at.environment));
            if !matches!(first.kind, tree::ExprKind::Name(_)) {
                self.error(codes::NOT_ALLOWED_HERE, "bag_unpack() takes the name of a column", first.span);
            }
            let columns = input.columns().to_vec();
            return self.undecided(input, columns, at.span);
        };
        if bag.scalar_type != ScalarType::Dynamic && !self.is_poisoned(bag.id) {
            let message = format!("bag_unpack() takes a dynamic column, not a {}", bag.scalar_type);
            self.refuse_to_run(Diagnostic::error(codes::WRONG_TYPE, message, first.span));
        }
        let others: Vec<Column> = input.columns().iter().filter(|column| column.id != bag.id).cloned().collect();
        let Some(options) = options else { return self.undecided(input, others, at.span) };
        if let Some(schema) = &node.schema {
            let declared = self.declared_schema(&schema.columns);
            let wanted = self.columns_of(&declared);
            let mut columns: Vec<Computed> = Vec::new();
            if schema.star.is_some() {
                let kept = others.iter().filter(|column| declared.get(&column.name).is_none());
                columns.extend(kept.map(|column| (column.clone(), column_reference(column, at.span))));
            }
            for column in wanted {
                let source = others.iter().find(|other| other.name == column.name);
                let value = match (source, column.name.strip_prefix(&options.prefix)) {
                    (Some(source), _) if options.conflict != Conflict::ReplaceSource => {
                        Some(constants::convert(column_reference(source, at.span), column.scalar_type))
                    }
                    (_, Some(key)) if !options.ignored.iter().any(|ignored| ignored == key) => {
                        self.slot(&bag, key, column.scalar_type, at.span)
                    }
                    _ => None,
                };
                let value = value.unwrap_or_else(|| literal(Value::null(column.scalar_type), at.span));
                columns.push((column, value));
            }
            let mut table = self.projection(input, columns, at.span);
            table.open = false;
            return table;
        }
        let question = if input.open { None } else { self.keys_of(&input, &bag, at.span) };
        let Some(answer) = question.and_then(|question| self.ask(question)) else {
            return self.undecided(input, others, at.span);
        };
        let mut slots: BTreeMap<&str, Option<ScalarType>> = BTreeMap::new();
        for row in answer {
            let [Value::String(key), Value::String(kind)] = row.as_slice() else { continue };
            let kind = slot_type(kind);
            let slot = slots.entry(key).or_insert(kind);
            *slot = match (*slot, kind) {
                (Some(one), Some(other)) if one != other => Some(ScalarType::Dynamic),
                (one, other) => one.or(other),
            };
        }
        slots.retain(|key, _| !options.ignored.iter().any(|ignored| ignored == key));
        let mut columns: Vec<Computed> =
            others.iter().map(|column| (column.clone(), column_reference(column, at.span))).collect();
        for (key, kind) in slots {
            let name = format!("{}{key}", options.prefix);
            let taken = columns.iter().position(|(column, _)| column.name == name);
            match (taken, options.conflict) {
                (Some(position), Conflict::KeepSource) => {
                    // The source column stands where the new one would.
                    let source = columns.remove(position);
                    columns.push(source);
                    continue;
                }
                (Some(_), Conflict::Error) => {
                    let message = format!("bag_unpack() makes a column `{name}`, which is there already");
                    let help = "`columnsConflict='keep_source'` or `'replace_source'` says which to keep";
                    self.report(Diagnostic::error(codes::DUPLICATE_COLUMN, message, at.span).with_help(help));
                    continue;
                }
                (Some(position), Conflict::ReplaceSource) => drop(columns.remove(position)),
                (None, _) => {}
            }
            let scalar_type = kind.unwrap_or(ScalarType::Dynamic);
            let Some(value) = self.slot(&bag, key, scalar_type, at.span) else { continue };
            columns.push((self.column(name, scalar_type), value));
        }
        self.projection(input, columns, at.span)
    }

    /// Arguments by place or by name; what is wrong with them is reported.
    fn bag_unpack_options(&mut self, node: &'a Evaluate, at: At) -> Option<Options> {
        let mut options = Options { prefix: String::new(), conflict: Conflict::Error, ignored: Vec::new() };
        for (position, argument) in node.arguments.iter().enumerate().skip(1) {
            let (name, value) = match &argument.kind {
                tree::ExprKind::Named { names, value, .. } => {
                    (names.first().map(|name| name.text.as_str()).unwrap_or_default(), value.as_ref())
                }
                _ => (["", "OutputColumnPrefix", "columnsConflict", "ignoredProperties"][position.min(3)], argument),
            };
            let bound = self.scalar(value, &Place::constant(at.environment))?;
            let constant = self.constant(&bound, "an argument of bag_unpack()")?;
            match (name, constant) {
                ("OutputColumnPrefix", Value::String(prefix)) => options.prefix = prefix,
                ("columnsConflict", Value::String(conflict)) => {
                    options.conflict = match conflict.as_str() {
                        "error" | "" => Conflict::Error,
                        "replace_source" => Conflict::ReplaceSource,
                        "keep_source" => Conflict::KeepSource,
                        other => {
                            let message = format!("unknown way to resolve conflicts `{other}`");
                            let help = "it takes error, replace_source or keep_source";
                            self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, value.span).with_help(help));
                            return None;
                        }
                    };
                }
                ("ignoredProperties", Value::Dynamic(names)) => {
                    let names = Dynamic::new(&names);
                    options.ignored = names.elements().map(|name| name.to_string_value().into_owned()).collect();
                }
                ("ignoredProperties", Value::Null(_)) => {}
                (name, _) => {
                    let message = match name {
                        "" => "bag_unpack() takes at most four arguments".to_owned(),
                        name => format!("`{name}` of bag_unpack() has the wrong type or is not known"),
                    };
                    self.error(codes::ARGUMENT_TYPE, message, argument.span);
                    return None;
                }
            }
        }
        Some(options)
    }

    /// The value of a key, in its type.
    fn slot(&mut self, bag: &Column, key: &str, scalar_type: ScalarType, span: Span) -> Option<Expr> {
        let key = literal(Value::String(key.to_owned()), span);
        let value = self.operator(kql_functions::INDEX, span, vec![column_reference(bag, span), key], span)?;
        Some(constants::convert(value, scalar_type))
    }

    /// The distinct pairs of a key and the type of its value.
    fn keys_of(&mut self, input: &Table, bag: &Column, span: Span) -> Option<Relation> {
        let is_bag = self.operator("gettype", span, vec![column_reference(bag, span)], span)?;
        let dictionary = literal(Value::String("dictionary".to_owned()), span);
        let predicate = self.operator("==", span, vec![is_bag, dictionary], span)?;
        let bags = input.clone().keeping(span, |input| RelationOperator::Filter { input, predicate });
        let pair = self.column("pair", ScalarType::Dynamic);
        let mut columns = bags.columns().to_vec();
        columns.push(pair.clone());
        let expansion =
            Expansion { source: column_reference(bag, span), output: pair.id, scalar_type: ScalarType::Dynamic };
        let pairs = bags.then(span, columns, |input| {
            let (kind, item_index, limit) = (MvExpandKind::Array, None, None);
            RelationOperator::MvExpand(MvExpand { input, expansions: vec![expansion], kind, item_index, limit })
        });
        let mut part = |position: i64| {
            let index = literal(Value::Long(position), span);
            self.operator(kql_functions::INDEX, span, vec![column_reference(&pair, span), index], span)
        };
        let (key, value) = (part(0)?, part(1)?);
        let kind = self.operator("gettype", span, vec![value], span)?;
        let key = constants::convert(key, ScalarType::String);
        let columns =
            vec![(self.column("key", ScalarType::String), key), (self.column("type", ScalarType::String), kind)];
        let keys = self.projection(pairs, columns, span);
        Some(keys.keeping(span, |input| RelationOperator::Distinct { input }).relation)
    }

    /// A table whose columns the data will tell.
    pub(super) fn undecided(&mut self, input: Table, columns: Vec<Column>, span: Span) -> Table {
        let depth = input.depth + 1;
        let inputs = vec![input.relation];
        let relation = Relation { operator: RelationOperator::Unsupported { inputs }, columns, span };
        Table { relation, open: true, depth, graph: None, name: None }
    }
}

/// The type of a column whose values are of the kind that `gettype` names; `None` for nulls.
fn slot_type(kind: &str) -> Option<ScalarType> {
    match kind {
        "null" => None,
        "double" => Some(ScalarType::Real),
        "array" | "dictionary" => Some(ScalarType::Dynamic),
        name => Some(ScalarType::from_name(name).unwrap_or(ScalarType::Dynamic)),
    }
}
