//! The functions of graphs, in the expressions of `graph-match` and its like: `all`, `any`, `map`, `inner_nodes`,
//! `labels`, `node_id`, `node_degree_in` and `node_degree_out`.

use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::calls::given_value;
use crate::binder::{Binder, column_reference, literal};
use crate::codes;
use crate::constants::convert;
use crate::operators::{Along, Element, GraphPlace, Named};
use crate::plan::graph::Gather;
use crate::plan::{Column, Expr};
use crate::scope::{Place, Row};

/// The functions that tell something of one node.
const OF_NODE: [&str; 3] = ["node_id", "node_degree_in", "node_degree_out"];

/// Whether a function tells something of one node.
pub(crate) fn is_of_node(function: &str) -> bool {
    OF_NODE.contains(&function)
}

/// Whether a function is one of graphs.
pub(crate) fn is_of_graph(function: &str) -> bool {
    is_of_node(function) || matches!(function, "all" | "any" | "map" | "inner_nodes" | "labels")
}

impl<'a> Binder<'a> {
    /// A call of a function of graphs; `None` when it is none.
    pub(super) fn graph_call(
        &mut self,
        name: &'a tree::Name,
        arguments: &'a [tree::Expr],
        span: Span,
        graph: GraphPlace<'_>,
        place: &Place<'_>,
    ) -> Option<Option<Expr>> {
        Some(match name.text.as_str() {
            "all" => self.along(Gather::All, name, arguments, span, graph, place),
            "any" => self.along(Gather::Any, name, arguments, span, graph, place),
            "map" => self.along(Gather::Array, name, arguments, span, graph, place),
            "inner_nodes" => {
                let message = "inner_nodes() can only stand in all(), any() and map()";
                let help = "as in `map(inner_nodes(e), n)`";
                self.report(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, span).with_help(help));
                None
            }
            "labels" => self.labels(name, arguments, span, graph),
            function if is_of_node(function) => self.of_node(name, arguments, span, graph),
            _ => return None,
        })
    }

    /// `map(e, x)`, `all(inner_nodes(e), condition)`: an expression computed along an edge.
    fn along(
        &mut self,
        gather: Gather,
        name: &'a tree::Name,
        arguments: &'a [tree::Expr],
        span: Span,
        graph: GraphPlace<'_>,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let [path, value] = arguments else {
            let message = format!("{}() takes an edge and an expression, not {} arguments", name.text, arguments.len());
            self.error(codes::ARGUMENT_COUNT, message, span);
            return None;
        };
        let (edge, along) = match &path.kind {
            tree::ExprKind::Call { function, arguments } if function.text == "inner_nodes" => {
                (arguments.first().filter(|_| arguments.len() == 1), Along::Nodes)
            }
            _ => (Some(path), Along::Edges),
        };
        let named = edge.and_then(|edge| match &edge.kind {
            tree::ExprKind::Name(name) if graph.along.is_none() => graph.pattern.find(&name.text),
            _ => None,
        });
        let Some(Named::Edge { edge, .. }) = named else {
            let message = format!("the first argument of {}() must be an edge of the pattern", name.text);
            let help = "or `inner_nodes(…)` of one, for the nodes within it";
            self.report(Diagnostic::error(codes::ARGUMENT_TYPE, message, path.span).with_help(help));
            return None;
        };
        let columns = match along {
            Along::Edges => &graph.pattern.graph.edges,
            Along::Nodes => &graph.pattern.graph.nodes,
        };
        let inner = Place {
            environment: place.environment,
            row: Row { columns, open: false },
            aggregates: None,
            graph: Some(GraphPlace { along: Some(along), ..graph }),
        };
        let value = match gather {
            Gather::Array => self.scalar(value, &inner)?,
            Gather::All | Gather::Any => self.predicate(value, &inner)?,
        };
        Some(graph.pattern.ask(Element::Path { edge, along, gather }, value, span, self))
    }

    /// `labels(n)`: a graph that is made of tables has none.
    fn labels(
        &mut self,
        name: &'a tree::Name,
        arguments: &'a [tree::Expr],
        span: Span,
        graph: GraphPlace<'_>,
    ) -> Option<Expr> {
        let known = match (arguments, graph.along) {
            ([], Some(_)) => true,
            ([tree::Expr { kind: tree::ExprKind::Name(element), .. }], None) => {
                graph.pattern.find(&element.text).is_some()
            }
            _ => false,
        };
        if !known {
            self.no_element(name, "a node or an edge of the pattern", span);
            return None;
        }
        Some(literal(Value::Dynamic("[]".to_owned()), span))
    }

    /// `node_id(n)` and the degrees; along inner nodes they take no argument.
    fn of_node(
        &mut self,
        name: &'a tree::Name,
        arguments: &'a [tree::Expr],
        span: Span,
        graph: GraphPlace<'_>,
    ) -> Option<Expr> {
        let node = match (arguments, graph.along) {
            ([], Some(Along::Nodes)) => None,
            ([tree::Expr { kind: tree::ExprKind::Name(element), .. }], None) => {
                match graph.pattern.find(&element.text) {
                    Some(Named::Node(node)) => Some(node),
                    _ => return self.no_element(name, "a node of the pattern", span),
                }
            }
            _ => return self.no_element(name, "a node of the pattern", span),
        };
        let value = match name.text.as_str() {
            "node_id" => convert(column_reference(&graph.pattern.graph.id, span), ScalarType::String),
            "node_degree_in" => column_reference(graph.pattern.degree(true), span),
            _ => column_reference(graph.pattern.degree(false), span),
        };
        Some(match node {
            Some(node) => graph.pattern.ask(Element::Node(node), value, span, self),
            None => value,
        })
    }

    fn no_element(&mut self, function: &tree::Name, what: &str, span: Span) -> Option<Expr> {
        let message = format!("{}() takes {what}", function.text);
        let help = "within all(), any() and map() it takes no argument";
        self.report(Diagnostic::error(codes::ARGUMENT_TYPE, message, span).with_help(help));
        None
    }

    /// A bag of columns, each under its name.
    pub(crate) fn bag_of(&mut self, columns: &[Column], span: Span) -> Option<Expr> {
        if columns.is_empty() {
            return Some(literal(Value::Dynamic("{}".to_owned()), span));
        }
        let mut given = Vec::with_capacity(columns.len() * 2);
        for column in columns {
            given.push(given_value(literal(Value::String(column.name.clone()), span)));
            given.push(given_value(column_reference(column, span)));
        }
        let (function, _) = kql_functions::function("bag_pack")?;
        self.scalar_call(function, span, given, span)
    }
}
