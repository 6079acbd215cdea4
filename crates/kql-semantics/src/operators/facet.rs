//! `facet`: how often each value of some columns occurs, a result for each column.

use kql_syntax::operators::facet::Facet;
use kql_types::ScalarType;

use super::At;
use super::fork::Branch;
use crate::binder::{Binder, Table};
use crate::naming::Names;
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    /// First what `with` makes of the table, then the columns in turn.
    pub(super) fn facet(&mut self, node: &'a Facet, input: &Table, at: At) -> Vec<Branch> {
        let mut branches = Vec::with_capacity(node.by.len() + 1);
        if let Some(with) = &node.with {
            let input = self.refreshed(input);
            branches.push((None, self.sub_pipe(with, input, at)));
        }
        for by in &node.by {
            let input = self.refreshed(input);
            let Some((key, value)) = self.projected_one(by, &Place::over(&input, at.environment), &mut Names::new())
            else {
                continue;
            };
            let name = key.name.clone();
            let count = self.column(format!("count_{name}"), ScalarType::Long);
            let Some((aggregation, _)) = self.aggregation("count", Vec::new(), count.id, at.span) else { continue };
            let mut table = input.then(at.span, vec![key, count], |input| RelationOperator::Aggregate {
                input,
                by: vec![value],
                aggregations: vec![aggregation],
            });
            table.open = false;
            branches.push((Some(name), table));
        }
        branches
    }
}
