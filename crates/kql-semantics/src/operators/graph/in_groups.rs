//! The operators of graphs in a sub-query over groups of rows: a graph for each group, all of them in one.

use kql_syntax::Span;

use super::super::by_group::{Grouped, Groups};
use super::graph_operator;
use crate::binder::Binder;
use crate::plan::graph::{GraphOperation, GraphOperator, MatchOutput};
use crate::plan::{Column, Relation};

impl Binder<'_> {
    /// An operator on the graphs of all groups, which share no node.
    pub(in crate::operators) fn graph_in_groups(
        &mut self,
        graph: GraphOperator,
        columns: Vec<Column>,
        groups: &Groups,
        span: Span,
    ) -> Result<Grouped, Span> {
        let GraphOperator { input, mut operation } = graph;
        let own = input.columns.len();
        let Grouped { relation, carried } = self.grouped_by(*input, groups)?;
        let ids = || carried.iter().map(|column| column.id);
        let columns = match &mut operation {
            GraphOperation::Make(make) => {
                make.within.extend(ids());
                let consumed = [make.is_edge, make.source, make.target];
                let made = [make.rows.number, make.rows.source, make.rows.target, make.id];
                let passed = relation.columns.iter().filter(|column| !consumed.contains(&column.id)).cloned();
                passed.chain(columns.into_iter().filter(|column| made.contains(&column.id))).collect()
            }
            GraphOperation::Components { within, .. } => {
                within.extend(ids());
                relation.columns.iter().cloned().chain(columns.into_iter().skip(own)).collect()
            }
            GraphOperation::Degrees { .. } => {
                relation.columns.iter().cloned().chain(columns.into_iter().skip(own)).collect()
            }
            GraphOperation::Match(matches) => {
                matches.outputs.extend(ids().map(|column| MatchOutput::Node { node: 0, column }));
                columns.into_iter().chain(carried.iter().cloned()).collect()
            }
            // The nodes of different groups are different nodes.
            GraphOperation::KeepShortest { .. } => relation.columns.clone(),
        };
        let operator = graph_operator(Box::new(relation), operation);
        Ok(Grouped { relation: Relation { operator, columns, span }, carried })
    }
}
