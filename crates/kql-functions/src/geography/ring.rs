//! A ring: a closed walk on the earth that parts it into two regions.

use super::edge_pairs::close_pairs;
use super::orientation::{Meeting, corner_contains, crosses, in_order_around, meeting, orientation};
use super::sphere::{Vector, turn};

/// A point of no particular place, from which walks are counted.
const ORIGIN: Vector = Vector::new(-0.009_999_466_435_025_02, 0.002_592_454_260_932_412, 0.999_946_643_502_502);

/// A closed walk of at least three different points that does not meet itself. Its inside is the region to the left.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    vertices: Vec<Vector>,
    contains_origin: bool,
    /// The middle of a circle that holds the whole inside, and the square of the straight distance from there to its rim;
    /// none when that would be half of the earth or more.
    circle: Option<(Vector, f64)>,
}

impl Ring {
    /// The ring through points, each given once, with the smaller region inside, whichever way round they are given; `None`
    /// when they make up no ring.
    pub fn new(vertices: Vec<Vector>) -> Option<Ring> {
        let mut ring = Ring::directed(vertices)?;
        ring.choose_smaller_region();
        Some(ring)
    }

    /// As [`Ring::new`], of points that are known to make up a ring but for the last digits of crossings.
    pub fn known(vertices: Vec<Vector>) -> Ring {
        let mut ring = Ring { vertices, contains_origin: false, circle: None };
        ring.find_inside();
        ring.choose_smaller_region();
        ring
    }

    /// The ring through points, each given once, with the region to their left inside, be it the larger one; `None` when they
    /// make up no ring.
    pub fn directed(vertices: Vec<Vector>) -> Option<Ring> {
        let mut ring = Ring { vertices, contains_origin: false, circle: None };
        if !ring.is_valid() {
            return None;
        }
        ring.find_inside();
        Some(ring)
    }

    /// The points, each once.
    pub fn vertices(&self) -> &[Vector] {
        &self.vertices
    }

    /// The edges from each point to the next, the last of which leads back to the first.
    pub fn edges(&self) -> impl Iterator<Item = (Vector, Vector)> + Clone {
        let next = self.vertices.iter().skip(1).chain(self.vertices.first());
        self.vertices.iter().zip(next).map(|(from, to)| (*from, *to))
    }

    /// The sum of all turns: 2π less the area inside, on the unit sphere.
    pub fn curvature(&self) -> f64 {
        let (once, twice) = (self.vertices.iter().cycle().skip(1), self.vertices.iter().cycle().skip(2));
        self.vertices.iter().zip(once).zip(twice).map(|((a, b), c)| turn(*a, *b, *c)).sum()
    }

    /// Whether a point lies inside. Of the rings that divide a region among them, a point on their edges lies in exactly one.
    pub fn contains(&self, point: Vector) -> bool {
        if let Some((middle, reach)) = self.circle
            && (point - middle).squared_length() > reach
        {
            return false;
        }
        let Some(mut before) = self.vertices.last().copied() else { return false };
        let mut inside = self.contains_origin;
        let mut side_before = orientation(ORIGIN, point, before);
        for vertex in &self.vertices {
            let side = orientation(ORIGIN, point, *vertex);
            if side != side_before || side == 0 {
                inside ^= crosses(ORIGIN, point, before, *vertex);
            }
            (before, side_before) = (*vertex, side);
        }
        inside
    }

    /// Whether the ring shares an edge with another or crosses it.
    pub fn collides_with(&self, other: &Ring) -> bool {
        if self.is_far_from(other) {
            return false;
        }
        let own = self.vertices.len();
        let edges: Vec<_> = self.edges().chain(other.edges()).collect();
        let corner = |edge: usize| {
            let (ring, index) = if edge < own { (self, edge) } else { (other, edge - own) };
            let count = ring.vertices.len();
            let at = |index: usize| ring.vertices.get(index % count).copied();
            Some((at(index)?, at(index + 1)?, at(index + 2)?))
        };
        let apart = close_pairs(&edges, |first, second| {
            if (first < own) == (second < own) {
                return true;
            }
            let (Some((a, b, c)), Some((d, e, f))) = (corner(first), corner(second)) else { return true };
            match meeting(a, b, d, e) {
                Meeting::Crossing => false,
                Meeting::Apart => true,
                Meeting::AtEnd if (a == d && b == e) || (a == e && b == d) => false,
                // Where the second edges start at one point, the walks cross when one of the other's neighbours lies on each side.
                Meeting::AtEnd if b == e => in_order_around(b, c, d, a) == in_order_around(b, c, f, a),
                Meeting::AtEnd => true,
            }
        });
        !apart
    }

    /// Whether the circles around the two have no point in common.
    fn is_far_from(&self, other: &Ring) -> bool {
        let (Some((middle, reach)), Some((other_middle, other_reach))) = (self.circle, other.circle) else {
            return false;
        };
        let angle = |straight: f64| 2.0 * (straight / 2.0).min(1.0).asin();
        middle.angle_to(other_middle) > angle(reach.sqrt()) + angle(other_reach.sqrt())
    }

    /// At least three points, none twice, and edges that do not cross.
    fn is_valid(&self) -> bool {
        let mut sorted = self.vertices.clone();
        sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)).then(a.z.total_cmp(&b.z)));
        let repeated = sorted.iter().zip(sorted.iter().skip(1)).any(|(a, b)| a == b);
        if self.vertices.len() < 3 || repeated || self.edges().any(|(from, to)| from.is_opposite(to)) {
            return false;
        }
        let edges: Vec<_> = self.edges().collect();
        close_pairs(&edges, |first, second| match (edges.get(first), edges.get(second)) {
            (Some((a, b)), Some((c, d))) => meeting(*a, *b, *c, *d) != Meeting::Crossing,
            _ => true,
        })
    }

    fn choose_smaller_region(&mut self) {
        if self.curvature() < -1e-14 {
            self.vertices.reverse();
            self.find_inside();
        }
        self.circle = self.bounding_circle();
    }

    fn find_inside(&mut self) {
        let [first, second, third, ..] = self.vertices.as_slice() else { return };
        let (first, second, third) = (*first, *second, *third);
        self.circle = None;
        self.contains_origin = false;
        let holds_corner = first != third && corner_contains(first, second, third);
        self.contains_origin = holds_corner != self.contains(second);
    }

    /// A circle around all points of less than half of the earth; such a circle holds the edges, too, and since it leaves out
    /// more than half, the smaller region lies in it.
    fn bounding_circle(&self) -> Option<(Vector, f64)> {
        let sum = self.vertices.iter().fold(Vector::new(0.0, 0.0, 0.0), |sum, vertex| sum + *vertex);
        let middle = sum.unit();
        let reach = self.vertices.iter().map(|vertex| (*vertex - middle).squared_length()).fold(0.0, f64::max);
        (reach < 1.9).then_some((middle, reach * (1.0 + 1e-9) + 1e-15))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Point;
    use super::*;

    fn vector((longitude, latitude): (f64, f64)) -> Vector {
        Point { longitude, latitude }.vector()
    }

    fn ring(points: &[(f64, f64)]) -> Option<Ring> {
        Ring::new(points.iter().copied().map(vector).collect())
    }

    #[test]
    fn the_smaller_region_is_inside_whichever_way_round() {
        let there = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let back: Vec<_> = there.iter().rev().copied().collect();
        for points in [there.as_slice(), back.as_slice()] {
            let ring = ring(points).unwrap();
            assert!(ring.contains(vector((5.0, 5.0))));
            assert!(!ring.contains(vector((-5.0, 5.0))));
            assert!(!ring.contains(vector((-175.0, -5.0))));
            assert!(ring.curvature() > 0.0);
        }
    }

    #[test]
    fn rings_that_meet_themselves_are_none() {
        assert_eq!(ring(&[(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)]), None);
        assert_eq!(ring(&[(0.0, 0.0), (10.0, 10.0), (0.0, 0.0), (0.0, 10.0)]), None);
        assert_eq!(ring(&[(0.0, 0.0), (10.0, 10.0)]), None);
    }

    #[test]
    fn a_point_on_a_common_edge_is_in_one_of_two_neighbours() {
        let west = ring(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]).unwrap();
        let east = ring(&[(10.0, 0.0), (20.0, 0.0), (20.0, 10.0), (10.0, 10.0)]).unwrap();
        for latitude in [0.0, 10.0, 3.0, 7.5] {
            let point = vector((10.0, latitude));
            assert!(!(west.contains(point) && east.contains(point)));
        }
        for latitude in [3.0, 7.5] {
            let point = vector((10.0, latitude));
            assert_ne!(west.contains(point), east.contains(point));
        }
        assert!(west.collides_with(&east));
    }

    #[test]
    fn rings_may_share_a_corner() {
        let one = ring(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]).unwrap();
        assert!(!one.collides_with(&ring(&[(0.0, 0.0), (-10.0, 0.0), (-10.0, -10.0)]).unwrap()));
        assert!(!one.collides_with(&ring(&[(0.0, 0.0), (9.0, 1.0), (9.0, 4.0)]).unwrap()));
        assert!(one.collides_with(&ring(&[(0.0, 0.0), (9.0, 1.0), (1.0, 9.0)]).unwrap()));
        assert!(one.collides_with(&ring(&[(5.0, -1.0), (6.0, -1.0), (5.5, 1.0)]).unwrap()));
    }
}
