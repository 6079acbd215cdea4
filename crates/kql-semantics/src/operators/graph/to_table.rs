//! `graph-to-table`: the nodes or the edges of a graph, which are the matches of the smallest patterns.

use std::rc::Rc;

use kql_syntax::Diagnostic;
use kql_syntax::operators::graph::GraphOutput;

use super::super::At;
use super::super::join::parameter_text;
use super::{Graph, graph_operator};
use crate::binder::{Binder, Table, column_reference};
use crate::codes;
use crate::plan::graph::{Cycles, Direction, GraphMatch, GraphOperation, MatchOutput, PatternEdge, Search};
use crate::plan::{Column, Expr};

impl<'a> Binder<'a> {
    pub(super) fn graph_to_table(
        &mut self,
        outputs: &'a [GraphOutput],
        input: Table,
        graph: &Rc<Graph>,
        at: At,
    ) -> Table {
        if let [output] = outputs {
            return self.elements(output, input, graph, at);
        }
        for output in outputs {
            let Some(name) = &output.name else {
                let message = "each of several tables needs a name";
                let help = "as in `graph-to-table nodes as N, edges as E`";
                self.report(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, at.keyword).with_help(help));
                continue;
            };
            let mut source = input.clone();
            source.graph = Some(graph.clone());
            let copy = self.refreshed(&source);
            let Some(own) = copy.graph.clone() else { continue };
            let table = self.elements(output, copy, &own, at);
            self.outputs.push((name, Rc::new(table)));
        }
        self.no_table(at.span)
    }

    /// A row for each node, or for each edge.
    fn elements(&mut self, output: &'a GraphOutput, input: Table, graph: &Rc<Graph>, at: At) -> Table {
        let names: [(&str, usize); 2] = [("with_source_id", 0), ("with_target_id", 1)];
        let ids: Vec<(String, usize)> = match output.nodes {
            true => parameter_text(&output.parameters, "with_node_id").map(|(name, _)| (name, 0)).into_iter().collect(),
            false => {
                let of = |(parameter, node): (&str, usize)| {
                    parameter_text(&output.parameters, parameter).map(|(name, _)| (name, node))
                };
                names.into_iter().filter_map(of).collect()
            }
        };
        let wrong = output.parameters.iter().find(|parameter| {
            let name = parameter.name.text.as_str();
            if output.nodes { name != "with_node_id" } else { !names.iter().any(|(known, _)| *known == name) }
        });
        if let Some(parameter) = wrong {
            let message = format!("`{}` is no parameter of this output", parameter.name.text);
            self.error(codes::NOT_ALLOWED_HERE, message, parameter.name.span);
        }
        let properties = if output.nodes { &graph.nodes } else { &graph.edges };
        let mut columns: Vec<Column> = Vec::new();
        let mut found: Vec<MatchOutput> = Vec::new();
        let mut computed: Vec<(Column, Expr)> = Vec::new();
        if !ids.is_empty()
            && let Some(hash) = self.operator("hash", at.span, vec![column_reference(&graph.id, at.span)], at.span)
        {
            let column = self.column("$hash", hash.scalar_type);
            for (name, node) in ids {
                columns.push(self.column(name, hash.scalar_type));
                found.push(MatchOutput::Node { node, column: column.id });
            }
            computed.push((column, hash));
        }
        for property in properties {
            if columns.iter().any(|column| column.name == property.name) {
                self.duplicate_column(&property.name, at.keyword);
            }
            columns.push(self.column(property.name.clone(), property.scalar_type));
            found.push(match output.nodes {
                true => MatchOutput::Node { node: 0, column: property.id },
                false => MatchOutput::Edge { edge: 0, column: property.id },
            });
        }
        let edge = PatternEdge {
            left: 0,
            right: 1,
            direction: Direction::Out,
            length: None,
            candidates: None,
            inner_candidates: None,
        };
        let matches = GraphMatch {
            rows: graph.rows,
            nodes: vec![None; if output.nodes { 1 } else { 2 }],
            edges: if output.nodes { Vec::new() } else { vec![edge] },
            cycles: Cycles::All,
            search: Search::All,
            outputs: found,
        };
        let rows = self.graph_rows(input, computed, at);
        rows.then(at.span, columns, |input| graph_operator(input, GraphOperation::Match(matches)))
    }

    /// The rows of a graph, with computed columns.
    pub(super) fn graph_rows(&mut self, input: Table, computed: Vec<(Column, Expr)>, at: At) -> Table {
        if computed.is_empty() {
            return input;
        }
        let own = input.columns().iter().map(|column| (column.clone(), column_reference(column, at.span)));
        let all = own.chain(computed).collect();
        self.projection(input, all, at.span)
    }
}
