//! Adjacency lists over the rows of a graph.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::{exec_err, internal_err};
use datafusion::error::Result;

use super::RowColumns;

/// The nodes and edges of a graph, numbered without gaps in the order of their own numbers.
#[derive(Debug)]
pub(super) struct Adjacency {
    /// The row of each node.
    pub node_rows: Vec<u32>,
    /// The row of each edge.
    pub edge_rows: Vec<u32>,
    /// The source and the target of each edge.
    pub ends: Vec<(u32, u32)>,
    outgoing: Neighbours,
    incoming: Neighbours,
}

/// A way along an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub edge: u32,
    /// Where it leads.
    pub node: u32,
}

/// Which edges of a node are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Outgoing,
    Incoming,
    Both,
}

impl Way {
    /// The way back.
    pub fn reversed(self) -> Way {
        match self {
            Way::Outgoing => Way::Incoming,
            Way::Incoming => Way::Outgoing,
            Way::Both => Way::Both,
        }
    }
}

/// The hops from each node, one node after the other.
#[derive(Debug, Default)]
struct Neighbours {
    /// Where the hops of a node begin; those of the next one begin where they end.
    starts: Vec<usize>,
    hops: Vec<Hop>,
}

impl Neighbours {
    fn new(nodes: usize, hops: impl Iterator<Item = (u32, Hop)> + Clone) -> Neighbours {
        let mut starts = vec![0usize; nodes + 1];
        for (from, _) in hops.clone() {
            if let Some(count) = starts.get_mut(from as usize + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut free = starts.clone();
        let mut placed = vec![Hop { edge: 0, node: 0 }; total];
        for (from, hop) in hops {
            if let Some(next) = free.get_mut(from as usize) {
                if let Some(place) = placed.get_mut(*next) {
                    *place = hop;
                }
                *next += 1;
            }
        }
        Neighbours { starts, hops: placed }
    }

    fn of(&self, node: u32) -> &[Hop] {
        let node = node as usize;
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(start), Some(end)) => self.hops.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
    }
}

impl Adjacency {
    /// Reads the rows of a graph. An edge whose nodes are not both among the rows is left out.
    pub fn of(batch: &RecordBatch, columns: &RowColumns) -> Result<Adjacency> {
        if u32::try_from(batch.num_rows()).is_err() {
            return exec_err!("the graph is too large: it has {} rows", batch.num_rows());
        }
        let [numbers, sources, targets] = columns.names().map(|name| long_column(batch, name));
        let (numbers, sources, targets) = (numbers?, sources?, targets?);
        let mut nodes: Vec<(i64, u32)> = Vec::new();
        let mut edges: Vec<(i64, u32)> = Vec::new();
        for (row, number) in (0u32..).zip(numbers.values()) {
            let elements = if sources.is_null(row as usize) { &mut nodes } else { &mut edges };
            elements.push((*number, row));
        }
        nodes.sort_unstable();
        edges.sort_unstable();
        let found: HashMap<i64, u32> = (0u32..).zip(&nodes).map(|(node, (number, _))| (*number, node)).collect();
        let mut edge_rows = Vec::with_capacity(edges.len());
        let mut ends = Vec::with_capacity(edges.len());
        for (_, row) in edges {
            let at = row as usize;
            if let (Some(source), Some(target)) = (found.get(&sources.value(at)), found.get(&targets.value(at))) {
                edge_rows.push(row);
                ends.push((*source, *target));
            }
        }
        let numbered = (0u32..).zip(&ends);
        let count = nodes.len();
        let outgoing = numbered.clone().map(|(edge, (source, target))| (*source, Hop { edge, node: *target }));
        let incoming = numbered.map(|(edge, (source, target))| (*target, Hop { edge, node: *source }));
        Ok(Adjacency {
            outgoing: Neighbours::new(count, outgoing),
            incoming: Neighbours::new(count, incoming),
            node_rows: nodes.into_iter().map(|(_, row)| row).collect(),
            edge_rows,
            ends,
        })
    }

    pub fn node_count(&self) -> usize {
        self.node_rows.len()
    }

    /// All nodes.
    pub fn nodes(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.node_rows.len()).unwrap_or(u32::MAX)
    }

    /// The hops from a node, in two parts: along its edges, and against them. An edge from a node to itself is in
    /// the first part alone.
    pub fn hops(&self, node: u32, way: Way) -> (&[Hop], &[Hop]) {
        match way {
            Way::Outgoing => (self.outgoing.of(node), &[]),
            Way::Incoming => (self.incoming.of(node), &[]),
            Way::Both => (self.outgoing.of(node), self.incoming.of(node)),
        }
    }

    /// The hop at a position among those from a node, `None` behind the last one.
    pub fn hop(&self, node: u32, way: Way, position: usize) -> Option<Hop> {
        let (first, second) = self.hops(node, way);
        match first.get(position) {
            Some(hop) => Some(*hop),
            None => second.get(position.checked_sub(first.len())?).copied(),
        }
    }

    /// Whether a hop at this position goes a way that an earlier position has too.
    pub fn is_repeated(&self, node: u32, way: Way, position: usize, hop: Hop) -> bool {
        way == Way::Both && hop.node == node && position >= self.outgoing.of(node).len()
    }

    /// How many edges go out of a node, and how many come in.
    pub fn degrees(&self, node: u32) -> (usize, usize) {
        (self.outgoing.of(node).len(), self.incoming.of(node).len())
    }

    /// How much memory it takes, in bytes.
    pub fn size(&self) -> usize {
        let lists = self.outgoing.hops.len() + self.incoming.hops.len();
        let starts = self.outgoing.starts.len() + self.incoming.starts.len();
        lists * size_of::<Hop>() + starts * size_of::<usize>() + self.ends.len() * 12 + self.node_rows.len() * 4
    }
}

/// A `long` column of the rows of a graph.
pub(super) fn long_column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b Int64Array> {
    match batch.column_by_name(name).and_then(|array| array.as_primitive_opt::<Int64Type>()) {
        Some(array) => Ok(array),
        None => internal_err!("the graph has no numbers {name}"),
    }
}
