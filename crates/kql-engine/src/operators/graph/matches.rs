//! Matches that were found, column by column.

use super::adjacency::Hop;

/// Matches of a pattern.
#[derive(Debug)]
pub(super) struct Matches {
    /// For each node of the pattern the nodes of the graph.
    pub nodes: Vec<Vec<u32>>,
    /// For each edge of the pattern what stands there.
    pub paths: Vec<Paths>,
    /// How many edges each match has.
    pub lengths: Vec<i64>,
    /// How many numbers are held.
    held: usize,
}

/// The edges that stand in the place of one edge of the pattern, match after match, from left to right.
#[derive(Debug, Default)]
pub(super) struct Paths {
    pub edges: Vec<u32>,
    /// Where the edges of each match end.
    pub ends: Vec<usize>,
    /// The nodes between the edges.
    pub inner: Vec<u32>,
    pub inner_ends: Vec<usize>,
}

impl Matches {
    pub fn new(nodes: usize, edges: usize) -> Matches {
        let empty = |_| Vec::new();
        Matches {
            nodes: (0..nodes).map(empty).collect(),
            paths: (0..edges).map(|_| Paths::default()).collect(),
            lengths: Vec::new(),
            held: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// How much memory they take, in bytes.
    pub fn size(&self) -> usize {
        self.held * size_of::<u64>()
    }

    /// A new match with these nodes; its paths are added after it.
    pub fn begin(&mut self, nodes: &[u32]) {
        for (column, node) in self.nodes.iter_mut().zip(nodes) {
            column.push(*node);
        }
        self.lengths.push(0);
        self.held += nodes.len() + 2 * self.paths.len() + 1;
    }

    /// What stands in the place of an edge, hop by hop, or from its end to its beginning.
    pub fn add_path(&mut self, edge: usize, hops: impl DoubleEndedIterator<Item = Hop>, backwards: bool) {
        let Some(paths) = self.paths.get_mut(edge) else { return };
        let before = paths.edges.len();
        // A hop leads to the node behind it; the last node is not within the edge.
        let mut nodes: Vec<u32> = Vec::new();
        for hop in hops {
            paths.edges.push(hop.edge);
            nodes.push(hop.node);
        }
        nodes.pop();
        if backwards {
            if let Some(own) = paths.edges.get_mut(before..) {
                own.reverse();
            }
            nodes.reverse();
        }
        let length = paths.edges.len() - before;
        self.held += 2 * length;
        paths.inner.extend(nodes);
        paths.ends.push(paths.edges.len());
        paths.inner_ends.push(paths.inner.len());
        if let Some(total) = self.lengths.last_mut() {
            *total = total.saturating_add(i64::try_from(length).unwrap_or(i64::MAX));
        }
    }
}
