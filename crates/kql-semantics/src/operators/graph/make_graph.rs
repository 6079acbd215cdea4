//! `make-graph`: edges, and tables of nodes, as one graph.

use std::rc::Rc;

use kql_syntax::operators::graph::{Graph as Node, GraphKind, GraphNodes};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::super::At;
use super::super::by_group::Groups;
use super::{Graph, graph_operator};
use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::constants::convert;
use crate::plan::graph::{GraphOperation, GraphRows, MakeGraph};
use crate::plan::{Column, Expr, RelationOperator};
use crate::scope::{Place, Row};

/// Rows of edges or of nodes on their way into a graph.
struct Part {
    table: Table,
    is_edge: bool,
    /// The ids of an edge's nodes; of a node its own, twice.
    source: Expr,
    target: Expr,
    partition: Option<Column>,
}

impl<'a> Binder<'a> {
    pub(super) fn make_graph(&mut self, node: &'a Node, input: Table, at: At) -> Table {
        let GraphKind::MakeGraph { source, target, undirected, nodes, node_id, partitioned_by, .. } = &node.kind else {
            return input;
        };
        if *undirected {
            self.unsupported("a graph of edges without direction", at.keyword);
        }
        if let (Some(name), false) = (node_id, nodes.is_empty()) {
            let message = "`with_node_id` goes without tables of nodes, which have ids of their own";
            self.error(codes::NOT_ALLOWED_HERE, message, name.span);
        }
        let key = partitioned_by.as_ref().map(|(name, _)| name);
        let edges = self.graph_edges(input, source, target, key, at);
        let tables: Vec<Option<Part>> = nodes.iter().map(|nodes| self.graph_nodes(nodes, key, at)).collect();
        let parts: Option<Vec<Part>> = std::iter::once(edges).chain(tables).collect();
        let Some((graph, partition)) = parts.and_then(|parts| self.graph_of(parts, nodes, node_id.as_ref(), at)) else {
            return self.no_table(at.span);
        };
        match (partitioned_by, partition) {
            (Some((_, body)), Some(partition)) => self.for_each_part(body, graph, &partition, at),
            _ => graph,
        }
    }

    fn graph_edges(
        &mut self,
        table: Table,
        source: &'a tree::Name,
        target: &'a tree::Name,
        key: Option<&'a tree::Name>,
        at: At,
    ) -> Option<Part> {
        let ends = [source, target].map(|name| self.graph_id(name, &table, at));
        let partition = key.map(|name| self.graph_partition(name, &table, name.span, at));
        let partition = match partition {
            Some(found) => Some(found?),
            None => None,
        };
        let [source, target] = ends;
        Some(Part { table, is_edge: true, source: source?, target: target?, partition })
    }

    fn graph_nodes(&mut self, nodes: &'a GraphNodes, key: Option<&'a tree::Name>, at: At) -> Option<Part> {
        let table = self.table(&nodes.table, at.environment);
        let id = self.graph_id(&nodes.key, &table, at);
        let partition = match key {
            Some(name) => Some(self.graph_partition(name, &table, nodes.table.span, at)?),
            None => None,
        };
        let id = id?;
        Some(Part { table, is_edge: false, source: id.clone(), target: id, partition })
    }

    /// A column that holds ids of nodes.
    fn graph_id(&mut self, name: &'a tree::Name, table: &Table, at: At) -> Option<Expr> {
        let place = Place::over(table, at.environment);
        let Some(column) = place.row.find(&name.text) else {
            match table.open {
                true => self.discover(&name.text, name.span),
                false => self.unknown_name(&name.text, name.span, &place),
            }
            return None;
        };
        if self.is_poisoned(column.id) {
            return None;
        }
        if column.scalar_type == ScalarType::Dynamic {
            let message = format!("`{}` holds the ids of nodes, which cannot be dynamic", name.text);
            let help = "convert it first, as in `extend id = tostring(id)`";
            self.report(Diagnostic::error(codes::WRONG_TYPE, message, name.span).with_help(help));
            return None;
        }
        Some(column_reference(column, name.span))
    }

    fn graph_partition(&mut self, name: &'a tree::Name, table: &Table, span: Span, at: At) -> Option<Column> {
        let place = Place::over(table, at.environment);
        let found = place.row.find(&name.text).cloned();
        if found.is_none() && !table.open {
            let message = format!("the graph is partitioned by `{}`, which is no column here", name.text);
            self.error(codes::MISSING_COLUMNS, message, span);
        }
        found
    }

    /// The graph of the parts, of which the first are the edges, and the column that it is partitioned by.
    fn graph_of(
        &mut self,
        mut parts: Vec<Part>,
        nodes: &'a [GraphNodes],
        node_id: Option<&'a tree::Name>,
        at: At,
    ) -> Option<(Table, Option<Column>)> {
        let span = at.span;
        let id_type = self.common_id_type(&parts, span)?;
        for part in &mut parts {
            let [source, target] = [&part.source, &part.target].map(|id| convert(id.clone(), id_type));
            (part.source, part.target) = (source, target);
        }
        let partition_type = parts.first().and_then(|edges| edges.partition.as_ref()).map(|column| column.scalar_type);
        for part in &parts {
            if let (Some(column), Some(due)) = (&part.partition, partition_type)
                && column.scalar_type != due
            {
                let (name, found) = (&column.name, column.scalar_type);
                let message = format!("the graph is partitioned by `{name}`, which is {due} here and {found} there");
                self.error(codes::WRONG_TYPE, message, part.table.relation.span);
                return None;
            }
        }

        let node_properties = merged_properties(parts.iter().skip(1));
        let edge_properties: Vec<Column> = parts.first().map(|edges| edges.table.columns().to_vec())?;
        let fresh = |binder: &mut Self, column: &Column| binder.column(column.name.clone(), column.scalar_type);
        let is_edge = self.column("$is_edge", ScalarType::Bool);
        let [from, to] = ["$from", "$to"].map(|name| self.column(name, id_type));
        let partition = partition_type.map(|scalar_type| self.column("$partition", scalar_type));
        let node_columns: Vec<Column> = node_properties.iter().map(|column| fresh(self, column)).collect();
        let edge_columns: Vec<Column> = edge_properties.iter().map(|column| fresh(self, column)).collect();

        let mut columns = vec![is_edge.clone(), from.clone(), to.clone()];
        columns.extend(partition.clone());
        columns.extend(node_columns.iter().chain(&edge_columns).cloned());
        let depth = 1 + parts.iter().map(|part| part.table.depth).max().unwrap_or(0);
        let inputs = parts.into_iter().map(|part| {
            let mut values = vec![literal(Value::Bool(part.is_edge), span), part.source, part.target];
            values.extend(part.partition.map(|column| column_reference(&column, span)));
            let own = part.table.columns().to_vec();
            let find = |wanted: &Column, here: bool| {
                let found = own.iter().find(|column| here && column.name == wanted.name);
                let absent = || literal(Value::null(wanted.scalar_type), span);
                found.map_or_else(absent, |column| convert(column_reference(column, span), wanted.scalar_type))
            };
            values.extend(node_columns.iter().map(|column| find(column, !part.is_edge)));
            values.extend(edge_columns.iter().map(|column| find(column, part.is_edge)));
            let computed = columns.iter().zip(values).map(|(column, value)| (fresh(self, column), value)).collect();
            self.projection(part.table, computed, span).relation
        });
        let inputs = inputs.collect();
        let mut rows = Table::leaf(RelationOperator::Union { inputs }, columns.clone(), span);
        rows.depth = depth;

        let [number, source, target] =
            ["$number", "$source", "$target"].map(|name| self.column(name, ScalarType::Long));
        let id = self.column("$id", id_type);
        let keys = node_columns.iter().filter(|column| nodes.iter().any(|nodes| nodes.key.text == column.name));
        let make = MakeGraph {
            is_edge: is_edge.id,
            source: from.id,
            target: to.id,
            within: partition.iter().map(|column| column.id).collect(),
            keys: keys.map(|column| column.id).collect(),
            rows: GraphRows { number: number.id, source: source.id, target: target.id },
            id: id.id,
        };
        let mut nodes = node_columns;
        nodes.extend(node_id.map(|name| Column { name: name.text.clone(), ..id.clone() }));
        let graph = Graph { rows: make.rows, id: id.clone(), nodes, edges: edge_columns };
        let made = columns.into_iter().skip(3).chain([number, source, target, id]).collect();
        let mut table = rows.then(span, made, |input| graph_operator(input, GraphOperation::Make(make)));
        table.graph = Some(Rc::new(graph));
        Some((table, partition))
    }

    /// The one type of all ids. An `int` may meet a `long`.
    fn common_id_type(&mut self, parts: &[Part], span: Span) -> Option<ScalarType> {
        let ids: Vec<&Expr> = parts.iter().flat_map(|part| [&part.source, &part.target]).collect();
        let first = ids.first()?;
        let mut common = first.scalar_type;
        for id in &ids {
            common = match (common, id.scalar_type) {
                (one, other) if one == other => one,
                (ScalarType::Int | ScalarType::Long, ScalarType::Int | ScalarType::Long) => ScalarType::Long,
                (one, other) => {
                    let message = format!("the ids of nodes are of different types: {one} and {other}");
                    let help = "convert one of them first, as in `extend id = tostring(id)`";
                    let place = if id.span == first.span { span } else { id.span };
                    self.refuse_to_run(Diagnostic::error(codes::WRONG_TYPE, message, place).with_help(help));
                    return None;
                }
            };
        }
        Some(common)
    }

    /// The operators of `partitioned-by` over each part of a graph.
    fn for_each_part(&mut self, body: &'a tree::Expr, graph: Table, partition: &Column, at: At) -> Table {
        let mut stand_in = self.stand_in_of(&graph, at.span);
        stand_in.graph = graph.graph.clone();
        let body = self.sub_pipe(body, stand_in, at);
        let body = self.no_graph_to_run(body, at.span);
        let mut key = self.column("", partition.scalar_type);
        key.name = format!("$partition{}", key.id.0);
        let own = graph.columns().iter().map(|column| (column.clone(), column_reference(column, at.span)));
        let computed = own.chain([(key, column_reference(partition, at.span))]).collect();
        let source = self.projection(graph, computed, at.span);
        let groups = Groups { source, carried: 1, is_numbered: false, outer_key: None };
        let (columns, open, depth) = (body.columns().to_vec(), body.open, body.depth);
        match self.over_groups(body.relation, groups) {
            Ok((relation, _)) => {
                self.selection(Table { relation, open, depth: depth + 3, graph: None, name: None }, columns, at.span)
            }
            Err(place) => {
                self.unsupported("this operator within `partitioned-by`", place);
                let mut table = self.no_table(at.span);
                table.relation.columns = columns;
                table
            }
        }
    }
}

/// The properties of all tables of nodes; one that has different types is dynamic.
fn merged_properties<'p>(parts: impl Iterator<Item = &'p Part>) -> Vec<Column> {
    let mut merged: Vec<Column> = Vec::new();
    for column in parts.flat_map(|part| part.table.columns()) {
        match merged.iter_mut().find(|other| other.name == column.name) {
            Some(other) if other.scalar_type != column.scalar_type => other.scalar_type = ScalarType::Dynamic,
            Some(_) => {}
            None => merged.push(column.clone()),
        }
    }
    merged
}

/// The columns of a graph's nodes as a row.
pub(super) fn node_row(graph: &Graph) -> Row<'_> {
    Row { columns: &graph.nodes, open: false }
}
