//! Where a column comes from: from a plan's columns back to those of the tables that it reads.

use std::collections::HashMap;

use indexmap::IndexMap;
use kql_functions::{AS_DYNAMIC, INDEX, PATH};
use kql_semantics::{ColumnId, Expr, ExprKind, Relation, RelationOperator};
use kql_types::dynamic::{Path, Step};
use kql_types::{Schema, Value};

/// How many steps back are taken before a trace is given up.
const MOST_STEPS: usize = 64;

/// A column of a table, or a place in its `dynamic` value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub table: String,
    pub column: String,
    pub path: Vec<Step>,
    pub part: Option<Part>,
}

/// One of the parts into which `split` cuts a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    pub separator: String,
    pub index: i64,
}

/// Where within a column's value a trace goes.
#[derive(Clone, Debug, Default)]
struct Trail {
    path: Vec<Step>,
    part: Option<Part>,
}

impl Trail {
    /// The trail within a value that lies at this path of another one.
    fn within(&self, outer: Vec<Step>) -> Trail {
        Trail { path: outer.into_iter().chain(self.path.iter().cloned()).collect(), part: self.part.clone() }
    }
}

/// What the columns of a plan are made of.
pub(crate) struct Lineage<'p> {
    sources: HashMap<ColumnId, Vec<Source<'p>>>,
    tables: IndexMap<String, Schema>,
    relations: Vec<&'p Relation>,
}

enum Source<'p> {
    Table {
        table: &'p str,
        column: &'p str,
    },
    Column(ColumnId),
    Expression(&'p Expr),
    /// An element of an array or bag.
    Element(&'p Expr),
}

impl<'p> Lineage<'p> {
    pub(crate) fn of(relations: impl IntoIterator<Item = &'p Relation>) -> Lineage<'p> {
        let mut lineage = Lineage { sources: HashMap::new(), tables: IndexMap::new(), relations: Vec::new() };
        for relation in kql_semantics::plan::relations(relations) {
            lineage.relations.push(relation);
            lineage.add(relation);
        }
        lineage
    }

    /// The tables that the plan reads.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&str, &Schema)> {
        self.tables.iter().map(|(name, schema)| (name.as_str(), schema))
    }

    /// Every relation of the plan, those of sub-queries too.
    pub(crate) fn relations(&self) -> &[&'p Relation] {
        &self.relations
    }

    fn add(&mut self, relation: &'p Relation) {
        let ids = || relation.columns.iter().map(|column| column.id);
        match &relation.operator {
            RelationOperator::Table { name } => {
                let schema = relation.columns.iter().map(|column| (column.name.as_str(), column.scalar_type)).collect();
                self.tables.insert(name.clone(), schema);
                for column in &relation.columns {
                    self.put(column.id, Source::Table { table: name, column: &column.name });
                }
            }
            RelationOperator::ExternalData(data) => {
                let schema: Schema =
                    relation.columns.iter().map(|column| (column.name.as_str(), column.scalar_type)).collect();
                for uri in &data.uris {
                    self.tables.insert(uri.clone(), schema.clone());
                    for column in &relation.columns {
                        self.put(column.id, Source::Table { table: uri, column: &column.name });
                    }
                }
            }
            RelationOperator::Project { expressions, .. } => {
                ids().zip(expressions).for_each(|(id, value)| self.put(id, Source::Expression(value)));
            }
            RelationOperator::Union { inputs } => {
                for input in inputs {
                    ids().zip(&input.columns).for_each(|(id, column)| self.put(id, Source::Column(column.id)));
                }
            }
            RelationOperator::Materialized { shared, .. } => {
                ids().zip(&shared.columns).for_each(|(id, column)| self.put(id, Source::Column(column.id)));
            }
            RelationOperator::MvExpand(expand) => {
                expand.expansions.iter().for_each(|each| self.put(each.output, Source::Element(&each.source)));
            }
            RelationOperator::Aggregate { by, aggregations, .. } => {
                ids().zip(by).for_each(|(id, key)| self.put(id, Source::Expression(key)));
                for aggregation in aggregations {
                    for (id, argument) in aggregation.outputs.iter().zip(&aggregation.arguments) {
                        self.put(*id, Source::Expression(argument));
                    }
                }
            }
            _ => {}
        }
    }

    fn put(&mut self, id: ColumnId, source: Source<'p>) {
        if !matches!(source, Source::Column(same) if same == id)
            && !matches!(source, Source::Expression(Expr { kind: ExprKind::Column(same), .. }) if *same == id)
        {
            self.sources.entry(id).or_default().push(source);
        }
    }

    /// The places whose values an expression is made of. What `parse` cuts out of a text is up to its pattern, and
    /// has none.
    pub(crate) fn places(&self, expression: &'p Expr) -> Vec<Place> {
        let mut places = Vec::new();
        self.trace(expression, Trail::default(), MOST_STEPS, &mut places);
        places
    }

    fn trace(&self, expression: &'p Expr, trail: Trail, steps: usize, out: &mut Vec<Place>) {
        let Some(steps) = steps.checked_sub(1) else { return };
        match &expression.kind {
            ExprKind::Column(id) => self.trace_column(*id, trail, steps, out),
            ExprKind::Call { function, arguments } => match (function.function.name, arguments.as_slice()) {
                (PATH, [value, Expr { kind: ExprKind::Literal(Value::String(text)), .. }]) => {
                    let path = Path::parse(text).map(|path| path.steps().to_vec()).unwrap_or_default();
                    self.trace(value, trail.within(path), steps, out);
                }
                (INDEX, [value, key]) => {
                    let step = match &key.kind {
                        ExprKind::Literal(Value::String(name)) => Step::Member(name.clone()),
                        ExprKind::Literal(Value::Int(at)) => Step::Element(i64::from(*at)),
                        ExprKind::Literal(Value::Long(at)) => Step::Element(*at),
                        _ => Step::Element(0),
                    };
                    self.trace(value, trail.within(vec![step]), steps, out);
                }
                ("split", [text, Expr { kind: ExprKind::Literal(Value::String(separator)), .. }]) => {
                    let part = match trail.path.as_slice() {
                        [Step::Element(index)] => Some(Part { separator: separator.clone(), index: *index }),
                        _ => None,
                    };
                    self.trace(text, Trail { path: Vec::new(), part }, steps, out);
                }
                // Functions that keep the form of a dynamic value keep the path into it.
                ("parse_json" | "bag_merge" | "coalesce" | "iff" | "tostring" | AS_DYNAMIC, _) => {
                    arguments.iter().for_each(|argument| self.trace(argument, trail.clone(), steps, out));
                }
                _ => arguments.iter().for_each(|argument| self.trace(argument, Trail::default(), steps, out)),
            },
            ExprKind::InTable { value, .. } => self.trace(value, trail, steps, out),
            ExprKind::Literal(_) | ExprKind::ToScalar(_) => {}
        }
    }

    fn trace_column(&self, id: ColumnId, trail: Trail, steps: usize, out: &mut Vec<Place>) {
        let Some(steps) = steps.checked_sub(1) else { return };
        for source in self.sources.get(&id).into_iter().flatten() {
            match source {
                Source::Table { table, column } => {
                    let Trail { path, part } = trail.clone();
                    let place = Place { table: (*table).to_owned(), column: (*column).to_owned(), path, part };
                    if !out.contains(&place) {
                        out.push(place);
                    }
                }
                Source::Column(id) => self.trace_column(*id, trail.clone(), steps, out),
                Source::Expression(value) => self.trace(value, trail.clone(), steps, out),
                Source::Element(value) => {
                    self.trace(value, trail.within(vec![Step::Element(0)]), steps, out);
                }
            }
        }
    }

    /// As [`Lineage::places`], of a column.
    pub(crate) fn places_of_column(&self, id: ColumnId) -> Vec<Place> {
        let mut places = Vec::new();
        self.trace_column(id, Trail::default(), MOST_STEPS, &mut places);
        places
    }
}

impl Part {
    /// A text of which this part is another one.
    pub(crate) fn of_whole(&self, part: &str) -> String {
        const MOST: usize = 16;
        let before = usize::try_from(self.index).unwrap_or(1).min(MOST);
        let mut whole = format!("sample{}", self.separator).repeat(before);
        whole.push_str(part);
        whole
    }
}

impl Place {
    /// The name by which usual values of this place are made.
    pub(crate) fn pool(&self) -> String {
        // Behind every name of a column: whatever the part is compared with says better what it is.
        match &self.part {
            Some(Part { separator, index: 1 }) if separator == "@" => return "~domain".to_owned(),
            Some(_) => return format!("~{}", self.column),
            None => {}
        }
        let member = self.path.iter().rev().find_map(|step| match step {
            Step::Member(name) => Some(name),
            Step::Element(_) => None,
        });
        member.unwrap_or(&self.column).clone()
    }
}
