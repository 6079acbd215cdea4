//! Regions around shapes: `geo_point_buffer`, `geo_line_buffer`, `geo_polygon_buffer`, and the outlines of which such regions are made.
//!
//! An outline walks at the distance of the radius around a shape, in arcs of great circles where a circle would be right. It is
//! made as Google's S2 library does it, which Kusto uses: the number of vertices and their places follow from the tolerance.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use arrow::array::ArrayRef;
use arrow::datatypes::Float64Type;

use super::intersection::too_complex;
use super::orientation::{corner_contains, crosses, orientation};
use super::overlay::{Operand, Overlay, REFERENCES};
use super::region::{Region, border};
use super::shape::{LINE, Lines, POLYGON, Polygon, Shapes, write_polygons};
use super::sphere::{Vector, normal};
use super::{Points, RADIUS, real};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_POINT_BUFFER, GEO_LINE_BUFFER, GEO_POLYGON_BUFFER];

/// The parameter that takes the distance of the outline.
pub const BUFFER_RADIUS: Parameter = real("radius").describe("The distance in meters, above 0.");

/// The parameter that takes the tolerance of the outline.
pub const TOLERANCE: Parameter = real("tolerance").optional().describe(
    "How far the border may lie from the right distance, in meters: 10 without it, and always less than the distance.",
);

/// The tolerance where none is given, in meters.
const DEFAULT_TOLERANCE: f64 = 10.0;

/// The least tolerance by the radius.
const LEAST_ERROR: f64 = 1e-6;

/// The most vertices of the outlines of one shape.
const MAX_VERTICES: usize = 4_000_000;

const GEO_POINT_BUFFER: Function = Function {
    name: "geo_point_buffer",
    aliases: &[],
    documentation: Documentation {
        summary: "The region that holds all places within a distance of a point.",
        returns: "A GeoJSON Polygon; null when a coordinate is null or not on the earth, or the distance or the tolerance is null or not above 0.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-point-buffer-function",
    },
    overloads: &[overload!(
        [
            real("longitude").describe("In degrees, from -180 to 180."),
            real("latitude").describe("In degrees, from -90 to 90."),
            BUFFER_RADIUS,
            TOLERANCE,
        ] -> Dynamic,
        geo_point_buffer
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_length(geo_point_buffer(13.4, 52.52, 1000).coordinates[0])", "24"),
        example("print isnull(geo_point_buffer(13.4, 52.52, 0))", "True"),
    ],
};

const GEO_LINE_BUFFER: Function = Function {
    name: "geo_line_buffer",
    aliases: &[],
    documentation: Documentation {
        summary: "The region that holds all places within a distance of a line or of several.",
        returns: "A GeoJSON Polygon or MultiPolygon; null when the line is not valid, or the distance or the tolerance is null or not above 0.",
        notes: "Measured on a sphere with a radius of 6371010 meters. The ends are round.",
        page: "geo-line-buffer-function",
    },
    overloads: &[overload!([LINE, BUFFER_RADIUS, TOLERANCE] -> Dynamic, geo_line_buffer)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print geo_distance_point_to_polygon(5, 0.02, geo_line_buffer(dynamic({'type': 'LineString', 'coordinates': \
             [[0, 0], [10, 0]]}), 2000, 1)) between (222 .. 226)",
            "True",
        ),
        example(
            "print geo_line_buffer(dynamic({'type': 'MultiLineString', 'coordinates': [[[0, 0], [1, 0]], [[3, 0], [4, 0]]]}), 100).type",
            "MultiPolygon",
        ),
    ],
};

const GEO_POLYGON_BUFFER: Function = Function {
    name: "geo_polygon_buffer",
    aliases: &[],
    documentation: Documentation {
        summary: "The region that holds all places within a distance of a polygon.",
        returns: "A GeoJSON Polygon or MultiPolygon; null when the polygon is not valid, or the distance or the tolerance is null or not above 0.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-polygon-buffer-function",
    },
    overloads: &[overload!([POLYGON, BUFFER_RADIUS, TOLERANCE] -> Dynamic, geo_polygon_buffer)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print geo_polygon_buffer(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}), 1000).type",
            "Polygon",
        ),
        // Ninety degrees at a corner take a side for the circle of a tenth.
        example(
            "print geo_point_in_polygon(0.5, -0.5, geo_polygon_buffer(dynamic({'type': 'Polygon', 'coordinates': \
             [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}), 60000, 1))",
            "True",
        ),
        example(
            "print isnull(geo_polygon_buffer(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]]}), -1))",
            "True",
        ),
    ],
};

fn geo_point_buffer(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let points = Points::new(arguments, 0)?;
    buffers(arguments, 2, |row, distance| {
        let mut outlines = Outlines::new(distance, [false; 2]);
        outlines.add_point(points.get(row)?.vector());
        Some(outlines)
    })
}

fn geo_line_buffer(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut lines = Shapes::new(arguments, 0, Lines::read)?;
    buffers(arguments, 1, |row, distance| {
        let mut outlines = Outlines::new(distance, [false; 2]);
        lines.get(row)?.lines().iter().for_each(|line| outlines.add_line(line));
        Some(outlines)
    })
}

fn geo_polygon_buffer(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut polygons = Shapes::new(arguments, 0, Polygon::read)?;
    buffers(arguments, 1, |row, distance| {
        let region = Region::of(polygons.get(row)?);
        let mut outlines = Outlines::new(distance, region.holds());
        region.rings().for_each(|ring| outlines.add_ring(ring));
        Some(outlines)
    })
}

/// The regions within the outlines of each row; the arguments from a position on give the radius and the tolerance.
pub fn buffers(
    arguments: &Arguments<'_>,
    position: usize,
    mut outlines: impl FnMut(usize, Distance) -> Option<Outlines>,
) -> Result<ArrayRef, KernelError> {
    let radii = arguments.primitives::<Float64Type>(position)?;
    let tolerances =
        (arguments.len() > position + 1).then(|| arguments.primitives::<Float64Type>(position + 1)).transpose()?;
    output::dynamics(arguments.rows(), |row, out| {
        let find = || {
            let tolerance = match &tolerances {
                Some(tolerances) => tolerances.get(row)?,
                None => DEFAULT_TOLERANCE,
            };
            outlines(row, Distance::new(radii.get(row)?, tolerance)?)
        };
        let Some(outlines) = { find }() else { return Ok(false) };
        let polygons = outlines.region().ok_or_else(too_complex)?;
        write_polygons(polygons.polygons(), out);
        Ok(!polygons.polygons().is_empty())
    })
}

/// The distance between a shape and its outline, and the angles of the outline's arcs.
#[derive(Clone, Copy, Debug)]
pub struct Distance {
    /// In radians, at the middle of the earth.
    radius: f64,
    /// The most that the way around a vertex turns before the next vertex of the outline.
    vertex_step: f64,
    /// The longest stretch of an edge before the next vertex of the outline; none where the outline of an edge is a point.
    edge_step: Option<f64>,
}

impl Distance {
    /// The distance of a radius, with a tolerance, both in meters; `None` unless both are above 0, and when the radius reaches
    /// all of the earth, which no ring goes around.
    pub fn new(radius: f64, tolerance: f64) -> Option<Distance> {
        if !(radius > 0.0 && tolerance > 0.0 && radius.is_finite()) {
            return None;
        }
        let fraction = (tolerance / radius).clamp(LEAST_ERROR, 1.0 - 1e-12);
        let radius = radius / RADIUS;
        let error = radius * fraction;
        if radius + error >= PI {
            return None;
        }
        let aside = FRAC_PI_2 - radius;
        let edge_step = (aside > error).then(|| longest_step(aside, error));
        Some(Distance { radius, vertex_step: longest_step(radius, error), edge_step })
    }

    /// The place at the distance from another in a direction, which is a unit vector at a right angle.
    fn from(self, place: Vector, direction: Vector) -> Vector {
        towards(place, direction, self.radius)
    }
}

/// The longest step around a circle of a radius for which the straight way stays within the error.
fn longest_step(radius: f64, error: f64) -> f64 {
    let least = radius - error;
    let step = if radius < FRAC_PI_2 {
        2.0 * (least.tan() / radius.tan()).acos()
    } else if least > FRAC_PI_2 {
        2.0 * (radius.tan() / least.tan()).acos()
    } else {
        TAU
    };
    step.min(TAU / 3.0 + 1e-15)
}

/// The place at an angle from another in a direction, which is a unit vector at a right angle.
fn towards(place: Vector, direction: Vector, angle: f64) -> Vector {
    (place * angle.cos() + direction * angle.sin()).unit()
}

/// The right-hand normal of an edge.
fn to_the_right(a: Vector, b: Vector) -> Vector {
    normal(b, a).unit()
}

/// The outlines of the parts of a shape, and how often they go around the references.
pub struct Outlines {
    distance: Distance,
    edges: Vec<(Vector, Vector)>,
    references: [i32; 2],
    path: Vec<Vector>,
    /// The place of the shape, and that of the outline, that the path has come to, and where it began.
    here: Option<Vector>,
    began: Option<Vector>,
}

impl Outlines {
    /// No outlines yet, of a shape that holds the references or not.
    pub fn new(distance: Distance, holds: [bool; 2]) -> Outlines {
        let references = holds.map(i32::from);
        Outlines { distance, edges: Vec::new(), references, path: Vec::new(), here: None, began: None }
    }

    /// Adds the outline of a ring, on its right.
    pub fn add_ring(&mut self, ring: &[Vector]) {
        self.reach(ring.first().copied());
        let (once, twice) = (ring.iter().cycle().skip(1), ring.iter().cycle().skip(2));
        for ((a, b), c) in ring.iter().zip(once).zip(twice) {
            self.go_along(*a, *b);
            self.go_around(*a, *b, *c);
        }
        self.close();
    }

    /// Adds the outline of a point: a circle with evenly spaced vertices.
    pub fn add_point(&mut self, point: Vector) {
        self.reach(Some(point));
        let step = TAU / (TAU / self.distance.vertex_step).ceil() + 1e-15;
        let (mut start, mut angle) = (point.orthogonal(), 0.0);
        // A quarter at a time, so that rounding does not add up.
        for _ in 0..4 {
            let onwards = point.cross(start).unit();
            while angle < FRAC_PI_2 {
                self.add(self.distance.from(point, towards(start, onwards, angle)));
                angle += step;
            }
            (start, angle) = (onwards, angle - FRAC_PI_2);
        }
        self.close();
    }

    /// Adds the outline of a line of at least two points: along its right, around its end and back again.
    pub fn add_line(&mut self, line: &[Vector]) {
        let ([first, second, ..], [.., last_but_one, last]) = (line, line) else { return };
        let back: Vec<_> = line.iter().rev().copied().collect();
        self.reach(Some(*first));
        let right = to_the_right(*first, *second);
        self.turn(*first, -right, right);
        self.go_beside(line);
        let right = to_the_right(*last_but_one, *last);
        self.turn(*last, right, -right);
        self.go_beside(&back);
        self.close();
    }

    /// Goes along all edges of a line and around the vertices between them.
    fn go_beside(&mut self, line: &[Vector]) {
        for corner in line.windows(3) {
            if let [a, b, c] = corner {
                self.go_along(*a, *b);
                self.go_around(*a, *b, *c);
            }
        }
        if let [.., a, b] = line {
            self.go_along(*a, *b);
        }
    }

    /// The region within the outlines; `None` when they cross too often.
    pub fn region(self) -> Option<Region> {
        if self.edges.len() > MAX_VERTICES {
            return None;
        }
        let overlay = Overlay::new(&Operand::walks(self.edges, self.references), &Operand::lines(Vec::new()))?;
        let steps = border(&overlay, |piece| (piece.parts[0].is_left(), piece.parts[0].is_right()));
        Region::to_the_left(&overlay.vertices, steps, self.references.map(|winding| winding > 0))
    }

    /// Goes on to a place of the shape.
    fn reach(&mut self, place: Option<Vector>) {
        let Some(place) = place else { return };
        if let (Some(here), Some(last)) = (self.here, self.path.last().copied()) {
            self.sweep(here, last, place);
        }
        self.began.get_or_insert(place);
        self.here = Some(place);
    }

    /// Adds a vertex of the outline.
    fn add(&mut self, vertex: Vector) {
        if let (Some(here), Some(last)) = (self.here, self.path.last().copied()) {
            self.sweep(here, last, vertex);
        }
        self.path.push(vertex);
    }

    /// Ends an outline.
    fn close(&mut self) {
        if let (Some(here), Some(began), Some(last), Some(first)) =
            (self.here, self.began, self.path.last().copied(), self.path.first().copied())
        {
            self.sweep(here, last, began);
            self.sweep(began, last, first);
            self.edges.extend(self.path.iter().zip(self.path.iter().skip(1)).map(|(from, to)| (*from, *to)));
            self.edges.push((last, first));
        }
        self.path.clear();
        (self.here, self.began) = (None, None);
    }

    /// Counts a triangle that lies between the shape and its outline.
    fn sweep(&mut self, a: Vector, b: Vector, c: Vector) {
        let turn = orientation(a, b, c);
        if turn == 0 || self.edges.len() + self.path.len() > MAX_VERTICES {
            return;
        }
        for (winding, reference) in self.references.iter_mut().zip(REFERENCES) {
            let mut inside = corner_contains(a, b, c) == (turn > 0);
            inside ^= crosses(b, reference, a, b);
            inside ^= crosses(b, reference, b, c);
            inside ^= crosses(b, reference, c, a);
            *winding += if inside { i32::from(turn) } else { 0 };
        }
    }

    /// Goes along an edge, as far as its end but without it.
    fn go_along(&mut self, a: Vector, b: Vector) {
        let right = to_the_right(a, b);
        match self.distance.edge_step {
            None => self.add(right),
            Some(step) => {
                let ahead = a.cross(right).unit();
                let whole = a.angle_to(b);
                for angle in steps(step, whole) {
                    self.add(self.distance.from(towards(a, ahead, angle), right));
                }
            }
        }
        self.reach(Some(b));
    }

    /// Goes around the vertex `b` between two edges.
    fn go_around(&mut self, a: Vector, b: Vector, c: Vector) {
        let (start, end) = (to_the_right(a, b), to_the_right(b, c));
        if orientation(a, b, c) >= 0 {
            self.turn(b, start, end);
            if self.distance.edge_step.is_none() {
                self.add(self.distance.from(b, end));
            }
        } else {
            if self.distance.edge_step.is_some() {
                self.add(self.distance.from(b, start));
            }
            // The way leads through the vertex itself.
            self.add(b);
        }
    }

    /// Goes around a vertex from one direction to another, without the last.
    fn turn(&mut self, vertex: Vector, start: Vector, end: Vector) {
        let onwards = vertex.cross(start).unit();
        let whole = start.angle_to(end);
        for angle in steps(self.distance.vertex_step, whole) {
            self.add(self.distance.from(vertex, towards(start, onwards, angle)));
        }
    }
}

/// The angles from 0 on up to the whole, not with it, one always.
fn steps(step: f64, whole: f64) -> impl Iterator<Item = f64> {
    let count = if step > 0.0 { (whole / step).ceil().clamp(1.0, MAX_VERTICES as f64) } else { 1.0 };
    (0..count as u32).map(move |number| f64::from(number) * step)
}
