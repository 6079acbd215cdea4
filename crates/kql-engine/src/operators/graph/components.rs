//! Connected components: for each node a number that it shares with the nodes of its component.

use super::adjacency::{Adjacency, Way};

/// Components of nodes that are connected whichever way the edges go.
pub(super) fn weak(graph: &Adjacency) -> Vec<u32> {
    let mut components = vec![u32::MAX; graph.node_count()];
    for root in graph.nodes() {
        let mut waiting = vec![root];
        while let Some(node) = waiting.pop() {
            let Some(component) = components.get_mut(node as usize) else { continue };
            if *component != u32::MAX {
                continue;
            }
            *component = root;
            let (along, against) = graph.hops(node, Way::Both);
            waiting.extend(along.iter().chain(against).map(|hop| hop.node));
        }
    }
    components
}

/// Components of nodes of which each can be reached from each other one (Kosaraju: the nodes in the order in which
/// they are left, last first, and then everything that leads to them).
pub(super) fn strong(graph: &Adjacency) -> Vec<u32> {
    let mut seen = vec![false; graph.node_count()];
    let mut left: Vec<u32> = Vec::with_capacity(graph.node_count());
    for root in graph.nodes() {
        // A node, and the next of its hops.
        let mut path: Vec<(u32, usize)> = Vec::new();
        if enter(&mut seen, root) {
            path.push((root, 0));
        }
        while let Some((node, position)) = path.last_mut() {
            match graph.hop(*node, Way::Outgoing, *position) {
                Some(hop) => {
                    *position += 1;
                    if enter(&mut seen, hop.node) {
                        path.push((hop.node, 0));
                    }
                }
                None => {
                    left.push(*node);
                    path.pop();
                }
            }
        }
    }
    let mut components = vec![u32::MAX; graph.node_count()];
    for root in left.into_iter().rev() {
        let mut waiting = vec![root];
        while let Some(node) = waiting.pop() {
            let Some(component) = components.get_mut(node as usize) else { continue };
            if *component != u32::MAX {
                continue;
            }
            *component = root;
            waiting.extend(graph.hops(node, Way::Incoming).0.iter().map(|hop| hop.node));
        }
    }
    components
}

/// Marks a node as seen; `false` when it was.
fn enter(seen: &mut [bool], node: u32) -> bool {
    seen.get_mut(node as usize).is_some_and(|seen| !std::mem::replace(seen, true))
}
