//! The pairs of edges that lie close enough to meet.

use super::sphere::Vector;

/// The smallest box around an edge, a little larger.
struct Extent {
    edge: usize,
    least: [f64; 3],
    greatest: [f64; 3],
}

impl Extent {
    fn new(edge: usize, (from, to): (Vector, Vector)) -> Extent {
        // The arc leaves the straight line between its ends by so much at most.
        let chord = (to - from).squared_length();
        let bulge = 1.0 - (1.0 - chord / 4.0).max(0.0).sqrt() + 1e-15;
        let (from, to) = (from.coordinates(), to.coordinates());
        let each =
            |choose: fn(f64, f64) -> f64, aside: f64| [0, 1, 2].map(|axis: usize| choose(from[axis], to[axis]) + aside);
        Extent { edge, least: each(f64::min, -bulge), greatest: each(f64::max, bulge) }
    }

    fn overlaps(&self, other: &Extent) -> bool {
        [0, 1, 2].iter().all(|axis: &usize| {
            self.least[*axis] <= other.greatest[*axis] && other.least[*axis] <= self.greatest[*axis]
        })
    }
}

/// Visits every two edges whose surroundings overlap, the one that stands first in the list first, as long as the visitor
/// says `true`; whether it did so to the end.
pub fn close_pairs(edges: &[(Vector, Vector)], mut visit: impl FnMut(usize, usize) -> bool) -> bool {
    let mut extents: Vec<_> = edges.iter().enumerate().map(|(edge, ends)| Extent::new(edge, *ends)).collect();
    let axis = longest_axis(&extents);
    extents.sort_by(|a, b| a.least[axis].total_cmp(&b.least[axis]));
    let mut open: Vec<&Extent> = Vec::new();
    for extent in &extents {
        open.retain(|other| other.greatest[axis] >= extent.least[axis]);
        for other in &open {
            if extent.overlaps(other) && !visit(extent.edge.min(other.edge), extent.edge.max(other.edge)) {
                return false;
            }
        }
        open.push(extent);
    }
    true
}

/// The axis along which the edges are spread most.
fn longest_axis(extents: &[Extent]) -> usize {
    let spread = |axis: usize| {
        let least = extents.iter().map(|extent| extent.least[axis]).fold(f64::INFINITY, f64::min);
        extents.iter().map(|extent| extent.greatest[axis]).fold(f64::NEG_INFINITY, f64::max) - least
    };
    let spreads = [spread(0), spread(1), spread(2)];
    (0..3).max_by(|a: &usize, b| spreads[*a].total_cmp(&spreads[*b])).unwrap_or(0)
}
