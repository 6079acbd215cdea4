//! `graph-mark-components`: a number for each connected component.

use std::rc::Rc;

use kql_syntax::{Diagnostic, tree};
use kql_types::ScalarType;

use super::super::At;
use super::super::join::parameter_text;
use super::Graph;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::graph::GraphOperation;

/// The property that holds the number when the query names none.
const DEFAULT_NAME: &str = "ComponentId";

impl<'a> Binder<'a> {
    pub(super) fn graph_mark_components(
        &mut self,
        parameters: &'a [tree::Parameter],
        input: Table,
        graph: &Rc<Graph>,
        at: At,
    ) -> Table {
        let strong = match parameter_text(parameters, "kind") {
            None => false,
            Some((kind, span)) => match kind.as_str() {
                "weak" => false,
                "strong" => true,
                _ => {
                    let message = format!("`{kind}` is no kind of connected components");
                    let help = "it takes one of weak, strong";
                    self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
                    return input;
                }
            },
        };
        let (name, span) =
            parameter_text(parameters, "with_component_id").unwrap_or_else(|| (DEFAULT_NAME.to_owned(), at.keyword));
        if graph.nodes.iter().any(|column| column.name == name) {
            self.duplicate_column(&name, span);
            return input;
        }
        let output = self.column(name, ScalarType::Long);
        let operation = GraphOperation::Components { rows: graph.rows, strong, output: output.id, within: Vec::new() };
        let mut marked = Graph::clone(graph);
        marked.nodes.push(output.clone());
        let mut table = input.with_graph_columns(vec![output], operation, at.span);
        table.graph = Some(Rc::new(marked));
        table
    }
}
