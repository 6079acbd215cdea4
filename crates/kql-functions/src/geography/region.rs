//! Regions of the earth as the inside of closed walks, and what they have in common or make up together.
//!
//! Kusto takes these operations from Google's S2 library; the order of rings and vertices here is the one that comes of its way
//! to go about them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::assembly::{closed_walks, nest, paths};
use super::overlay::{Operand, Overlay, Part, Piece, REFERENCES, Step};
use super::ring::Ring;
use super::shape::{Line, Lines, Polygon, line_edges};
use super::sphere::Vector;

/// A shell counterclockwise and the holes in it clockwise; each point of a ring is given once.
pub type Rings = Vec<Vec<Vector>>;

/// A region that closed walks part from the rest of the earth.
#[derive(Clone, Debug)]
pub struct Region {
    polygons: Vec<Rings>,
    /// Whether the region holds each of the places from which windings are found.
    holds: [bool; 2],
}

impl Region {
    pub fn of(polygon: &Polygon) -> Region {
        let rings = polygon.rings();
        let ring = |position: usize, ring: usize| {
            let mut vertices = rings.get(ring).map_or(Vec::new(), |ring| ring.vertices().to_vec());
            if position > 0 {
                vertices.reverse();
            }
            vertices
        };
        let polygons = nest(rings)
            .into_iter()
            .map(|polygon| polygon.into_iter().enumerate().map(|(position, number)| ring(position, number)).collect())
            .collect();
        Region { polygons, holds: REFERENCES.map(|reference| polygon.contains(reference)) }
    }

    /// The region that lies to the left of steps between places.
    pub fn to_the_left(places: &[Vector], steps: Vec<Step>, holds: [bool; 2]) -> Option<Region> {
        let walks = closed_walks(places, steps)?;
        let rings: Vec<_> = walks.iter().cloned().map(Ring::known).collect();
        let walk = |number: usize| walks.get(number).cloned().unwrap_or_default();
        let polygons = nest(&rings).into_iter().map(|polygon| polygon.into_iter().map(walk).collect()).collect();
        Some(Region { polygons, holds })
    }

    /// Shells with their holes.
    pub fn polygons(&self) -> &[Rings] {
        &self.polygons
    }

    /// All rings, the region to the left of each.
    pub fn rings(&self) -> impl Iterator<Item = &Vec<Vector>> + Clone {
        self.polygons.iter().flatten()
    }

    /// Whether the region holds each of the references of an overlay.
    pub fn holds(&self) -> [bool; 2] {
        self.holds
    }

    /// The polygon of the region's rings.
    pub fn to_polygon(&self) -> Option<Polygon> {
        Polygon::new(self.rings().cloned().map(Ring::known).collect())
    }

    pub fn vertex_count(&self) -> usize {
        self.rings().map(Vec::len).sum()
    }

    /// The edges, the region to the left of each.
    pub fn edges(&self) -> Vec<(Vector, Vector)> {
        self.rings().flat_map(|ring| line_edges(ring).chain(ring.last().copied().zip(ring.first().copied()))).collect()
    }

    pub fn operand(&self) -> Operand {
        Operand::region(self.edges(), self.holds)
    }

    /// What lies in one of two regions or in both.
    pub fn union(&self, other: &Region) -> Option<Region> {
        let overlay = Overlay::new(&self.operand(), &other.operand())?;
        let inside = |piece: &Piece| {
            let [first, second] = &piece.parts;
            (first.is_left() || second.is_left(), first.is_right() || second.is_right())
        };
        let steps = border(&overlay, inside);
        let [first, second] = [self.holds, other.holds];
        Region::to_the_left(&overlay.vertices, steps, [first[0] || second[0], first[1] || second[1]])
    }

    /// What lies in one of several regions. The two with the fewest vertices are made one until one is left; the order of the
    /// result depends on that.
    pub fn union_of(regions: Vec<Region>) -> Option<Region> {
        let mut queue: BinaryHeap<_> =
            regions.iter().enumerate().map(|(number, region)| Reverse((region.vertex_count(), number))).collect();
        let mut regions: Vec<Option<Region>> = regions.into_iter().map(Some).collect();
        loop {
            let Reverse((_, first)) = queue.pop()?;
            let first = regions.get_mut(first)?.take()?;
            let Some(Reverse((_, second))) = queue.pop() else { return Some(first) };
            let union = first.union(&regions.get_mut(second)?.take()?)?;
            queue.push(Reverse((union.vertex_count(), regions.len())));
            regions.push(Some(union));
        }
    }
}

/// The steps along pieces that have the inside on one side only, with the inside to their left. `inside` tells it of the left
/// and the right of a piece.
pub fn border(overlay: &Overlay, inside: impl Fn(&Piece) -> (bool, bool)) -> Vec<Step> {
    let first =
        |piece: &Piece, edge: fn(&Part) -> Option<usize>| piece.parts.iter().filter_map(edge).min().unwrap_or(0);
    let step = |piece: &Piece| {
        let [low, high] = piece.ends;
        match inside(piece) {
            (true, false) => Some(Step { from: low, to: high, order: first(piece, |part| part.forwards) }),
            (false, true) => Some(Step { from: high, to: low, order: first(piece, |part| part.backwards) }),
            _ => None,
        }
    };
    overlay.pieces.iter().filter_map(step).collect()
}

/// What two shapes have in common, borders and ends included.
#[derive(Debug, Default)]
pub struct Common {
    /// Where they touch only.
    pub points: Vec<Vector>,
    /// Along which they touch, or lines in a region.
    pub lines: Vec<Line>,
    pub polygons: Vec<Rings>,
}

impl Common {
    /// `None` when the two cross too often.
    pub fn of(first: &Operand, second: &Operand) -> Option<Common> {
        let overlay = Overlay::new(first, second)?;
        let inside = |piece: &Piece| {
            let [first, second] = &piece.parts;
            (first.is_left() && second.is_left(), first.is_right() && second.is_right())
        };
        let borders = border(&overlay, inside);
        let shared = |piece: &&Piece| inside(piece) == (false, false) && piece.parts.iter().all(Part::holds);
        let shared: Vec<_> = overlay.pieces.iter().filter(shared).filter_map(along).collect();
        let mut covered = vec![false; overlay.vertices.len()];
        for vertex in borders.iter().chain(&shared).flat_map(|step| [step.from, step.to]) {
            covered.get_mut(vertex).into_iter().for_each(|covered| *covered = true);
        }
        let touches = |vertex: usize| {
            let held_by = |part: fn(&Piece) -> &Part| overlay.pieces_at(vertex).any(|piece| part(piece).holds());
            held_by(|piece| &piece.parts[0]) && held_by(|piece| &piece.parts[1])
        };
        let alone = |(vertex, covered): (usize, &bool)| (!covered && touches(vertex)).then(|| overlay.place(vertex));
        Some(Common {
            points: covered.iter().enumerate().filter_map(alone).collect(),
            lines: paths(&overlay.vertices, shared),
            polygons: Region::to_the_left(&overlay.vertices, borders, [false; 2])?.polygons,
        })
    }
}

/// The step along a piece in the direction of the first edge there.
fn along(piece: &Piece) -> Option<Step> {
    let [low, high] = piece.ends;
    piece.parts.iter().find_map(|part| {
        let forwards = part.forwards.map(|order| Step { from: low, to: high, order });
        forwards.or(part.backwards.map(|order| Step { from: high, to: low, order }))
    })
}

/// All lines of several sets in one, each stretch once; `None` when they cross too often. Where lines of different sets meet,
/// they are parted.
pub fn union_of_lines(sets: Vec<Lines>) -> Option<Vec<Line>> {
    let mut sets: Vec<Vec<Line>> = sets.into_iter().map(|set| set.lines().to_vec()).collect();
    while sets.len() > 1 {
        let union = |pair: &[Vec<Line>]| match pair {
            [first, second] => union_of_two(first, second),
            other => other.first().cloned(),
        };
        sets = sets.chunks(2).map(union).collect::<Option<_>>()?;
    }
    sets.pop()
}

fn union_of_two(first: &[Line], second: &[Line]) -> Option<Vec<Line>> {
    let operand = |lines: &[Line]| Operand::lines(lines.iter().flat_map(|line| line_edges(line)).collect());
    let overlay = Overlay::new(&operand(first), &operand(second))?;
    Some(paths(&overlay.vertices, overlay.pieces.iter().filter_map(along).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::Point;
    use super::*;

    fn region(rings: &[&[(f64, f64)]]) -> Region {
        let vector = |(longitude, latitude): &(f64, f64)| Point { longitude: *longitude, latitude: *latitude }.vector();
        let ring = |places: &&[(f64, f64)]| Ring::new(places.iter().map(vector).collect()).unwrap();
        Region::of(&Polygon::new(rings.iter().map(ring).collect()).unwrap())
    }

    fn square(west: f64, south: f64, side: f64) -> Region {
        region(&[&[(west, south), (west + side, south), (west + side, south + side), (west, south + side)]])
    }

    /// The vertices in tenths of degrees.
    fn tenths(ring: &[Vector]) -> Vec<(i64, i64)> {
        let round = |degrees: f64| (degrees * 10.0).round() as i64;
        let place = |vertex: &Vector| {
            let point = Point::from_vector(*vertex);
            (round(point.longitude), round(point.latitude))
        };
        ring.iter().map(place).collect()
    }

    fn sizes(polygons: &[Rings]) -> Vec<Vec<usize>> {
        polygons.iter().map(|rings| rings.iter().map(Vec::len).collect()).collect()
    }

    #[test]
    fn a_union_starts_behind_its_latest_edge() {
        let union = square(0.0, 0.0, 2.0).union(&square(1.0, 1.0, 2.0)).unwrap();
        let [rings] = union.polygons() else { panic!("{union:?}") };
        assert_eq!(tenths(&rings[0]), [(10, 20), (0, 20), (0, 0), (20, 0), (20, 10), (30, 10), (30, 30), (10, 30)]);
    }

    #[test]
    fn squares_around_a_gap_make_up_a_ring_with_a_hole() {
        let bars = [
            region(&[&[(0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (0.0, 1.0)]]),
            region(&[&[(0.0, 2.0), (3.0, 2.0), (3.0, 3.0), (0.0, 3.0)]]),
            region(&[&[(0.0, 0.0), (1.0, 0.0), (1.0, 3.0), (0.0, 3.0)]]),
            region(&[&[(2.0, 0.0), (3.0, 0.0), (3.0, 3.0), (2.0, 3.0)]]),
        ];
        let union = Region::union_of(bars.to_vec()).unwrap();
        let [rings] = union.polygons() else { panic!("{union:?}") };
        assert_eq!(rings.len(), 2);
        assert_eq!(
            union.to_polygon().map(|polygon| polygon.contains(Point { longitude: 1.5, latitude: 1.5 }.vector())),
            Some(false)
        );
    }

    #[test]
    fn what_lies_in_a_hole_is_not_common() {
        let hole = region(&[
            &[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)],
            &[(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)],
        ]);
        let common = Common::of(&hole.operand(), &square(2.0, 2.0, 3.0).operand()).unwrap();
        assert_eq!(sizes(&common.polygons), [[6]]);
        let common = Common::of(&hole.operand(), &square(1.5, 1.5, 1.0).operand()).unwrap();
        assert!(common.points.is_empty() && common.lines.is_empty() && common.polygons.is_empty());
    }

    #[test]
    fn neighbors_have_a_border_or_a_corner_in_common() {
        let common = Common::of(&square(0.0, 0.0, 1.0).operand(), &square(1.0, 0.0, 1.0).operand()).unwrap();
        assert_eq!((common.points.len(), common.lines.len(), common.polygons.len()), (0, 1, 0));
        assert_eq!(tenths(&common.lines[0]), [(10, 0), (10, 10)]);
        let common = Common::of(&square(0.0, 0.0, 1.0).operand(), &square(1.0, 1.0, 1.0).operand()).unwrap();
        assert_eq!(tenths(&common.points), [(10, 10)]);
    }

    #[test]
    fn lines_that_cross_are_parted_where_they_do() {
        let line = |places: [(f64, f64); 2]| {
            Lines::from_line(places.map(|(longitude, latitude)| Point { longitude, latitude }.vector()).to_vec())
        };
        let union = union_of_lines(vec![line([(0.0, 0.0), (2.0, 2.0)]), line([(0.0, 2.0), (2.0, 0.0)])]).unwrap();
        assert_eq!(union.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 2]);
    }
}
