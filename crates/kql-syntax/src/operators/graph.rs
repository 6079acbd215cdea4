//! `graph`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt, value};
use nom::multi::many0;
use nom::sequence::{pair, preceded, separated_pair};

use crate::Span;
use crate::lexer::TokenKind;
use crate::parser::basic::{any_name, bracketed, clause, comma_list, keyword, list_or_nothing, name, token};
use crate::parser::expression::{expression, named_expression, path};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::parser::pipe::parenthesized_pipe;
use crate::tree::{Expr, Name, Parameter};

/// The graph operators: `make-graph`, `graph-match`, `graph-shortest-paths`, `graph-to-table`, `graph-mark-components`, `graph-where-nodes`, `graph-where-edges`, `graph-merge`.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    pub kind: GraphKind,
}

/// Which graph operator it is.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphKind {
    /// `make-graph SOURCE --> TARGET with NODES on id, EDGES_NODES on id` or `with_node_id=NAME`, `partitioned-by`.
    MakeGraph {
        parameters: Vec<Parameter>,
        source: Name,
        target: Name,
        undirected: bool,
        nodes: Vec<GraphNodes>,
        node_id: Option<Name>,
        partitioned_by: Option<(Name, Box<Expr>)>,
    },
    /// `graph-match cycles=… PATTERN, … where PREDICATE project a = x, …`.
    Match { parameters: Vec<Parameter>, patterns: Vec<Vec<GraphPatternPart>>, predicate: Option<Expr>, project: Vec<Expr> },
    /// `graph-shortest-paths output=… PATTERN, … where PREDICATE project a = x, …`.
    ShortestPaths { parameters: Vec<Parameter>, patterns: Vec<Vec<GraphPatternPart>>, predicate: Option<Expr>, project: Vec<Expr> },
    /// `graph-to-table nodes as N with_node_id=I, edges as E with_source_id=S with_target_id=T`.
    ToTable { outputs: Vec<GraphOutput> },
    /// `graph-mark-components kind=… with_component_id=NAME`.
    MarkComponents { parameters: Vec<Parameter> },
    /// `graph-where-nodes PREDICATE`.
    WhereNodes { predicate: Expr },
    /// `graph-where-edges PREDICATE`.
    WhereEdges { predicate: Expr },
    /// `graph-merge (graph) on conditions`.
    Merge { parameters: Vec<Parameter>, right: Box<Expr>, on: Vec<Expr> },
}

/// `TABLE on KEY` of `make-graph`.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNodes {
    pub table: Expr,
    pub key: Name,
}

/// A node `(n)` or an edge `-[e*1..3]->` of a graph pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphPatternPart {
    Node { name: Option<Name>, span: Span },
    Edge { name: Option<Name>, direction: GraphDirection, length: Option<Box<EdgeLength>>, span: Span },
}

/// The bounds of `*1..3`.
pub type EdgeLength = (Option<Expr>, Option<Expr>);

/// Which way an edge of a pattern points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphDirection {
    Right,
    Left,
    Any,
}

/// `nodes as N …` or `edges as E …` of `graph-to-table`.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphOutput {
    pub nodes: bool,
    pub name: Option<Name>,
    pub parameters: Vec<Parameter>,
}

pub(crate) const KEYWORDS: &[&str] = &["make-graph", "graph-match", "graph-shortest-paths", "graph-to-table", "graph-mark-components", "graph-where-nodes", "graph-where-edges", "graph-merge"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "make-graph",
        summary: "Makes a graph of a table of edges, and of tables of nodes.",
        syntax: &["Edges | make-graph From --> To with Nodes on Key", "Edges | make-graph From --> To [with_node_id=Name]"],
        notes: "",
        page: "make-graph-operator",
        examples: &[r#"let Nodes = datatable(Name: string) ["a", "b", "c"]; let Edges = datatable(From: string, To: string) ["a", "b", "b", "c"]; Edges | make-graph From --> To with Nodes on Name | graph-to-table nodes"#],
    },
    Reference {
        name: "graph-match",
        summary: "Finds the places of a graph where a pattern of nodes and edges holds.",
        syntax: &["G | graph-match [cycles=all|none|unique_edges] pattern [where predicate] project [Name =] expression, …"],
        notes: "",
        page: "graph-match-operator",
        examples: &[r#"let Nodes = datatable(Name: string) ["a", "b", "c"]; let Edges = datatable(From: string, To: string) ["a", "b", "b", "c"]; Edges | make-graph From --> To with Nodes on Name | graph-match (start)-[step]->(end) project From = start.Name, To = end.Name"#, r#"let Nodes = datatable(Name: string) ["a", "b", "c"]; let Edges = datatable(From: string, To: string) ["a", "b", "b", "c"]; Edges | make-graph From --> To with Nodes on Name | graph-match (start)-[path*1..3]->(end) where start.Name == "a" project To = end.Name"#],
    },
    Reference {
        name: "graph-shortest-paths",
        summary: "Finds the shortest paths between nodes of a graph.",
        syntax: &["G | graph-shortest-paths [output=any|all] pattern [where predicate] project [Name =] expression, …"],
        notes: "",
        page: "graph-shortest-paths-operator",
        examples: &[r#"let Nodes = datatable(Name: string) ["a", "b", "c"]; let Edges = datatable(From: string, To: string) ["a", "b", "b", "c"]; Edges | make-graph From --> To with Nodes on Name | graph-shortest-paths (start)-[path*1..9]->(end) where start.Name == "a" and end.Name == "c" project Length = array_length(path)"#],
    },
    Reference {
        name: "graph-to-table",
        summary: "Turns a graph into its nodes, its edges, or both.",
        syntax: &["G | graph-to-table nodes [with_node_id=Name]", "G | graph-to-table edges [with_source_id=Name] [with_target_id=Name]"],
        notes: "",
        page: "graph-to-table-operator",
        examples: &[r#"let Nodes = datatable(Name: string) ["a", "b", "c"]; let Edges = datatable(From: string, To: string) ["a", "b", "b", "c"]; Edges | make-graph From --> To with Nodes on Name | graph-to-table edges"#],
    },
    Reference {
        name: "graph-mark-components",
        summary: "Marks each node with the connected component that it belongs to.",
        syntax: &["G | graph-mark-components [kind=weak|strong] [with_component_id=Name]"],
        notes: "",
        page: "graph-mark-components-operator",
        examples: &[r#"let Nodes = datatable(Name: string) ["a", "b", "c"]; let Edges = datatable(From: string, To: string) ["a", "b", "b", "c"]; Edges | make-graph From --> To with Nodes on Name | graph-mark-components with_component_id=Part | graph-to-table nodes"#],
    },
    Reference {
        name: "graph-where-nodes",
        summary: "Keeps the nodes that fit a predicate, and the edges between them.",
        syntax: &["G | graph-where-nodes predicate"],
        notes: "",
        page: "graph-where-nodes-operator",
        examples: &[r#"let Nodes = datatable(Name: string) ["a", "b", "c"]; let Edges = datatable(From: string, To: string) ["a", "b", "b", "c"]; Edges | make-graph From --> To with Nodes on Name | graph-where-nodes Name != "c" | graph-to-table edges"#],
    },
    Reference {
        name: "graph-where-edges",
        summary: "Keeps the edges that fit a predicate.",
        syntax: &["G | graph-where-edges predicate"],
        notes: "",
        page: "graph-where-edges-operator",
        examples: &[r#"let Nodes = datatable(Name: string) ["a", "b", "c"]; let Edges = datatable(From: string, To: string) ["a", "b", "b", "c"]; Edges | make-graph From --> To with Nodes on Name | graph-where-edges To != "c" | graph-to-table edges"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, keyword_text: &str) -> Outcome<'a, Graph> {
    let (rest, kind) = match keyword_text {
        "make-graph" => make_graph(input)?,
        "graph-match" => {
            let (rest, (parameters, patterns, predicate, project)) = pattern_query(input, &["cycles"])?;
            (rest, GraphKind::Match { parameters, patterns, predicate, project })
        }
        "graph-shortest-paths" => {
            let (rest, (parameters, patterns, predicate, project)) = pattern_query(input, &["cycles", "output"])?;
            (rest, GraphKind::ShortestPaths { parameters, patterns, predicate, project })
        }
        "graph-to-table" => map(comma_list(graph_output), |outputs| GraphKind::ToTable { outputs }).parse(input)?,
        "graph-mark-components" => {
            let (rest, parameters) = parameters(&["kind", "with_component_id"])(input)?;
            (rest, GraphKind::MarkComponents { parameters })
        }
        "graph-where-nodes" => map(expression, |predicate| GraphKind::WhereNodes { predicate }).parse(input)?,
        "graph-where-edges" => map(expression, |predicate| GraphKind::WhereEdges { predicate }).parse(input)?,
        _ => graph_merge(input)?,
    };
    Ok((rest, Graph { kind }))
}

/// `SOURCE --> TARGET with NODES on id, …`.
fn make_graph(input: Tokens<'_>) -> Outcome<'_, GraphKind> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, source) = name(rest)?;
    let dashes = || pair(token(TokenKind::Minus), token(TokenKind::Minus));
    let arrow = map((dashes(), opt(token(TokenKind::Greater))), |(_, head)| head.is_none());
    let (rest, undirected) = cut(arrow).parse(rest)?;
    let (rest, target) = cut(name).parse(rest)?;
    let (rest, nodes) = clause("with", comma_list(graph_nodes)).parse(rest)?;
    let node_id = preceded(token(TokenKind::Equal), any_name);
    let (rest, node_id) = clause("with_node_id", node_id).parse(rest)?;
    let partitioned_by = map((name, parenthesized_pipe), |(name, body)| (name, Box::new(body)));
    let (rest, partitioned_by) = clause("partitioned-by", partitioned_by).parse(rest)?;
    let nodes = nodes.unwrap_or_default();
    Ok((rest, GraphKind::MakeGraph { parameters, source, target, undirected, nodes, node_id, partitioned_by }))
}

/// `TABLE on KEY`.
fn graph_nodes(input: Tokens<'_>) -> Outcome<'_, GraphNodes> {
    let (rest, (table, key)) = separated_pair(path, keyword("on"), cut(name)).parse(input)?;
    Ok((rest, GraphNodes { table, key }))
}

type PatternQuery = (Vec<Parameter>, Vec<Vec<GraphPatternPart>>, Option<Expr>, Vec<Expr>);

/// `PATTERN, … where PREDICATE project a = x, …`.
fn pattern_query<'a>(input: Tokens<'a>, names: &'static [&'static str]) -> Outcome<'a, PatternQuery> {
    let (rest, parameters) = parameters(names)(input)?;
    let (rest, patterns) = comma_list(pattern)(rest)?;
    let (rest, predicate) = clause("where", expression).parse(rest)?;
    let (rest, project) = clause("project", list_or_nothing(named_expression)).parse(rest)?;
    Ok((rest, (parameters, patterns, predicate, project.unwrap_or_default())))
}

/// A node, and edges to further nodes.
fn pattern(input: Tokens<'_>) -> Outcome<'_, Vec<GraphPatternPart>> {
    let (rest, first) = node(input)?;
    let (rest, more) = many0(pair(edge, cut(node))).parse(rest)?;
    let mut parts = vec![first];
    parts.extend(more.into_iter().flat_map(|(edge, node)| [edge, node]));
    Ok((rest, parts))
}

/// `(name)` or `()`.
fn node(input: Tokens<'_>) -> Outcome<'_, GraphPatternPart> {
    let (rest, (name, span)) = bracketed(TokenKind::OpenParenthesis, |input| opt(any_name).parse(input), |_| None)(input)?;
    Ok((rest, GraphPatternPart::Node { name, span }))
}

/// `-[name*1..3]->` in its forms: `-->`, `<--`, `--`, `-[e]->`, `<-[e]-`, `-[e]-`.
fn edge(input: Tokens<'_>) -> Outcome<'_, GraphPatternPart> {
    let minus = || token(TokenKind::Minus);
    let (rest, left) = opt(token(TokenKind::Less)).parse(input)?;
    let (rest, _) = minus()(rest)?;
    let (rest, body) =
        opt(bracketed(TokenKind::OpenBracket, edge_body, |_| (None, None))).parse(rest)?;
    let (rest, _) = minus()(rest)?;
    let (rest, right) = opt(token(TokenKind::Greater)).parse(rest)?;
    let direction = match (left, right) {
        (Some(_), None) => GraphDirection::Left,
        (None, Some(_)) => GraphDirection::Right,
        _ => GraphDirection::Any,
    };
    let (name, length) = body.map_or((None, None), |(body, _)| body);
    let span = rest.span_from(input.first().span.start);
    Ok((rest, GraphPatternPart::Edge { name, direction, length, span }))
}

/// `name`, `name*1..3` or `*1..3`.
fn edge_body(input: Tokens<'_>) -> Outcome<'_, (Option<Name>, Option<Box<EdgeLength>>)> {
    let length = map(separated_pair(opt(expression), token(TokenKind::DotDot), opt(expression)), Box::new);
    (opt(any_name), opt(preceded(token(TokenKind::Star), cut(length)))).parse(input)
}

/// `nodes as N with_node_id=I` or `edges as E with_source_id=S with_target_id=T`.
fn graph_output(input: Tokens<'_>) -> Outcome<'_, GraphOutput> {
    let (rest, nodes) = alt((value(true, keyword("nodes")), value(false, keyword("edges")))).parse(input)?;
    let (rest, name) = clause("as", any_name).parse(rest)?;
    let (rest, parameters) = parameters(&["with_node_id", "with_source_id", "with_target_id"])(rest)?;
    Ok((rest, GraphOutput { nodes, name, parameters }))
}

/// `(graph) on conditions`.
fn graph_merge(input: Tokens<'_>) -> Outcome<'_, GraphKind> {
    let (rest, parameters) = parameters(&["kind"])(input)?;
    let (rest, right) = path(rest)?;
    let (rest, on) = clause("on", comma_list(expression)).parse(rest)?;
    Ok((rest, GraphKind::Merge { parameters, right: Box::new(right), on: on.unwrap_or_default() }))
}
