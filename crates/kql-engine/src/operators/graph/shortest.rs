//! The shortest paths between each two nodes, for a pattern of one edge of variable length: breadth first from each
//! source.

use super::adjacency::{Adjacency, Hop};
use super::matches::Matches;
use super::search::{Allowed, Edge, Pattern, Progress, Repeats, Search, distances_to};

/// A node that was not reached.
const UNREACHED: u32 = u32::MAX;

/// The state of a search for shortest paths.
#[derive(Debug)]
pub(super) struct ShortestPaths {
    all: bool,
    next_source: u32,
    depths: Vec<u32>,
    /// The nodes that were reached, in order.
    reached: Vec<u32>,
    waiting: Option<Waiting>,
}

/// The paths from one source that are still to be noted.
#[derive(Debug)]
struct Waiting {
    source: u32,
    targets: std::vec::IntoIter<u32>,
    at: Option<Retracing>,
}

/// How paths to one target are found.
#[derive(Debug)]
enum Retracing {
    /// From the target back along falling depths: the hops so far, each with the position of the one tried next.
    Falling { frames: Vec<(u32, usize)>, hops: Vec<Hop> },
    /// Among all paths of a length, where the shortest one is too short, or leads back to where it began.
    Searching { pattern: Pattern, search: Box<Search>, length: u32, found: bool },
}

impl ShortestPaths {
    pub fn new(all: bool, graph: &Adjacency) -> ShortestPaths {
        let depths = vec![UNREACHED; graph.node_count()];
        ShortestPaths { all, next_source: 0, depths, reached: Vec::new(), waiting: None }
    }

    /// How much memory its state takes, in bytes.
    pub fn size(&self) -> usize {
        self.depths.len() * 8
    }

    /// Goes on to the next path, and notes it; at most `patience` hops are tried.
    pub fn next(&mut self, pattern: &Pattern, graph: &Adjacency, matches: &mut Matches, patience: usize) -> Progress {
        let Some(edge) = pattern.edges.first() else { return Progress::Done };
        for _ in 0..patience {
            let Some(waiting) = &mut self.waiting else {
                match self.begin(pattern, edge, graph) {
                    true => continue,
                    false => return Progress::Done,
                }
            };
            let source = waiting.source;
            match &mut waiting.at {
                None => match waiting.targets.next() {
                    Some(target) => waiting.at = retracing(source, target, &self.depths, pattern, edge, graph),
                    None => self.waiting = None,
                },
                Some(Retracing::Falling { frames, hops }) => {
                    let Some((at, position)) = frames.last_mut() else {
                        waiting.at = None;
                        continue;
                    };
                    let (at, tried) = (*at, *position);
                    *position += 1;
                    if at == source {
                        matches.begin(&[source, hops.first().map_or(source, |_| target_of(frames))]);
                        matches.add_path(0, toward(hops, frames), false);
                        frames.pop();
                        hops.pop();
                        if !self.all {
                            waiting.at = None;
                        }
                        return Progress::Match;
                    }
                    let way = edge.way.reversed();
                    match graph.hop(at, way, tried) {
                        Some(hop) => {
                            let depth = |node: u32| self.depths.get(node as usize).copied().unwrap_or(UNREACHED);
                            let falls = depth(hop.node).checked_add(1) == Some(depth(at));
                            let within = hop.node == source || edge.inner.has(hop.node);
                            if falls && within && edge.allowed.has(hop.edge) {
                                frames.push((hop.node, 0));
                                hops.push(hop);
                            }
                        }
                        None => {
                            frames.pop();
                            hops.pop();
                        }
                    }
                }
                Some(Retracing::Searching { pattern, search, length, found }) => {
                    match search.next(pattern, graph, matches, patience) {
                        Progress::Match => {
                            *found = true;
                            if !self.all {
                                waiting.at = None;
                            }
                            return Progress::Match;
                        }
                        Progress::Nothing => return Progress::Nothing,
                        Progress::Done if *found || *length >= edge.longest => waiting.at = None,
                        Progress::Done => {
                            *length += 1;
                            let length = *length;
                            for edge in &mut pattern.edges {
                                (edge.shortest, edge.longest) = (length, length);
                            }
                            **search = Search::new(pattern, graph);
                        }
                    }
                }
            }
        }
        Progress::Nothing
    }

    /// Measures the depths from the next source; `false` when there is none.
    fn begin(&mut self, pattern: &Pattern, edge: &Edge, graph: &Adjacency) -> bool {
        let found = graph.nodes().skip(self.next_source as usize).find(|node| pattern.node_allows(0, *node));
        let Some(source) = found else { return false };
        self.next_source = source.saturating_add(1);
        for node in self.reached.drain(..) {
            self.depths.iter_mut().skip(node as usize).take(1).for_each(|depth| *depth = UNREACHED);
        }
        let mut layer = vec![source];
        self.depths.iter_mut().skip(source as usize).take(1).for_each(|depth| *depth = 0);
        self.reached.push(source);
        for depth in 1..=edge.longest {
            let mut next = Vec::new();
            for node in layer.into_iter().filter(|node| *node == source || edge.inner.has(*node)) {
                let (along, against) = graph.hops(node, edge.way);
                for hop in along.iter().chain(against).filter(|hop| edge.allowed.has(hop.edge)) {
                    if let Some(known) = self.depths.get_mut(hop.node as usize)
                        && *known == UNREACHED
                    {
                        *known = depth;
                        next.push(hop.node);
                    }
                }
            }
            self.reached.extend(&next);
            layer = next;
            if layer.is_empty() {
                break;
            }
        }
        let mut targets: Vec<u32> = self.reached.iter().copied().filter(|node| pattern.node_allows(1, *node)).collect();
        targets.sort_unstable();
        self.waiting = Some(Waiting { source, targets: targets.into_iter(), at: None });
        true
    }
}

/// How to find the paths to a target that was reached; `None` where there are none.
fn retracing(
    source: u32,
    target: u32,
    depths: &[u32],
    pattern: &Pattern,
    edge: &Edge,
    graph: &Adjacency,
) -> Option<Retracing> {
    let depth = depths.get(target as usize).copied()?;
    if depth >= edge.shortest {
        return Some(Retracing::Falling { frames: vec![(target, 0)], hops: Vec::new() });
    }
    if target == source && pattern.repeats == Repeats::NoNode {
        return None;
    }
    // A path that comes back to its source goes at least to a neighbour and as far as that is from it.
    let count = graph.node_count();
    let only = |node: u32| Allowed::only(node, count);
    let distances = distances_to(graph, &only(target), edge.way, edge);
    let (along, against) = graph.hops(source, edge.way);
    let around = along.iter().chain(against).filter_map(|hop| distances.get(hop.node as usize)?.checked_add(1)).min();
    let length = around?.max(edge.shortest);
    if length > edge.longest {
        return None;
    }
    let exact = Edge { shortest: length, longest: length, ..edge.clone() };
    let nodes = vec![only(source), only(target)];
    let pattern = Pattern { nodes, edges: vec![exact], repeats: pattern.repeats };
    let search = Box::new(Search::new(&pattern, graph));
    Some(Retracing::Searching { pattern, search, length, found: false })
}

/// The target of a path that is retraced from there.
fn target_of(frames: &[(u32, usize)]) -> u32 {
    frames.first().map_or(UNREACHED, |(node, _)| *node)
}

/// Hops that were found from the target back to the source, as they go there.
fn toward<'h>(hops: &'h [Hop], frames: &'h [(u32, usize)]) -> impl DoubleEndedIterator<Item = Hop> + 'h {
    let nodes = frames.iter().take(hops.len());
    hops.iter().zip(nodes).rev().map(|(hop, (node, _))| Hop { edge: hop.edge, node: *node })
}
