//! `graph-where-nodes` and `graph-where-edges`: the part of a graph that meets a condition.

use std::rc::Rc;

use kql_syntax::tree;

use super::super::At;
use super::Graph;
use super::make_graph::node_row;
use super::pattern::{Along, GraphPlace, Pattern};
use crate::binder::{Binder, Table, column_reference};
use crate::plan::{Column, RelationOperator};
use crate::scope::{Place, Row};

impl<'a> Binder<'a> {
    /// The nodes for which the predicate is true, and the edges between them.
    pub(super) fn graph_where_nodes(
        &mut self,
        predicate: &'a tree::Expr,
        input: Table,
        graph: &Rc<Graph>,
        at: At,
    ) -> Table {
        let pattern = Pattern::new(graph.clone(), self);
        let within = GraphPlace { pattern: &pattern, along: Some(Along::Nodes) };
        let place = Place { environment: at.environment, row: node_row(graph), aggregates: None, graph: Some(within) };
        let Some(predicate) = self.predicate(predicate, &place) else { return input };
        let input = match pattern.used_degrees() {
            Some(degrees) => self.with_degrees(input, graph, degrees, at.span),
            None => input,
        };
        self.kept_elements(input, graph, "isnotnull", predicate, at)
    }

    /// All nodes, and the edges for which the predicate is true.
    pub(super) fn graph_where_edges(
        &mut self,
        predicate: &'a tree::Expr,
        input: Table,
        graph: &Rc<Graph>,
        at: At,
    ) -> Table {
        let pattern = Pattern::new(graph.clone(), self);
        let within = GraphPlace { pattern: &pattern, along: Some(Along::Edges) };
        let row = Row { columns: &graph.edges, open: false };
        let place = Place { environment: at.environment, row, aggregates: None, graph: Some(within) };
        let Some(predicate) = self.predicate(predicate, &place) else { return input };
        self.kept_elements(input, graph, "isnull", predicate, at)
    }

    /// The rows of the other elements, which a null check of `source` tells, and those that meet the predicate.
    fn kept_elements(
        &mut self,
        input: Table,
        graph: &Rc<Graph>,
        others: &str,
        predicate: crate::plan::Expr,
        at: At,
    ) -> Table {
        let source = input.columns().iter().find(|column| column.id == graph.rows.source);
        let Some(source) = source.map(|column: &Column| column_reference(column, at.span)) else { return input };
        let other = self.operator(others, at.span, vec![source], at.span);
        let Some(predicate) = other.and_then(|other| self.operator("or", at.span, vec![other, predicate], at.span))
        else {
            return input;
        };
        let mut table = input.keeping(at.span, |input| RelationOperator::Filter { input, predicate });
        table.graph = Some(graph.clone());
        table
    }
}
