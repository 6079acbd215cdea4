//! Chains of edges that are nearly straight made one edge each.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::{FRAC_PI_2, PI, TAU};

use super::orientation::{in_order_around, orientation};
use super::overlay::Step;
use super::snapping::Sites;
use super::sphere::Vector;

/// How far an edge may lie from the points that it stands for, by the distance of sites.
const DEVIATION: f64 = 1.1;

/// How far an edge stays from sites that it does not stand for, by the distance of sites.
const SEPARATION: f64 = 0.5;

/// Makes each chain of steps that may be straight one step. A vertex within a chain leads from one neighbor to one other, in
/// all layers alike.
pub fn merge_chains(sites: &Sites, layers: Vec<Vec<Step>>) -> Vec<Vec<Step>> {
    let count = layers.len();
    let mut chains = Chains::new(sites, layers);
    let pairs: Vec<_> = chains.steps.keys().copied().collect();
    for (from, to) in &pairs {
        if !chains.is_within(*from) {
            chains.merge_from(*from, *to);
        }
    }
    // What is left goes round in circles.
    for (from, to) in pairs {
        chains.merge_from(from, to);
    }
    let mut layers = vec![Vec::new(); count];
    for (layer, step) in chains.merged {
        layers.get_mut(layer).into_iter().for_each(|steps| steps.push(step));
    }
    layers
}

struct Chains<'s> {
    sites: &'s Sites,
    /// The layer and the order of the steps from one vertex to another.
    steps: BTreeMap<(usize, usize), Vec<(usize, usize)>>,
    /// The two neighbors of the vertices that may lie within a chain.
    neighbors: BTreeMap<usize, (usize, usize)>,
    used: BTreeSet<(usize, usize)>,
    merged: Vec<(usize, Step)>,
}

impl<'s> Chains<'s> {
    fn new(sites: &'s Sites, layers: Vec<Vec<Step>>) -> Chains<'s> {
        let mut steps: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
        for (layer, layer_steps) in layers.into_iter().enumerate() {
            for step in layer_steps {
                steps.entry((step.from, step.to)).or_default().push((layer, step.order));
            }
        }
        // For each vertex and neighbor, the layers in which a step leaves (true) or arrives.
        let mut ways: BTreeMap<usize, BTreeMap<usize, Vec<(usize, bool)>>> = BTreeMap::new();
        for ((from, to), on) in &steps {
            for (layer, _) in on {
                ways.entry(*from).or_default().entry(*to).or_default().push((*layer, true));
                ways.entry(*to).or_default().entry(*from).or_default().push((*layer, false));
            }
        }
        let neighbors = ways.into_iter().filter_map(|(vertex, mut ways)| {
            let ((first, mut out), (second, mut back)) = (ways.pop_first()?, ways.pop_first()?);
            back.iter_mut().for_each(|(_, leaves)| *leaves = !*leaves);
            out.sort_unstable();
            back.sort_unstable();
            (ways.is_empty() && out == back).then_some((vertex, (first, second)))
        });
        let neighbors = neighbors.collect();
        Chains { sites, steps, neighbors, used: BTreeSet::new(), merged: Vec::new() }
    }

    fn is_within(&self, vertex: usize) -> bool {
        self.neighbors.contains_key(&vertex)
    }

    /// The vertex that follows on one after another.
    fn following(&self, before: usize, vertex: usize) -> Option<usize> {
        let (first, second) = self.neighbors.get(&vertex)?;
        Some(if *first == before { *second } else { *first })
    }

    /// Merges the chain that starts with a step, as far as a vertex that is not within one, or its start.
    fn merge_from(&mut self, from: usize, to: usize) {
        if self.used.contains(&(from, to)) {
            return;
        }
        let (start, mut before, mut vertex) = (from, from, to);
        loop {
            let mut chain = vec![before];
            let mut fan = Fan::new(self.sites, before);
            let may_merge = fan.passes_beside(before, vertex);
            let done = loop {
                chain.push(vertex);
                let next = self.following(before, vertex).filter(|_| vertex != start);
                let Some(next) = next else { break true };
                (before, vertex) = (vertex, next);
                if !(may_merge
                    && fan.passes_through(before)
                    && fan.passes_beside(before, vertex)
                    && fan.reaches(vertex))
                {
                    break false;
                }
            };
            self.merge(&chain);
            if done {
                return;
            }
        }
    }

    /// Replaces the steps of a chain, to and fro, by one for each walk along it.
    fn merge(&mut self, chain: &[usize]) {
        let (Some(first), Some(last)) = (chain.first().copied(), chain.last().copied()) else { return };
        let forwards: Vec<_> = chain.iter().copied().zip(chain.iter().skip(1).copied()).collect();
        let backwards = forwards.iter().map(|(from, to)| (*to, *from)).collect();
        for (pairs, from, to) in [(forwards, first, last), (backwards, last, first)] {
            // Between any two neighbors there are as many steps of a layer as between the first two.
            let mut walks: Vec<(usize, usize)> = Vec::new();
            for pair in pairs {
                self.used.insert(pair);
                let Some(steps) = self.steps.get_mut(&pair) else { continue };
                steps.sort_unstable();
                if walks.is_empty() {
                    walks.clone_from(steps);
                }
                for ((_, least), (_, order)) in walks.iter_mut().zip(steps) {
                    *least = (*least).min(*order);
                }
            }
            self.merged.extend(walks.into_iter().map(|(layer, order)| (layer, Step { from, to, order })));
        }
    }
}

/// The directions in which an edge may leave a vertex to stand for a chain.
struct Fan<'s> {
    sites: &'s Sites,
    start: Vector,
    /// Two directions at right angles, from which angles around the start are counted.
    axes: [Vector; 2],
    /// The vertices that the chain has passed, through or beside.
    passed: BTreeSet<usize>,
    /// A direction, and how far the edge may turn to the right (negative) and to the left of it; none as long as every
    /// direction will do.
    window: Option<(f64, f64, f64)>,
    /// What was to be passed before there was a window.
    waiting: Vec<(f64, f64, bool)>,
}

impl<'s> Fan<'s> {
    fn new(sites: &'s Sites, start: usize) -> Fan<'s> {
        let place = sites.place(start);
        let across = place.orthogonal();
        let axes = [across, place.cross(across)];
        Fan { sites, start: place, axes, passed: BTreeSet::from([start]), window: None, waiting: Vec::new() }
    }

    fn direction(&self, place: Vector) -> f64 {
        place.dot(self.axes[1]).atan2(place.dot(self.axes[0]))
    }

    /// Half the angle that a circle around a place takes up as seen from the start; none when the start lies in it.
    fn half_width(&self, place: Vector, radius: f64) -> Option<f64> {
        let away = self.start.angle_to(place);
        (away > radius).then(|| (radius.sin() / away.sin()).clamp(-1.0, 1.0).asin())
    }

    /// Narrows the fan so that the edge passes close to all points of a vertex; whether that is possible.
    fn passes_through(&mut self, vertex: usize) -> bool {
        let points = self.sites.points.get(vertex).map_or(&[][..], Vec::as_slice);
        points.iter().all(|point| {
            let Some(half) = self.half_width(*point, self.sites.distance) else { return true };
            let direction = self.direction(*point);
            let (base, right, left) = self.window.unwrap_or((direction, -PI, PI));
            let turned = turn_between(base, direction);
            let first = self.window.is_none();
            self.window = Some((base, right.max(turned - half), left.min(turned + half)));
            if first {
                for (direction, half, on_left) in std::mem::take(&mut self.waiting) {
                    self.avoid(direction, half, on_left);
                }
            }
            self.window.is_some_and(|(_, right, left)| right <= left)
        })
    }

    /// Narrows the fan so that the edge passes the sites beside the next step of the chain on their side; whether that is
    /// possible.
    fn passes_beside(&mut self, from: usize, to: usize) -> bool {
        let (near, far) = (self.sites.place(from), self.sites.place(to));
        let away = self.start.angle_to(far);
        let longest =
            2.0 * (self.sites.distance.sin() / (DEVIATION * self.sites.distance).sin()).clamp(-1.0, 1.0).acos();
        if away < self.start.angle_to(near) || away >= longest {
            return false;
        }
        let reach = self.sites.distance * (DEVIATION + SEPARATION);
        let beside: Vec<_> = self.sites.near((near, far), reach).collect();
        for site in beside {
            let place = self.sites.place(site);
            if self.start.angle_to(place) >= away || !self.passed.insert(site) {
                continue;
            }
            let on_left = if near == self.start {
                orientation(near, far, place) > 0
            } else {
                in_order_around(near, self.start, far, place)
            };
            let Some(half) = self.half_width(place, self.sites.distance * SEPARATION) else { return false };
            self.avoid(self.direction(place), half, on_left);
        }
        self.passed.insert(to);
        self.window.is_none_or(|(_, right, left)| right <= left)
    }

    fn avoid(&mut self, direction: f64, half: f64, on_left: bool) {
        match &mut self.window {
            None => self.waiting.push((direction, half, on_left)),
            Some((base, right, left)) => {
                let turned = turn_between(*base, direction);
                if on_left {
                    let turned = if turned < *right { turned + TAU } else { turned };
                    *left = left.min(turned - half);
                } else {
                    let turned = if turned > *left { turned - TAU } else { turned };
                    *right = right.max(turned + half);
                }
            }
        }
    }

    /// Whether an edge to a vertex lies in the fan.
    fn reaches(&self, vertex: usize) -> bool {
        let place = self.sites.place(vertex);
        let in_window = |(base, right, left): (f64, f64, f64)| {
            let turned = turn_between(base, self.direction(place));
            right <= turned && turned <= left
        };
        self.start.angle_to(place) <= FRAC_PI_2 && self.window.is_none_or(in_window)
    }
}

/// The turn from one direction to another, from -π to π.
fn turn_between(from: f64, to: f64) -> f64 {
    let turn = (to - from).rem_euclid(TAU);
    if turn > PI { turn - TAU } else { turn }
}

#[cfg(test)]
mod tests {
    use super::super::snapping::simplify;
    use super::super::{Point, RADIUS};
    use super::*;

    fn edges(places: &[(f64, f64)]) -> Vec<(Vector, Vector)> {
        let vector = |(longitude, latitude): &(f64, f64)| Point { longitude: *longitude, latitude: *latitude }.vector();
        places.iter().map(vector).zip(places.iter().skip(1).map(vector)).collect()
    }

    /// How many edges are left in each layer with a distance in meters.
    fn left(layers: &[Vec<(Vector, Vector)>], distance: f64) -> Vec<usize> {
        simplify(layers, distance / RADIUS).layers.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_nearly_straight_chain_is_one_edge_and_a_bent_one_is_not() {
        let chain = edges(&[(0.0, 0.0), (1.0, 0.001), (2.0, -0.001), (3.0, 0.0)]);
        assert_eq!(left(std::slice::from_ref(&chain), 500.0), [1]);
        assert_eq!(left(&[chain], 50.0), [3]);
    }

    #[test]
    fn a_border_that_layers_share_ends_where_they_part() {
        let first = edges(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]);
        let second = edges(&[(3.0, 0.0), (2.0, 0.0), (1.0, 0.0), (1.0, 1.0)]);
        assert_eq!(left(&[first, second], 100.0), [2, 2]);
    }

    #[test]
    fn close_points_become_one() {
        assert_eq!(left(&[edges(&[(0.0, 0.0), (0.0001, 0.0), (1.0, 1.0), (1.0001, 1.0)])], 100.0), [1]);
    }
}
