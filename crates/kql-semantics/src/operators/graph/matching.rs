//! `graph-match` and `graph-shortest-paths`: a pattern over the elements of a graph.
//!
//! The condition is taken apart: what it asks of one node or one edge is computed on the rows of the graph and says
//! which may stand there; the rest filters the matches.

use std::rc::Rc;

use kql_syntax::operators::graph::{EdgeLength, GraphDirection, GraphPatternPart};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::super::At;
use super::super::columns::Computed;
use super::super::join::parameter_text;
use super::conditions::{Asked, asked_of, columns_of, conjuncts, same_value};
use super::pattern::{Along, Clause, Element, GraphPlace, Named, Pattern, Request};
use super::{Graph, graph_operator};
use crate::binder::{Binder, Purpose, Table};
use crate::codes;
use crate::constants::Folded;
use crate::expressions::{is_of_graph, is_of_node};
use crate::naming::Names;
use crate::plan::graph::{Cycles, Direction, Gather, GraphMatch, GraphOperation, MatchOutput, PatternEdge, Search};
use crate::plan::{Column, ColumnId, Expr, ExprKind, RelationOperator};
use crate::scope::{Place, Row};

/// The most edges that may stand in the place of one edge of variable length.
const MAX_LENGTH: i64 = 10_000;

/// A pattern as written, with its clauses.
struct Written<'a> {
    patterns: &'a [Vec<GraphPatternPart>],
    predicate: Option<&'a tree::Expr>,
    project: &'a [tree::Expr],
}

/// The graph's columns that the matching reads.
#[derive(Default)]
struct Wanted {
    /// What must be computed on the rows of the graph.
    computed: Vec<Computed>,
    /// What the matches give.
    outputs: Vec<(Column, MatchOutput)>,
}

impl<'a> Binder<'a> {
    pub(super) fn graph_match(
        &mut self,
        parameters: &'a [tree::Parameter],
        patterns: &'a [Vec<GraphPatternPart>],
        predicate: Option<&'a tree::Expr>,
        project: &'a [tree::Expr],
        (input, graph): (Table, &Rc<Graph>),
        at: At,
    ) -> Table {
        let Some(cycles) = self.cycles(parameters) else { return self.no_table(at.span) };
        self.matches(Written { patterns, predicate, project }, cycles, Search::All, input, graph, at)
    }

    pub(super) fn graph_shortest_paths(
        &mut self,
        parameters: &'a [tree::Parameter],
        patterns: &'a [Vec<GraphPatternPart>],
        predicate: Option<&'a tree::Expr>,
        project: &'a [tree::Expr],
        (input, graph): (Table, &Rc<Graph>),
        at: At,
    ) -> Table {
        let Some(cycles) = self.cycles(parameters) else { return self.no_table(at.span) };
        let search = match parameter_text(parameters, "output") {
            None => Search::AnyShortest,
            Some((output, span)) => match output.as_str() {
                "any" => Search::AnyShortest,
                "all" => Search::AllShortest,
                _ => {
                    let message = format!("`{output}` is no output of graph-shortest-paths");
                    let help = "it takes one of any, all";
                    self.refuse_to_run(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
                    return self.no_table(at.span);
                }
            },
        };
        let edges = patterns.iter().flatten().filter_map(|part| match part {
            GraphPatternPart::Edge { length, .. } => Some(length.is_some()),
            GraphPatternPart::Node { .. } => None,
        });
        let wrong = if patterns.len() > 1 {
            Some("graph-shortest-paths takes one sequence, not several")
        } else if !edges.clone().any(|variable| variable) {
            Some("graph-shortest-paths needs an edge of variable length, as in `-[e*1..5]->`")
        } else {
            None
        };
        if let Some(message) = wrong {
            self.refuse_to_run(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, at.keyword));
        }
        self.matches(Written { patterns, predicate, project }, cycles, search, input, graph, at)
    }

    fn cycles(&mut self, parameters: &'a [tree::Parameter]) -> Option<Cycles> {
        let Some((cycles, span)) = parameter_text(parameters, "cycles") else { return Some(Cycles::UniqueEdges) };
        match cycles.as_str() {
            "all" => Some(Cycles::All),
            "none" => Some(Cycles::None),
            "unique_edges" => Some(Cycles::UniqueEdges),
            _ => {
                let message = format!("`{cycles}` says nothing about cycles");
                let help = "it takes one of all, none, unique_edges";
                self.refuse_to_run(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
                None
            }
        }
    }

    fn matches(
        &mut self,
        written: Written<'a>,
        cycles: Cycles,
        search: Search,
        input: Table,
        graph: &Rc<Graph>,
        at: At,
    ) -> Table {
        let mut pattern = Pattern::new(graph.clone(), self);
        let Some((nodes, mut edges)) = self.pattern(written.patterns, &mut pattern, at) else {
            return self.no_table(at.span);
        };
        let mut wanted = Wanted::default();
        let mut candidates: Vec<Vec<Expr>> = vec![Vec::new(); nodes];
        let mut on_edges: Vec<(Vec<Expr>, Vec<Expr>)> = vec![Default::default(); edges.len()];
        let mut rest: Vec<Expr> = Vec::new();
        if let Some(predicate) = written.predicate {
            let row = pattern.row(Clause::Where, predicate.span, self);
            let bound = self.predicate(predicate, &place(&pattern, &row, at));
            for condition in bound.into_iter().flat_map(conjuncts) {
                match asked_of(&condition, &pattern) {
                    Asked::Node(node, condition) => {
                        candidates.iter_mut().skip(node).take(1).for_each(|all| all.push(condition.clone()))
                    }
                    Asked::Edge(edge, condition) => {
                        on_edges.iter_mut().skip(edge).take(1).for_each(|all| all.0.push(condition.clone()))
                    }
                    Asked::Within(edge, condition) => {
                        on_edges.iter_mut().skip(edge).take(1).for_each(|all| all.1.push(condition.clone()))
                    }
                    Asked::Several => rest.push(condition),
                    Asked::Mixed => {
                        let message = "a property of an edge of variable length beside other elements";
                        self.unsupported(message, condition.span);
                    }
                }
            }
        }
        let row = pattern.row(Clause::Project, at.span, self);
        let projected = self.match_columns(written.project, &place(&pattern, &row, at));
        if written.project.is_empty() {
            let message = "graph-match needs a `project` that says what comes out";
            self.refuse_to_run(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, at.keyword));
            return self.no_table(at.span);
        }

        let mut node_columns = Vec::with_capacity(nodes);
        for conditions in candidates {
            node_columns.push(self.candidates(conditions, &mut wanted, at));
        }
        for (edge, (own, within)) in edges.iter_mut().zip(on_edges) {
            edge.candidates = self.candidates(own, &mut wanted, at);
            edge.inner_candidates = self.candidates(within, &mut wanted, at);
        }
        let values = projected.iter().map(|(_, value)| value);
        for id in values.chain(&rest).flat_map(columns_of) {
            self.want(id, &pattern, &mut wanted);
        }
        let direct = edges.len() == 1 && nodes == 2 && rest.is_empty();
        let ends = (search != Search::All && !direct).then(|| self.path_ends(nodes, graph, &mut wanted));

        let input = match pattern.used_degrees() {
            Some(degrees) => self.with_degrees(input, graph, degrees, at.span),
            None => input,
        };
        let input = self.graph_rows(input, wanted.computed, at);
        let (columns, outputs): (Vec<Column>, Vec<MatchOutput>) = wanted.outputs.into_iter().unzip();
        let matches = GraphMatch {
            rows: graph.rows,
            nodes: node_columns,
            edges,
            cycles,
            search: if direct { search } else { Search::All },
            outputs,
        };
        let mut table = input.then(at.span, columns, |input| graph_operator(input, GraphOperation::Match(matches)));
        for predicate in rest {
            table = table.keeping(at.span, |input| RelationOperator::Filter { input, predicate });
        }
        if let Some([source, target, length]) = ends {
            let all = search == Search::AllShortest;
            let operation = GraphOperation::KeepShortest { source, target, length, all };
            table = table.keeping(at.span, |input| graph_operator(input, operation));
        }
        self.projection(table, projected, at.span)
    }

    /// The nodes and edges of a pattern: how many nodes there are, and what is between them.
    fn pattern(
        &mut self,
        sequences: &'a [Vec<GraphPatternPart>],
        pattern: &mut Pattern,
        at: At,
    ) -> Option<(usize, Vec<PatternEdge>)> {
        let mut nodes = 0usize;
        let mut edges: Vec<PatternEdge> = Vec::new();
        let mut sound = true;
        for sequence in sequences {
            let mut left: Option<usize> = None;
            let mut open: Option<PatternEdge> = None;
            for part in sequence {
                match part {
                    GraphPatternPart::Node { name, .. } => {
                        let known = name.as_ref().and_then(|name| pattern.find(&name.text));
                        let node = match (name, known) {
                            (_, Some(Named::Node(node))) => node,
                            (Some(name), Some(Named::Edge { .. })) => {
                                self.name_taken(name);
                                sound = false;
                                nodes
                            }
                            (name, None) => {
                                nodes += 1;
                                if let Some(name) = name {
                                    pattern.name(&name.text, Named::Node(nodes - 1));
                                }
                                nodes - 1
                            }
                            (None, _) => nodes,
                        };
                        if let (Some(left), Some(mut edge)) = (left, open.take()) {
                            (edge.left, edge.right) = (left, node);
                            edges.push(edge);
                        }
                        left = Some(node);
                    }
                    GraphPatternPart::Edge { name, direction, length, span } => {
                        let length = match length {
                            Some(length) => {
                                let bounds = self.edge_length(length, *span, at);
                                sound &= bounds.is_some();
                                bounds
                            }
                            None => None,
                        };
                        if let Some(name) = name {
                            let (edge, variable) = (edges.len(), length.is_some());
                            if pattern.find(&name.text).is_some() {
                                self.name_taken(name);
                                sound = false;
                            }
                            pattern.name(&name.text, Named::Edge { edge, variable });
                        }
                        let direction = match direction {
                            GraphDirection::Right => Direction::Out,
                            GraphDirection::Left => Direction::In,
                            GraphDirection::Any => Direction::Any,
                        };
                        let (candidates, inner_candidates) = (None, None);
                        open = Some(PatternEdge { left: 0, right: 0, direction, length, candidates, inner_candidates });
                    }
                }
            }
        }
        if sound && !is_connected(nodes, &edges) {
            let message = "the sequences of the pattern are not connected";
            let help = "they share the name of a node, as in `(a)-->(b), (b)-->(c)`";
            self.refuse_to_run(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, at.keyword).with_help(help));
        }
        sound.then_some((nodes, edges))
    }

    fn name_taken(&mut self, name: &tree::Name) {
        let message = format!("`{}` names an element of the pattern already", name.text);
        self.refuse_to_run(Diagnostic::error(codes::DUPLICATE_VARIABLE, message, name.span));
    }

    /// The bounds of `*1..5`.
    fn edge_length(&mut self, (from, to): &'a EdgeLength, span: Span, at: At) -> Option<(u32, u32)> {
        let (Some(from), Some(to)) = (from, to) else {
            let message = "an edge of variable length needs both bounds, as in `*1..5`";
            self.error(codes::NOT_ALLOWED_HERE, message, span);
            return None;
        };
        let mut bound = |expression: &'a tree::Expr| {
            let value = self.scalar(expression, &Place::constant(at.environment))?;
            if !matches!(value.scalar_type, ScalarType::Int | ScalarType::Long) {
                let message = format!("the length of an edge is a long, not a {}", value.scalar_type);
                self.error(codes::WRONG_TYPE, message, expression.span);
                return None;
            }
            // A parameter of a function that is only being checked has no value yet.
            if self.folded(&value) == Folded::Unknown {
                return Some(1);
            }
            let number = match self.constant(&value, "the length of an edge")? {
                Value::Int(number) => i64::from(number),
                Value::Long(number) => number,
                _ => -1,
            };
            match u32::try_from(number) {
                Ok(number) if i64::from(number) <= MAX_LENGTH => Some(number),
                _ => {
                    let message = format!("the length of an edge must be within 0 and {MAX_LENGTH}");
                    self.error(codes::PARAMETER_VALUE, message, expression.span);
                    None
                }
            }
        };
        let bounds = (bound(from), bound(to));
        Some((bounds.0?, bounds.1?))
    }

    /// The columns of `project`. A function of a node names its column, other functions of graphs do not.
    fn match_columns(&mut self, expressions: &'a [tree::Expr], place: &Place<'_>) -> Vec<Computed> {
        let mut names = Names::new();
        let mut columns = Vec::new();
        for expression in expressions {
            match &expression.kind {
                tree::ExprKind::Call { function, .. } if is_of_graph(&function.text) => {
                    let value = self.scalar(expression, place);
                    let name = match is_of_node(&function.text) && self.purpose == Purpose::Run {
                        true => names.unique(&function.text),
                        false => self.unnamed(&mut names),
                    };
                    let column = self.column_for(name, &value);
                    columns.push((column, self.or_null(value, expression.span)));
                }
                _ => columns.extend(self.projected_one(expression, place, &mut names)),
            }
        }
        columns
    }

    /// A column of the graph's rows that holds whether all of the conditions are met.
    fn candidates(&mut self, conditions: Vec<Expr>, wanted: &mut Wanted, at: At) -> Option<ColumnId> {
        if conditions.is_empty() {
            return None;
        }
        let conditions = conditions.into_iter().map(|condition| (Some(condition), at.span)).collect();
        let condition = self.balanced("and", conditions, at.span)?;
        let column = self.column("$candidate", ScalarType::Bool);
        let id = column.id;
        wanted.computed.push((column, condition));
        Some(id)
    }

    /// Notes that the matches must give a column, if it is one of theirs.
    fn want(&mut self, id: ColumnId, pattern: &Pattern, wanted: &mut Wanted) {
        let Some((column, Request { element, value })) = pattern.request(id) else { return };
        if wanted.outputs.iter().any(|(known, _)| known.id == id) {
            return;
        }
        let source = match &value.kind {
            ExprKind::Column(id) => *id,
            _ => {
                let known = wanted.computed.iter().find(|(_, known)| same_value(known, &value));
                match known {
                    Some((column, _)) => column.id,
                    None => {
                        let computed = self.column("$computed", value.scalar_type);
                        let id = computed.id;
                        wanted.computed.push((computed, value));
                        id
                    }
                }
            }
        };
        let output = match element {
            Element::Node(node) => MatchOutput::Node { node, column: source },
            Element::Edge(edge) => MatchOutput::Edge { edge, column: source },
            Element::Path { edge, along, gather } => {
                MatchOutput::Path { edge, column: source, inner: along == Along::Nodes, gather }
            }
            // Taken out of the condition, or refused.
            Element::EachEdge(edge) => MatchOutput::Path { edge, column: source, inner: false, gather: Gather::Array },
        };
        wanted.outputs.push((column, output));
    }

    /// What tells which paths are between the same nodes, and how long they are.
    fn path_ends(&mut self, nodes: usize, graph: &Graph, wanted: &mut Wanted) -> [ColumnId; 3] {
        let last = nodes.saturating_sub(1);
        let number = graph.rows.number;
        [
            ("$first", MatchOutput::Node { node: 0, column: number }),
            ("$last", MatchOutput::Node { node: last, column: number }),
            ("$length", MatchOutput::Length),
        ]
        .map(|(name, output)| {
            let column = self.column(name, ScalarType::Long);
            let id = column.id;
            wanted.outputs.push((column, output));
            id
        })
    }
}

fn place<'r>(pattern: &'r Pattern, row: &'r [Column], at: At) -> Place<'r> {
    Place {
        environment: at.environment,
        row: Row { columns: row, open: false },
        aggregates: None,
        graph: Some(GraphPlace { pattern, along: None }),
    }
}

/// Whether each node can be reached from each other one.
fn is_connected(nodes: usize, edges: &[PatternEdge]) -> bool {
    let mut reached = vec![false; nodes];
    let mut waiting = vec![0];
    while let Some(node) = waiting.pop() {
        let Some(seen) = reached.get_mut(node) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        for edge in edges {
            if edge.left == node {
                waiting.push(edge.right);
            } else if edge.right == node {
                waiting.push(edge.left);
            }
        }
    }
    reached.iter().all(|reached| *reached)
}
