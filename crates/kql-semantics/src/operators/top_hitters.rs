//! `top-hitters`: the values that occur most often, or weigh most.
//!
//! Kusto approximates; here the counts are exact.

use kql_syntax::operators::top_hitters::TopHitters;
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table, column_reference};
use crate::naming::{Names, implicit_name};
use crate::plan::{RelationOperator, SortKey};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn top_hitters(&mut self, node: &'a TopHitters, input: Table, at: At) -> Table {
        let place = Place::over(&input, at.environment);
        let count = self.row_count(&node.count, at.environment);
        let mut names = Names::new();
        let value = self.projected_one(&node.of, &place, &mut names);
        let weight = node.by.as_ref().map(|by| (implicit_name(by).unwrap_or_default(), self.scalar(by, &place)));
        let Some((value, key)) = value else { return self.no_table(at.span) };
        let (name, aggregate, arguments) = match weight {
            Some((name, weight)) => (format!("approximate_sum_{name}"), "sum", vec![self.or_null(weight, at.span)]),
            None => (format!("approximate_count_{}", value.name), "count", Vec::new()),
        };
        let scalar_type = match arguments.first().map(|weight| weight.scalar_type) {
            Some(ScalarType::Int) | None => ScalarType::Long,
            Some(other) => other,
        };
        let result = self.column(name, scalar_type);
        let columns = vec![value, result.clone()];
        let (Some((aggregation, _)), Some(count)) = (self.aggregation(aggregate, arguments, result.id, at.span), count)
        else {
            return self.unsupported_table("top-hitters", vec![input], columns, at);
        };
        let mut table = input.then(at.span, columns, |input| RelationOperator::Aggregate {
            input,
            by: vec![key],
            aggregations: vec![aggregation],
        });
        table.open = false;
        let keys = vec![SortKey { value: column_reference(&result, at.span), ascending: false, nulls_first: false }];
        table.keeping(at.span, |input| RelationOperator::Top { input, keys, count })
    }
}
