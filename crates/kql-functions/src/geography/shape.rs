//! Lines and polygons: read from GeoJSON, checked, and written as GeoJSON.

use hashbrown::HashMap;
use kql_types::dynamic::{Builder, Dynamic};

use super::region::Region;
use super::ring::Ring;
use super::sphere::{Vector, distance_to_edge};
use super::{Point, begin_shape};
use crate::argument::Strings;
use crate::signature::parameter_of;
use crate::{Arguments, KernelError, Parameter, ParameterType};

/// The parameter that takes a line.
pub const LINE: Parameter =
    parameter_of("lineString", ParameterType::DynamicBag).describe("A GeoJSON LineString or MultiLineString.");

/// The parameter that takes a polygon.
pub const POLYGON: Parameter =
    parameter_of("polygon", ParameterType::DynamicBag).describe("A GeoJSON Polygon or MultiPolygon.");

/// The shapes of an argument, each read once for all rows that have its text in common.
pub struct Shapes<'a, S> {
    texts: Strings<'a>,
    read: fn(Dynamic<'_>) -> Option<S>,
    /// The shapes by where their texts lie: a join or a constant repeats no text, only its place.
    known: HashMap<(*const u8, usize), Option<S>>,
}

impl<'a, S> Shapes<'a, S> {
    pub fn new(
        arguments: &Arguments<'a>,
        position: usize,
        read: fn(Dynamic<'_>) -> Option<S>,
    ) -> Result<Shapes<'a, S>, KernelError> {
        Ok(Shapes { texts: arguments.strings(position)?, read, known: HashMap::new() })
    }

    /// The shape of a row; `None` when it is null or not valid.
    pub fn get(&mut self, row: usize) -> Option<&S> {
        let text = self.texts.get(row)?;
        let read = || (self.read)(Dynamic::new(text));
        self.known.entry((text.as_ptr(), text.len())).or_insert_with(read).as_ref()
    }
}

/// The points of one line, at least two.
pub type Line = Vec<Vector>;

/// A GeoJSON LineString or MultiLineString.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    lines: Vec<Line>,
}

impl Lines {
    /// Reads a LineString or MultiLineString; `None` when the value is neither, or a line has less than two different points,
    /// a place that is not on the earth, or an edge of half the way round it.
    pub fn read(value: Dynamic<'_>) -> Option<Lines> {
        let coordinates = value.member("coordinates")?;
        let lines = match value.member("type")?.as_str()?.as_ref() {
            "LineString" => vec![read_line(coordinates)?],
            "MultiLineString" => coordinates.elements().map(read_line).collect::<Option<Vec<_>>>()?,
            _ => return None,
        };
        (!lines.is_empty()).then_some(Lines { lines })
    }

    /// Reads a LineString alone.
    pub fn read_one(value: Dynamic<'_>) -> Option<Line> {
        if value.member("type")?.as_str()? != "LineString" {
            return None;
        }
        read_line(value.member("coordinates")?)
    }

    pub fn from_line(line: Line) -> Lines {
        Lines { lines: vec![line] }
    }

    /// The lines, at least one.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The edges of all lines.
    pub fn edges(&self) -> impl Iterator<Item = (Vector, Vector)> + Clone {
        self.lines.iter().flat_map(|line| line_edges(line))
    }
}

/// A GeoJSON Polygon or MultiPolygon: what lies inside an odd number of its rings.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    rings: Vec<Ring>,
}

impl Polygon {
    /// Reads a Polygon or MultiPolygon; `None` when the value is neither, or a ring is not closed, has less than three different
    /// points or one of them twice, meets itself, or crosses or shares an edge with another.
    pub fn read(value: Dynamic<'_>) -> Option<Polygon> {
        let coordinates = value.member("coordinates")?;
        match value.member("type")?.as_str()?.as_ref() {
            "Polygon" => Polygon::new(read_rings(coordinates)?),
            "MultiPolygon" => {
                let polygons = coordinates.elements().map(|rings| Polygon::new(read_rings(rings)?));
                Polygon::of_several(polygons.collect::<Option<Vec<_>>>()?)
            }
            _ => None,
        }
    }

    /// What lies in one of several polygons.
    fn of_several(polygons: Vec<Polygon>) -> Option<Polygon> {
        let rings = polygons.iter().flat_map(|polygon| polygon.rings.clone()).collect();
        match Polygon::new(rings) {
            Some(polygon) if polygons.iter().all(|own| !own.lies_within_another_of(&polygons)) => Some(polygon),
            _ => Region::union_of(polygons.iter().map(Region::of).collect())?.to_polygon(),
        }
    }

    /// Whether the polygon, which collides with none of several, lies in one of them other than itself.
    fn lies_within_another_of(&self, polygons: &[Polygon]) -> bool {
        let inside = self.edges().next().map(|(from, to)| (from + to).unit());
        polygons.iter().any(|other| !std::ptr::eq(self, other) && inside.is_some_and(|inside| other.contains(inside)))
    }

    /// The polygon of rings, each with the smaller region inside; `None` when there is none, or they cross or share an edge.
    pub fn new(rings: Vec<Ring>) -> Option<Polygon> {
        let mut rest = rings.as_slice();
        while let [ring, others @ ..] = rest {
            if others.iter().any(|other| ring.collides_with(other)) {
                return None;
            }
            rest = others;
        }
        (!rings.is_empty()).then_some(Polygon { rings })
    }

    /// The rings, shells and holes alike, with the smaller region inside of each.
    pub fn rings(&self) -> &[Ring] {
        &self.rings
    }

    /// The edges of all rings.
    pub fn edges(&self) -> impl Iterator<Item = (Vector, Vector)> + Clone {
        self.rings.iter().flat_map(Ring::edges)
    }

    /// Whether a point lies inside.
    pub fn contains(&self, point: Vector) -> bool {
        self.rings.iter().filter(|ring| ring.contains(point)).count() % 2 == 1
    }

    /// How far a point is from the polygon, in radians; 0 inside.
    pub fn distance_to(&self, point: Vector) -> f64 {
        if self.contains(point) { 0.0 } else { distance_to_edges(point, self.edges()) }
    }
}

/// How far a point is from the nearest of edges, in radians.
pub fn distance_to_edges(point: Vector, edges: impl Iterator<Item = (Vector, Vector)>) -> f64 {
    edges.map(|(from, to)| distance_to_edge(point, from, to)).fold(f64::INFINITY, f64::min)
}

/// The edges of a line, one after another.
pub fn line_edges(line: &[Vector]) -> impl Iterator<Item = (Vector, Vector)> + Clone {
    line.iter().zip(line.iter().skip(1)).map(|(from, to)| (*from, *to))
}

/// Appends a LineString, or a MultiLineString when there are several lines.
pub fn write_lines<L: AsRef<[Vector]>>(lines: &[L], out: &mut String) {
    let mut builder = Builder::new(out);
    if let [line] = lines {
        begin_shape("LineString", &mut builder);
        write_positions(line.as_ref(), &mut builder);
    } else {
        begin_shape("MultiLineString", &mut builder);
        builder.begin_array();
        lines.iter().for_each(|line| write_positions(line.as_ref(), &mut builder));
        builder.end_array();
    }
    builder.end_bag();
}

/// Appends a Polygon, or a MultiPolygon when there are several. Each is a list of rings, the shell first, with each point
/// given once.
pub fn write_polygons<R: AsRef<[Vector]>>(polygons: &[Vec<R>], out: &mut String) {
    let mut builder = Builder::new(out);
    let write = |rings: &[R], builder: &mut Builder<'_>| {
        builder.begin_array();
        for ring in rings {
            let ring = ring.as_ref();
            let closed: Vec<_> = ring.iter().chain(ring.first()).copied().collect();
            write_positions(&closed, builder);
        }
        builder.end_array();
    };
    if let [polygon] = polygons {
        begin_shape("Polygon", &mut builder);
        write(polygon, &mut builder);
    } else {
        begin_shape("MultiPolygon", &mut builder);
        builder.begin_array();
        polygons.iter().for_each(|polygon| write(polygon, &mut builder));
        builder.end_array();
    }
    builder.end_bag();
}

/// Appends an array of positions.
pub fn write_positions(points: &[Vector], builder: &mut Builder<'_>) {
    builder.begin_array();
    points.iter().for_each(|point| Point::from_vector(*point).write(builder));
    builder.end_array();
}

/// The places of an array of positions.
fn read_positions(coordinates: Dynamic<'_>) -> Option<Vec<Vector>> {
    coordinates.elements().map(|position| Point::read(position).map(Point::vector)).collect()
}

fn read_line(coordinates: Dynamic<'_>) -> Option<Line> {
    let mut line = read_positions(coordinates)?;
    line.dedup();
    (line.len() >= 2 && !line_edges(&line).any(|(from, to)| from.is_opposite(to))).then_some(line)
}

fn read_rings(coordinates: Dynamic<'_>) -> Option<Vec<Ring>> {
    let read = |ring: Dynamic<'_>| {
        let mut vertices = read_positions(ring)?;
        if vertices.pop() != vertices.first().copied() {
            return None;
        }
        Ring::new(vertices)
    };
    coordinates.elements().map(read).collect()
}
