//! The search for all matches of a pattern: depth first, one match at a time, so that nothing is held but the match
//! at hand.

use datafusion::arrow::array::BooleanArray;

use super::adjacency::{Adjacency, Hop, Way};
use super::matches::Matches;

/// A node of the pattern that has no node of the graph yet.
const UNBOUND: u32 = u32::MAX;

/// Which matches with cycles count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    Anything,
    /// No edge twice.
    NoEdge,
    /// No node twice, but for nodes of the pattern that are named twice.
    NoNode,
}

/// Which elements may stand somewhere; all of them where nothing is said.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowed(Option<Vec<bool>>);

impl Allowed {
    /// Those whose rows hold true.
    pub fn by_rows(rows: &[u32], truth: &BooleanArray) -> Allowed {
        use datafusion::arrow::array::Array;
        let holds = |row: &u32| {
            let row = *row as usize;
            row < truth.len() && truth.is_valid(row) && truth.value(row)
        };
        Allowed(Some(rows.iter().map(holds).collect()))
    }

    /// One of so many alone.
    pub fn only(element: u32, count: usize) -> Allowed {
        let mut allowed = vec![false; count];
        allowed.iter_mut().skip(element as usize).take(1).for_each(|allowed| *allowed = true);
        Allowed(Some(allowed))
    }

    pub fn has(&self, element: u32) -> bool {
        self.0.as_ref().is_none_or(|allowed| allowed.get(element as usize).copied().unwrap_or(false))
    }

    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// How many of so many there are.
    pub fn count(&self, of: usize) -> usize {
        self.0.as_ref().map_or(of, |allowed| allowed.iter().filter(|allowed| **allowed).count())
    }
}

/// An edge of the pattern.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub left: usize,
    pub right: usize,
    pub way: Way,
    pub shortest: u32,
    pub longest: u32,
    pub allowed: Allowed,
    /// Which nodes may stand within it.
    pub inner: Allowed,
}

/// A pattern over a graph.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// For each node of the pattern the nodes of the graph that may stand there.
    pub nodes: Vec<Allowed>,
    pub edges: Vec<Edge>,
    pub repeats: Repeats,
}

impl Pattern {
    pub fn node_allows(&self, node: usize, element: u32) -> bool {
        self.nodes.get(node).is_some_and(|allowed| allowed.has(element))
    }
}

/// An edge of the pattern in the order in which edges are followed.
#[derive(Debug)]
struct Step {
    /// Which edge of the pattern it is, and whether it is followed from its right end to its left one.
    edge: usize,
    backwards: bool,
    way: Way,
    from: usize,
    to: usize,
    /// Whether `to` has its node already when the step begins.
    closes: bool,
    /// How many hops each node is from one that may stand at `to`, at least.
    distances: Option<Vec<u32>>,
}

/// How far one step has come.
#[derive(Debug)]
struct Frame {
    step: usize,
    hops: u32,
    at: u32,
    /// The next of the hops from `at`.
    position: usize,
    /// Whether it was tried to end the step here, and whether that gave `to` its node.
    ended: bool,
    bound: bool,
    /// Whether arriving here took the node from the others.
    took_node: bool,
}

/// A hop of the match at hand, with its step.
#[derive(Clone, Copy, Debug)]
struct Taken {
    step: usize,
    hop: Hop,
}

/// The state of a search.
#[derive(Debug)]
pub(super) struct Search {
    start: usize,
    steps: Vec<Step>,
    next_start: u32,
    bound: Vec<u32>,
    frames: Vec<Frame>,
    taken: Vec<Taken>,
    used_edges: Vec<bool>,
    used_nodes: Vec<bool>,
}

/// How a piece of a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Match,
    /// There was nothing for a while; the search can go on.
    Nothing,
    Done,
}

impl Search {
    pub fn new(pattern: &Pattern, graph: &Adjacency) -> Search {
        let count = graph.node_count();
        let sizes: Vec<usize> = pattern.nodes.iter().map(|allowed| allowed.count(count)).collect();
        let start = (0..sizes.len()).min_by_key(|node| sizes.get(*node).copied()).unwrap_or(0);
        let mut known: Vec<bool> = (0..sizes.len()).map(|node| node == start).collect();
        let has = |known: &[bool], node: usize| known.get(node).copied().unwrap_or(false);
        let mut waiting: Vec<usize> = (0..pattern.edges.len()).collect();
        let mut steps = Vec::with_capacity(waiting.len());
        loop {
            // Edges whose both ends are known come first, then those of fixed length, then few candidates.
            let cost = |edge: &Edge| {
                let other = if has(&known, edge.left) { edge.right } else { edge.left };
                let closes = has(&known, other);
                (!closes, edge.longest > 1, sizes.get(other).copied().unwrap_or(usize::MAX))
            };
            let reachable = waiting.iter().filter_map(|at| Some((*at, pattern.edges.get(*at)?)));
            let reachable = reachable.filter(|(_, edge)| has(&known, edge.left) || has(&known, edge.right));
            let Some((at, edge)) = reachable.min_by_key(|(_, edge)| cost(edge)) else { break };
            waiting.retain(|other| *other != at);
            let backwards = !has(&known, edge.left);
            let (from, to) = if backwards { (edge.right, edge.left) } else { (edge.left, edge.right) };
            let way = if backwards { edge.way.reversed() } else { edge.way };
            let closes = has(&known, to);
            known.iter_mut().skip(to).take(1).for_each(|known| *known = true);
            let distances = pattern.nodes.get(to).filter(|allowed| edge.longest > 1 && !allowed.is_all());
            let distances = distances.map(|allowed| distances_to(graph, allowed, way, edge));
            steps.push(Step { edge: at, backwards, way, from, to, closes, distances });
        }
        Search {
            start,
            steps,
            next_start: 0,
            bound: vec![UNBOUND; pattern.nodes.len()],
            frames: Vec::new(),
            taken: Vec::new(),
            used_edges: vec![false; if pattern.repeats == Repeats::NoEdge { graph.ends.len() } else { 0 }],
            used_nodes: vec![false; if pattern.repeats == Repeats::NoNode { count } else { 0 }],
        }
    }

    /// How much memory its state takes at least, in bytes.
    pub fn size(&self) -> usize {
        let distances = self.steps.iter().filter_map(|step| step.distances.as_ref()).map(|all| all.len() * 4);
        self.used_edges.len() + self.used_nodes.len() + distances.sum::<usize>()
    }

    /// Goes on to the next match, and notes it; at most `patience` hops are tried.
    pub fn next(&mut self, pattern: &Pattern, graph: &Adjacency, matches: &mut Matches, patience: usize) -> Progress {
        for _ in 0..patience {
            let Some(frame) = self.frames.last_mut() else {
                match self.begin(pattern, graph) {
                    Some(true) => {
                        if self.steps.is_empty() {
                            self.note(matches);
                            return Progress::Match;
                        }
                        continue;
                    }
                    Some(false) => continue,
                    None => return Progress::Done,
                }
            };
            let parts =
                (self.steps.get(frame.step), self.steps.get(frame.step).and_then(|step| pattern.edges.get(step.edge)));
            let (Some(step), Some(edge)) = parts else { return Progress::Done };
            if !frame.ended {
                frame.ended = true;
                let target = self.bound.get(step.to).copied().unwrap_or(UNBOUND);
                let ends = if step.closes { target == frame.at } else { pattern.node_allows(step.to, frame.at) };
                if frame.hops >= edge.shortest && ends {
                    if !step.closes {
                        frame.bound = true;
                        let (to, at) = (step.to, frame.at);
                        self.bound.iter_mut().skip(to).take(1).for_each(|bound| *bound = at);
                    }
                    let next = frame.step + 1;
                    match self.steps.get(next) {
                        None => {
                            self.note(matches);
                            return Progress::Match;
                        }
                        Some(following) => {
                            let at = self.bound.get(following.from).copied().unwrap_or(UNBOUND);
                            self.frames.push(Frame::new(next, 0, at));
                            continue;
                        }
                    }
                }
            }
            if std::mem::take(&mut frame.bound) {
                let to = step.to;
                self.bound.iter_mut().skip(to).take(1).for_each(|bound| *bound = UNBOUND);
            }
            let goes_on = frame.hops < edge.longest
                && (frame.hops == 0
                    || (edge.inner.has(frame.at) && (pattern.repeats != Repeats::NoNode || frame.took_node)));
            match graph.hop(frame.at, step.way, frame.position).filter(|_| goes_on) {
                Some(hop) => {
                    let repeated = graph.is_repeated(frame.at, step.way, frame.position, hop);
                    frame.position += 1;
                    if repeated || !edge.allowed.has(hop.edge) {
                        continue;
                    }
                    let (number, hops) = (frame.step, frame.hops + 1);
                    let distance = step.distances.as_ref().and_then(|all| all.get(hop.node as usize).copied());
                    if distance.is_some_and(|distance| distance > edge.longest - hops) {
                        continue;
                    }
                    let closing = step.closes && self.bound.get(step.to) == Some(&hop.node);
                    if let Some(took_node) = self.take(hop, pattern.repeats, closing) {
                        self.taken.push(Taken { step: number, hop });
                        self.frames.push(Frame { took_node, ..Frame::new(number, hops, hop.node) });
                    }
                }
                None => self.leave(pattern.repeats),
            }
        }
        Progress::Nothing
    }

    /// Begins at the next node; `None` when there is none, `false` when nothing can begin there.
    fn begin(&mut self, pattern: &Pattern, graph: &Adjacency) -> Option<bool> {
        let node = self.next_start;
        if node as usize >= graph.node_count() {
            return None;
        }
        self.used_nodes.iter_mut().skip((node as usize).wrapping_sub(1)).take(1).for_each(|used| *used = false);
        self.next_start += 1;
        if !pattern.node_allows(self.start, node) {
            return Some(false);
        }
        let start = self.start;
        self.bound.iter_mut().skip(start).take(1).for_each(|bound| *bound = node);
        self.used_nodes.iter_mut().skip(node as usize).take(1).for_each(|used| *used = true);
        if let Some(step) = self.steps.first() {
            let at = self.bound.get(step.from).copied().unwrap_or(UNBOUND);
            self.frames.push(Frame::new(0, 0, at));
        }
        Some(true)
    }

    /// Takes what a hop leads over, where nothing may come twice; `None` when it is taken. Says whether the node
    /// was taken: a node that closes a cycle of the pattern is there already.
    fn take(&mut self, hop: Hop, repeats: Repeats, closing: bool) -> Option<bool> {
        match repeats {
            Repeats::Anything => Some(false),
            Repeats::NoEdge => {
                let used = self.used_edges.get_mut(hop.edge as usize)?;
                (!std::mem::replace(used, true)).then_some(false)
            }
            Repeats::NoNode => {
                let used = self.used_nodes.get_mut(hop.node as usize)?;
                match (*used, closing) {
                    (_, true) => Some(false),
                    (true, false) => None,
                    (false, false) => {
                        *used = true;
                        Some(true)
                    }
                }
            }
        }
    }

    /// Goes back from where the search stands.
    fn leave(&mut self, repeats: Repeats) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.hops == 0 {
            return;
        }
        let Some(Taken { hop, .. }) = self.taken.pop() else { return };
        if repeats == Repeats::NoEdge {
            self.used_edges.iter_mut().skip(hop.edge as usize).take(1).for_each(|used| *used = false);
        }
        if frame.took_node {
            self.used_nodes.iter_mut().skip(hop.node as usize).take(1).for_each(|used| *used = false);
        }
    }

    fn note(&self, matches: &mut Matches) {
        matches.begin(&self.bound);
        let mut taken = self.taken.as_slice();
        for (number, step) in self.steps.iter().enumerate() {
            let length = taken.iter().take_while(|taken| taken.step == number).count();
            let (own, rest) = taken.split_at(length.min(taken.len()));
            taken = rest;
            matches.add_path(step.edge, own.iter().map(|taken| taken.hop), step.backwards);
        }
    }
}

impl Frame {
    fn new(step: usize, hops: u32, at: u32) -> Frame {
        Frame { step, hops, at, position: 0, ended: false, bound: false, took_node: false }
    }
}

/// How many hops each node is from the nearest of some nodes, when edges are followed this way.
pub(super) fn distances_to(graph: &Adjacency, targets: &Allowed, way: Way, edge: &Edge) -> Vec<u32> {
    let mut distances = vec![u32::MAX; graph.node_count()];
    let mut layer: Vec<u32> = graph.nodes().filter(|node| targets.has(*node)).collect();
    for node in &layer {
        distances.iter_mut().skip(*node as usize).take(1).for_each(|distance| *distance = 0);
    }
    let mut distance = 0;
    while !layer.is_empty() && distance < edge.longest {
        distance += 1;
        let mut next = Vec::new();
        for node in layer {
            let (along, against) = graph.hops(node, way.reversed());
            for hop in along.iter().chain(against).filter(|hop| edge.allowed.has(hop.edge)) {
                if let Some(known) = distances.get_mut(hop.node as usize)
                    && *known == u32::MAX
                {
                    *known = distance;
                    next.push(hop.node);
                }
            }
        }
        layer = next;
    }
    distances
}
