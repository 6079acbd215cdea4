//! Graphs in the bound plan: a graph is a relation with a row for each node and one for each edge.
//!
//! Such a relation has the columns of [`GraphRows`] beside the properties of the nodes and those of the edges; the
//! properties of the one are without meaning in the rows of the other. An edge counts only while both of its nodes
//! are among the rows, so that filtering nodes is filtering rows.

use super::{ColumnId, Relation};

/// An operator on a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphOperator {
    /// The rows of a graph, but for [`GraphOperation::Make`] and [`GraphOperation::KeepShortest`].
    pub input: Box<Relation>,
    pub operation: GraphOperation,
}

/// What an operator makes of a graph.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphOperation {
    /// A graph of rows of nodes and of edges. Columns: those of the input without `is_edge`, `source` and `target`,
    /// then `number`, `source`, `target` and `id`.
    Make(MakeGraph),
    /// The graph with two `long` columns more: how many edges come into a node, and how many go out of it.
    Degrees { rows: GraphRows, incoming: ColumnId, outgoing: ColumnId },
    /// The graph with a `long` column more: the number, from 0, of the connected component of a node.
    /// They are numbered within each group of nodes that have the same values in `within`.
    Components { rows: GraphRows, strong: bool, output: ColumnId, within: Vec<ColumnId> },
    /// A table: a row for each match of a pattern, with a column for each of `outputs`.
    Match(GraphMatch),
    /// Of a table of paths, the shortest ones between each two nodes.
    KeepShortest { source: ColumnId, target: ColumnId, length: ColumnId, all: bool },
}

/// What tells the rows of a graph apart: `long` columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphRows {
    /// The number of the node, or of the edge, from 0.
    pub number: ColumnId,
    /// The numbers of the two nodes of an edge; null in the row of a node.
    pub source: ColumnId,
    pub target: ColumnId,
}

/// `make-graph`.
#[derive(Clone, Debug, PartialEq)]
pub struct MakeGraph {
    /// A `bool`: whether a row of the input is an edge.
    pub is_edge: ColumnId,
    /// The ids of the nodes of an edge; the source is the id of a node too. Both are of one type.
    pub source: ColumnId,
    pub target: ColumnId,
    /// Nodes of different values in these columns are different nodes, even with one id.
    pub within: Vec<ColumnId>,
    /// The properties that hold the id of a node which only edges name.
    pub keys: Vec<ColumnId>,
    pub rows: GraphRows,
    /// The column of the nodes' ids that is made.
    pub id: ColumnId,
}

/// A pattern, and what comes out of its matches.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphMatch {
    pub rows: GraphRows,
    /// For each node of the pattern a `bool` column that says which nodes may stand there, if not all.
    pub nodes: Vec<Option<ColumnId>>,
    pub edges: Vec<PatternEdge>,
    pub cycles: Cycles,
    pub search: Search,
    /// One for each column of the relation.
    pub outputs: Vec<MatchOutput>,
}

/// An edge of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternEdge {
    /// The nodes of the pattern at its left and its right end.
    pub left: usize,
    pub right: usize,
    pub direction: Direction,
    /// How many edges may stand in its place; an edge that is not of variable length has no bounds.
    pub length: Option<(u32, u32)>,
    /// A `bool` column that says which edges may stand there, if not all.
    pub candidates: Option<ColumnId>,
    /// A `bool` column that says which nodes may stand within an edge of variable length, if not all.
    pub inner_candidates: Option<ColumnId>,
}

/// Which way an edge goes, seen from its left end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Out,
    In,
    Any,
}

/// Which matches with cycles count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycles {
    All,
    /// Those that have no node twice.
    None,
    /// Those that have no edge twice.
    UniqueEdges,
}

/// Which of the matches are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    All,
    /// One of the shortest ones between each two nodes; the pattern is a single edge of variable length.
    AnyShortest,
    /// All of the shortest ones between each two nodes; the pattern is a single edge of variable length.
    AllShortest,
}

/// One column of the matches.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchOutput {
    /// A column of a node.
    Node { node: usize, column: ColumnId },
    /// A column of an edge that is not of variable length.
    Edge { edge: usize, column: ColumnId },
    /// What a column gives along an edge of variable length: of its edges, or of the nodes within it.
    Path { edge: usize, column: ColumnId, inner: bool, gather: Gather },
    /// How many edges a match has, a `long`.
    Length,
}

/// How the values along an edge of variable length become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    /// An array of `dynamic` values.
    Array,
    /// Whether all of the `bool` values are true.
    All,
    /// Whether any of the `bool` values is true.
    Any,
}

impl GraphOperation {
    /// The columns of the input that it reads, to be given other ids.
    pub(crate) fn inputs_mut(&mut self) -> Vec<&mut ColumnId> {
        fn of_rows(rows: &mut GraphRows) -> Vec<&mut ColumnId> {
            vec![&mut rows.number, &mut rows.source, &mut rows.target]
        }
        match self {
            GraphOperation::Make(make) => {
                let mut ids = vec![&mut make.is_edge, &mut make.source, &mut make.target];
                ids.extend(&mut make.within);
                ids.extend(&mut make.keys);
                ids
            }
            GraphOperation::Degrees { rows, .. } => of_rows(rows),
            GraphOperation::Components { rows, within, .. } => {
                let mut ids = of_rows(rows);
                ids.extend(within);
                ids
            }
            GraphOperation::Match(matches) => {
                let mut ids = of_rows(&mut matches.rows);
                ids.extend(matches.nodes.iter_mut().flatten());
                for edge in &mut matches.edges {
                    ids.extend(&mut edge.candidates);
                    ids.extend(&mut edge.inner_candidates);
                }
                for output in &mut matches.outputs {
                    match output {
                        MatchOutput::Node { column, .. }
                        | MatchOutput::Edge { column, .. }
                        | MatchOutput::Path { column, .. } => ids.push(column),
                        MatchOutput::Length => {}
                    }
                }
                ids
            }
            GraphOperation::KeepShortest { source, target, length, .. } => vec![source, target, length],
        }
    }

    /// The columns that it makes, to be given other ids.
    pub(crate) fn definitions_mut(&mut self) -> Vec<&mut ColumnId> {
        match self {
            GraphOperation::Make(MakeGraph { rows, id, .. }) => {
                vec![&mut rows.number, &mut rows.source, &mut rows.target, id]
            }
            GraphOperation::Degrees { incoming, outgoing, .. } => vec![incoming, outgoing],
            GraphOperation::Components { output, .. } => vec![output],
            GraphOperation::Match(_) | GraphOperation::KeepShortest { .. } => Vec::new(),
        }
    }
}
