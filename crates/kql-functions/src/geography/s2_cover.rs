//! Which S2 cells of one level a shape touches.

use super::orientation::crosses;
use super::s2_cell::{Cell, Square, along_face};
use super::shape::{Lines, Polygon};
use super::sphere::{Vector, distance_to_edge, nearest_on_edge};

/// The greatest number of cells of a covering.
pub const MAX_CELLS: u64 = 65_536;

/// How far on a face an edge may pass by a cell and still count as touching it, for rounding.
const MARGIN: f64 = 3.5e-15;

/// What is covered.
pub struct Region<'r> {
    edges: Vec<(Vector, Vector)>,
    polygon: Option<&'r Polygon>,
    /// How far around the shape cells count, in radians.
    radius: f64,
}

/// The edges that matter in a cell, and whether its middle lies inside.
struct Part {
    cell: Cell,
    edges: Vec<usize>,
    inside: bool,
}

impl Region<'_> {
    /// Lines and what lies within a radius of them, in radians.
    pub fn around_lines(lines: &Lines, radius: f64) -> Region<'_> {
        Region { edges: lines.edges().collect(), polygon: None, radius }
    }

    /// A polygon and what lies within a radius of it, in radians.
    pub fn around_polygon(polygon: &Polygon, radius: f64) -> Region<'_> {
        Region { edges: polygon.edges().collect(), polygon: Some(polygon), radius }
    }

    /// The cells of a level that the region touches, in the order of their numbers; `None` when there are too many.
    pub fn covering(&self, level: u32) -> Option<Vec<Cell>> {
        let mut cells = Vec::new();
        let all: Vec<usize> = (0..self.edges.len()).collect();
        let mut parts: Vec<Part> = Vec::new();
        for face in (0..6).rev() {
            let cell = Cell::of_face(face);
            let inside = self.polygon.is_some_and(|polygon| polygon.contains(cell.center()));
            parts.push(Part { cell, edges: self.near(&cell.square(), &all), inside });
        }
        // The last part is the next along the curve.
        while let Some(part) = parts.pop() {
            let whole = if part.edges.is_empty() { part.inside } else { self.holds(&part) };
            if part.edges.is_empty() && !whole {
                continue;
            }
            if whole || part.cell.level() >= level {
                let count = 1u64 << (2 * (level - part.cell.level()));
                if cells.len() as u64 + count > MAX_CELLS {
                    return None;
                }
                cells.extend(part.cell.descendants(level));
                continue;
            }
            let middle = part.cell.center();
            let children: Vec<Cell> = part.cell.descendants(part.cell.level() + 1).collect();
            for cell in children.into_iter().rev() {
                let edges = self.near(&cell.square(), &part.edges);
                let inside = part.inside != self.is_apart(middle, cell.center(), &part.edges);
                parts.push(Part { cell, edges, inside });
            }
        }
        Some(cells)
    }

    /// Those of the edges that touch a square, or lie within the radius of it.
    fn near(&self, square: &Square, edges: &[usize]) -> Vec<usize> {
        let corners = (self.radius > 0.0).then(|| square.corners());
        let near = |edge: &&usize| {
            let Some((from, to)) = self.edges.get(**edge).copied() else { return false };
            touches(square, from, to) || corners.is_some_and(|corners| distance(&corners, from, to) <= self.radius)
        };
        edges.iter().filter(near).copied().collect()
    }

    /// Whether the whole cell lies within the radius of some point of the edges.
    fn holds(&self, part: &Part) -> bool {
        if self.radius <= 0.0 || self.radius >= std::f64::consts::FRAC_PI_2 {
            return false;
        }
        let (middle, corners) = (part.cell.center(), part.cell.square().corners());
        part.edges.iter().filter_map(|edge| self.edges.get(*edge)).any(|(from, to)| {
            let nearest = nearest_on_edge(middle, *from, *to);
            corners.iter().all(|corner| corner.angle_to(nearest) <= self.radius)
        })
    }

    /// Whether one of two places lies inside the polygon and the other does not.
    fn is_apart(&self, from: Vector, to: Vector, edges: &[usize]) -> bool {
        let crossed = |edge: &&usize| self.edges.get(**edge).is_some_and(|(a, b)| crosses(from, to, *a, *b));
        self.polygon.is_some() && edges.iter().filter(crossed).count() % 2 == 1
    }
}

/// Whether an edge touches a square: there is a part of the straight line between its ends, from 0 to 1, that lies behind
/// none of the square's four sides.
fn touches(square: &Square, from: Vector, to: Vector) -> bool {
    let (from, to) = (along_face(square.face, from), along_face(square.face, to));
    let (mut first, mut last) = (0.0f64, 1.0f64);
    for (axis, [least, greatest]) in [(0, square.u), (1, square.v)] {
        for (bound, side) in [(least - MARGIN, 1.0), (greatest + MARGIN, -1.0)] {
            // Positive within the bound.
            let at = |place: [f64; 3]| side * (place[axis] - bound * place[2]);
            let (start, end) = (at(from), at(to));
            if start < 0.0 && end < 0.0 {
                return false;
            }
            if start < 0.0 {
                first = first.max(start / (start - end));
            } else if end < 0.0 {
                last = last.min(start / (start - end));
            }
        }
    }
    first <= last
}

/// How far an edge is from a cell that it does not touch.
fn distance(corners: &[Vector; 4], from: Vector, to: Vector) -> f64 {
    let [a, b, c, d] = *corners;
    let of_ends = [(a, b), (b, c), (c, d), (d, a)]
        .into_iter()
        .map(|(start, end)| distance_to_edge(from, start, end).min(distance_to_edge(to, start, end)));
    of_ends.chain(corners.iter().map(|corner| distance_to_edge(*corner, from, to))).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use kql_types::dynamic::Dynamic;

    use super::super::RADIUS;
    use super::*;

    const LEVEL: u32 = 6;

    fn polygon(coordinates: &str) -> Polygon {
        let text = format!(r#"{{"type":"Polygon","coordinates":{coordinates}}}"#);
        Polygon::read(Dynamic::new(&text)).unwrap()
    }

    fn all_cells() -> impl Iterator<Item = Cell> {
        (0..6).flat_map(|face| Cell::of_face(face).descendants(LEVEL))
    }

    #[test]
    fn a_covering_has_the_cells_that_the_shape_touches_and_no_others() {
        // Over the edge of two faces, around a pole, over the antimeridian, with a hole.
        for coordinates in [
            "[[[40,-3],[50,-5],[48,9],[40,-3]]]",
            "[[[0,80],[120,82],[-120,78],[0,80]]]",
            "[[[170,-20],[-165,-20],[-170,10],[170,-20]]]",
            "[[[0,0],[30,0],[30,30],[0,30],[0,0]],[[5,5],[5,25],[25,25],[25,5],[5,5]]]",
        ] {
            let polygon = polygon(coordinates);
            for radius in [0.0, 0.03] {
                let covering = Region::around_polygon(&polygon, radius).covering(LEVEL).unwrap();
                assert!(covering.is_sorted(), "{coordinates}");
                for cell in all_cells() {
                    let corners = cell.square().corners();
                    let distance = polygon.distance_to(cell.center());
                    let half = corners.iter().map(|corner| corner.angle_to(cell.center())).fold(0.0, f64::max);
                    let covers = covering.binary_search(&cell).is_ok();
                    let holds_part = corners.iter().any(|corner| polygon.distance_to(*corner) <= radius);
                    assert!(covers || !holds_part && distance > radius, "{coordinates} {cell} is missing");
                    assert!(!covers || distance <= radius + half, "{coordinates} {cell} is too much");
                }
            }
        }
    }

    #[test]
    fn a_covering_of_too_many_cells_is_none() {
        let polygon = polygon("[[[0,0],[30,0],[30,30],[0,0]]]");
        assert!(Region::around_polygon(&polygon, 0.0).covering(20).is_none());
        assert!(Region::around_polygon(&polygon, 1000.0 / RADIUS).covering(30).is_none());
    }
}
