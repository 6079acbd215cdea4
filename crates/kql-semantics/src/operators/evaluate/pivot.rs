//! `evaluate pivot()`: a column for each value of a column (Kusto page: *pivot plugin*).
//!
//! Without a declared schema the values are asked of the data.

use kql_syntax::operators::evaluate::Evaluate;
use kql_syntax::{Span, tree};
use kql_types::{ScalarType, Value};

use super::super::At;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::constants;
use crate::naming::Names;
use crate::plan::{Column, Expr, Relation, RelationOperator};
use crate::scope::Place;

/// The aggregates that `pivot` takes, with those that also take a condition.
const AGGREGATES: &[(&str, &str)] = &[
    ("count", "countif"),
    ("min", "minif"),
    ("max", "maxif"),
    ("sum", "sumif"),
    ("avg", "avgif"),
    ("dcount", "dcountif"),
    ("stdev", "stdevif"),
    ("variance", "varianceif"),
    ("take_any", "take_anyif"),
    ("make_list", "make_list_if"),
    ("make_set", "make_set_if"),
    ("make_bag", "make_bag_if"),
];

impl<'a> Binder<'a> {
    pub(super) fn pivot(&mut self, node: &'a Evaluate, input: Table, at: At) -> Table {
        let span = at.span;
        let mut arguments = node.arguments.iter();
        let Some(first) = arguments.next() else {
            self.error(codes::ARGUMENT_COUNT, "pivot() takes a column", node.plugin.span);
            return input;
        };
        let Some(turned) = self.lookup_key(first, &input, at) else { return self.undecided(input, Vec::new(), span) };
        let mut aggregate = "countif";
        let mut values: Vec<Expr> = Vec::new();
        let mut by: Option<Vec<Column>> = None;
        for argument in arguments {
            if let tree::ExprKind::Call { function, arguments } = &argument.kind {
                match AGGREGATES.iter().find(|(name, _)| *name == function.text) {
                    Some((_, conditional)) => aggregate = conditional,
                    None => {
                        let message = format!("pivot() does not take the aggregate `{}`", function.text);
                        self.error(codes::ARGUMENT_TYPE, message, function.span);
                    }
                }
                let place = Place::over(&input, at.environment);
                values.extend(arguments.iter().filter_map(|argument| self.scalar(argument, &place)));
            } else {
                by.get_or_insert_default().extend(self.lookup_key(argument, &input, at));
            }
        }
        let used = |column: &Column| {
            let reads = |value: &Expr| matches!(value.kind, crate::plan::ExprKind::Column(id) if id == column.id);
            column.id == turned.id || values.iter().any(reads)
        };
        let mut by = by.unwrap_or_else(|| input.columns().iter().filter(|column| !used(column)).cloned().collect());
        let text = constants::convert(column_reference(&turned, span), ScalarType::String);
        let names: Vec<String> = match &node.schema {
            Some(schema) => {
                let declared = self.declared_schema(&schema.columns);
                by.retain(|column| declared.get(&column.name).is_some());
                let columns = self.columns_of(&declared);
                let others = columns.into_iter().filter(|column| by.iter().all(|key| key.name != column.name));
                others.map(|column| column.name).collect()
            }
            None if input.open => return self.undecided(input, by, span),
            None => {
                let question = self.values_of(&input, text.clone(), span);
                let Some(answer) = self.ask(question) else { return self.undecided(input, by, span) };
                let mut names: Vec<String> = answer
                    .iter()
                    .filter_map(|row| match row.as_slice() {
                        [Value::String(name)] => Some(name.clone()),
                        _ => None,
                    })
                    .collect();
                names.sort_unstable();
                names
            }
        };
        let mut taken = Names::new();
        for column in &by {
            taken.take(&column.name);
        }
        let mut columns = by.clone();
        let mut aggregations = Vec::new();
        for name in names {
            if !self.spend(2, span) {
                return self.no_table(span);
            }
            let value = literal(Value::String(name.clone()), span);
            let Some(is_value) = self.operator("==", span, vec![text.clone(), value], span) else { continue };
            let mut arguments = values.clone();
            arguments.push(is_value);
            let id = self.fresh_id();
            let Some((aggregation, scalar_type)) = self.aggregation(aggregate, arguments, id, span) else { continue };
            aggregations.push(aggregation);
            columns.push(Column { id, name: taken.unique(&name), scalar_type });
        }
        let keys: Vec<Expr> = by.iter().map(|column| column_reference(column, span)).collect();
        let mut table =
            input.then(span, columns, |input| RelationOperator::Aggregate { input, by: keys, aggregations });
        table.open = false;
        table
    }

    fn values_of(&mut self, input: &Table, value: Expr, span: Span) -> Relation {
        let column = self.column("value", ScalarType::String);
        let values = self.projection(input.clone(), vec![(column, value)], span);
        values.keeping(span, |input| RelationOperator::Distinct { input }).relation
    }
}
