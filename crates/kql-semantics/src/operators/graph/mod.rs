//! The graph operators. A graph is bound as a relation of rows for nodes and rows for edges; see [`crate::plan::graph`].

mod components;
mod conditions;
mod in_groups;
mod make_graph;
mod matching;
mod pattern;
mod to_table;
mod where_elements;

pub(crate) use pattern::{Along, Element, GraphPlace, Named};

use std::collections::HashMap;
use std::rc::Rc;

use kql_syntax::operators::graph::{Graph as Node, GraphKind};
use kql_syntax::{Diagnostic, OperatorKind, Span};

use super::At;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::graph::{GraphOperation, GraphOperator, GraphRows};
use crate::plan::{Column, ColumnId, RelationOperator};

/// What a relation that is a graph consists of.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub rows: GraphRows,
    /// The ids of the nodes.
    pub id: Column,
    /// The properties of the nodes.
    pub nodes: Vec<Column>,
    /// The properties of the edges.
    pub edges: Vec<Column>,
}

impl Graph {
    /// The same graph in a copy of its relation, in which columns have other ids.
    pub fn refreshed(&self, ids: &HashMap<ColumnId, ColumnId>) -> Graph {
        let of = |id: ColumnId| ids.get(&id).copied().unwrap_or(id);
        let column = |column: &Column| Column { id: of(column.id), ..column.clone() };
        let GraphRows { number, source, target } = self.rows;
        Graph {
            rows: GraphRows { number: of(number), source: of(source), target: of(target) },
            id: column(&self.id),
            nodes: self.nodes.iter().map(column).collect(),
            edges: self.edges.iter().map(column).collect(),
        }
    }
}

impl Table {
    /// The graph with an operation on top that adds columns to its rows.
    fn with_graph_columns(self, added: Vec<Column>, operation: GraphOperation, span: Span) -> Table {
        let graph = self.graph.clone();
        let columns = self.columns().iter().cloned().chain(added).collect();
        let mut table = self.then(span, columns, |input| graph_operator(input, operation));
        table.graph = graph;
        table
    }
}

fn graph_operator(input: Box<crate::plan::Relation>, operation: GraphOperation) -> RelationOperator {
    RelationOperator::Graph(Box::new(GraphOperator { input, operation }))
}

/// Whether an operator takes a graph.
pub(super) fn takes_graph(operator: &OperatorKind) -> bool {
    match operator {
        OperatorKind::Graph(node) => !matches!(node.kind, GraphKind::MakeGraph { .. }),
        OperatorKind::As(_) => true,
        _ => false,
    }
}

impl<'a> Binder<'a> {
    pub(super) fn graph(&mut self, node: &'a Node, input: Table, at: At) -> Table {
        if let GraphKind::MakeGraph { .. } = node.kind {
            return self.make_graph(node, input, at);
        }
        let Some(graph) = input.graph.clone() else {
            if !input.open {
                let message = "the operator needs a graph, and this is a table";
                let help = "`make-graph source --> target` makes a graph of a table of edges";
                self.refuse_to_run(Diagnostic::error(codes::GRAPH_EXPECTED, message, at.keyword).with_help(help));
            }
            return self.no_table(at.span);
        };
        match &node.kind {
            GraphKind::Match { parameters, patterns, predicate, project } => {
                self.graph_match(parameters, patterns, predicate.as_ref(), project, (input, &graph), at)
            }
            GraphKind::ShortestPaths { parameters, patterns, predicate, project } => {
                self.graph_shortest_paths(parameters, patterns, predicate.as_ref(), project, (input, &graph), at)
            }
            GraphKind::ToTable { outputs } => self.graph_to_table(outputs, input, &graph, at),
            GraphKind::MarkComponents { parameters } => self.graph_mark_components(parameters, input, &graph, at),
            GraphKind::WhereNodes { predicate } => self.graph_where_nodes(predicate, input, &graph, at),
            GraphKind::WhereEdges { predicate } => self.graph_where_edges(predicate, input, &graph, at),
            GraphKind::Merge { .. } | GraphKind::MakeGraph { .. } => {
                self.unsupported("`graph-merge`", at.keyword);
                self.no_table(at.span)
            }
        }
    }

    /// A table; a graph is reported, and gives an open table.
    pub(crate) fn no_graph(&mut self, table: Table, span: Span) -> Table {
        if table.graph.is_none() {
            return table;
        }
        let message = "a graph stands where a table must";
        let help = "`graph-match … project …` and `graph-to-table nodes` make a table of it";
        self.report(Diagnostic::error(codes::TABLE_EXPECTED, message, span).with_help(help));
        self.no_table(span)
    }

    /// As [`Binder::no_graph`], where the analyser takes a graph too.
    pub(crate) fn no_graph_to_run(&mut self, table: Table, span: Span) -> Table {
        if table.graph.is_none() {
            return table;
        }
        let message = "a graph is no table: an operator of graphs must follow it";
        let help = "`graph-match … project …` and `graph-to-table nodes` make a table of it";
        self.refuse_to_run(Diagnostic::error(codes::TABLE_EXPECTED, message, span).with_help(help));
        self.no_table(span)
    }

    /// The graph with the degrees of its nodes, and their columns: of edges that come in and of those that go out.
    fn with_degrees(&mut self, input: Table, graph: &Rc<Graph>, degrees: [Column; 2], span: Span) -> Table {
        let [incoming, outgoing] = &degrees;
        let operation = GraphOperation::Degrees { rows: graph.rows, incoming: incoming.id, outgoing: outgoing.id };
        input.with_graph_columns(degrees.to_vec(), operation, span)
    }
}
