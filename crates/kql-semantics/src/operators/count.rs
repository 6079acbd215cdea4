//! `count`: one row with the number of rows.

use kql_functions::AggregateRef;
use kql_syntax::operators::count::Count;
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::{Aggregation, RelationOperator};

impl<'a> Binder<'a> {
    pub(super) fn count(&mut self, node: &'a Count, input: Table, at: At) -> Table {
        let name = node.name.as_ref().map_or("Count", |name| name.text.as_str());
        let column = self.column(name, ScalarType::Long);
        let count = kql_functions::aggregate("count").and_then(|(aggregate, _)| {
            let overload = aggregate.overloads.iter().find(|overload| overload.parameters.is_empty())?;
            Some(AggregateRef { aggregate, overload })
        });
        let Some(aggregate) = count else {
            return self.unsupported_table("count", vec![input], vec![column], at);
        };
        let aggregations = vec![Aggregation { aggregate, arguments: Vec::new(), outputs: vec![column.id] }];
        let mut table = input.then(at.span, vec![column], |input| RelationOperator::Aggregate {
            input,
            by: Vec::new(),
            aggregations,
        });
        table.open = false;
        table
    }
}
