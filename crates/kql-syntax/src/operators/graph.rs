//! `graph`: the tree node and its parser.

use crate::Span;
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
    Edge { name: Option<Name>, direction: GraphDirection, length: Option<(Option<Expr>, Option<Expr>)>, span: Span },
}

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
