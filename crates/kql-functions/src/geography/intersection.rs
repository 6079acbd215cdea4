//! Where two shapes meet: `geo_intersects_…` and `geo_intersection_…`.

use arrow::array::ArrayRef;
use kql_types::dynamic::{Builder, Dynamic};

use super::edge_pairs::close_pairs;
use super::orientation::{Meeting, meeting};
use super::overlay::Operand;
use super::region::{Common, Region};
use super::shape::{LINE, Lines, POLYGON, Polygon, Shapes, write_lines, write_polygons, write_positions};
use super::sphere::Vector;
use super::{Point, begin_shape};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    GEO_INTERSECTS_2LINES,
    GEO_INTERSECTS_LINE_WITH_POLYGON,
    GEO_INTERSECTS_2POLYGONS,
    GEO_INTERSECTION_2LINES,
    GEO_INTERSECTION_LINE_WITH_POLYGON,
    GEO_INTERSECTION_2POLYGONS,
];

const fn named(parameter: Parameter, name: &'static str) -> Parameter {
    Parameter { name, ..parameter }
}

const INTERSECTS: &str = "A bool; null when one of the shapes is not valid.";
const INTERSECTION: &str = "What the two have in common in GeoJSON: a shape, a GeometryCollection of points, lines and polygons, or an empty one; \
                            null when one of the shapes is not valid.";

const GEO_INTERSECTS_2LINES: Function = Function {
    name: "geo_intersects_2lines",
    aliases: &[],
    documentation: Documentation {
        summary: "Whether two lines meet.",
        returns: INTERSECTS,
        notes: "",
        page: "geo-intersects-2lines-function",
    },
    overloads: &[overload!(
        [named(LINE, "lineString1"), named(LINE, "lineString2")] -> Bool,
        geo_intersects_2lines
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print geo_intersects_2lines(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [2, 2]]}), \
             dynamic({'type': 'LineString', 'coordinates': [[0, 2], [2, 0]]}))",
            "True",
        ),
        example(
            "print geo_intersects_2lines(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [2, 2]]}), \
             dynamic({'type': 'LineString', 'coordinates': [[1, 2], [0, 2]]}))",
            "False",
        ),
    ],
};

const GEO_INTERSECTS_LINE_WITH_POLYGON: Function = Function {
    name: "geo_intersects_line_with_polygon",
    aliases: &[],
    documentation: Documentation {
        summary: "Whether a line meets a polygon or lies in it.",
        returns: INTERSECTS,
        notes: "",
        page: "geo-intersects-line-with-polygon-function",
    },
    overloads: &[overload!([LINE, POLYGON] -> Bool, geo_intersects_line_with_polygon)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print geo_intersects_line_with_polygon(dynamic({'type': 'LineString', 'coordinates': [[1, 1], [2, 2]]}), \
             dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}))",
            "True",
        ),
        example(
            "print geo_intersects_line_with_polygon(dynamic({'type': 'LineString', 'coordinates': [[5, 1], [6, 2]]}), \
             dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}))",
            "False",
        ),
    ],
};

const GEO_INTERSECTS_2POLYGONS: Function = Function {
    name: "geo_intersects_2polygons",
    aliases: &[],
    documentation: Documentation {
        summary: "Whether two polygons meet or one lies in the other.",
        returns: INTERSECTS,
        notes: "",
        page: "geo-intersects-2polygons-function",
    },
    overloads: &[overload!(
        [named(POLYGON, "polygon1"), named(POLYGON, "polygon2")] -> Bool,
        geo_intersects_2polygons
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print geo_intersects_2polygons(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 0]]]}), \
             dynamic({'type': 'Polygon', 'coordinates': [[[2, 1], [3, 1], [3, 2], [2, 1]]]}))",
            "True",
        ),
        example(
            "print geo_intersects_2polygons(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 0]]]}), \
             dynamic({'type': 'Polygon', 'coordinates': [[[0, 1], [1, 3], [0, 3], [0, 1]]]}))",
            "False",
        ),
    ],
};

const GEO_INTERSECTION_2LINES: Function = Function {
    name: "geo_intersection_2lines",
    aliases: &[],
    documentation: Documentation {
        summary: "The points and stretches that two lines have in common.",
        returns: INTERSECTION,
        notes: "",
        page: "geo-intersection-2lines-function",
    },
    overloads: &[overload!(
        [named(LINE, "lineString1"), named(LINE, "lineString2")] -> Dynamic,
        geo_intersection_2lines
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print x = geo_intersection_2lines(dynamic({'type': 'LineString', 'coordinates': [[-1, 0], [1, 0]]}), \
             dynamic({'type': 'LineString', 'coordinates': [[0, 0], [0, 2]]}))",
            "{\"type\":\"Point\",\"coordinates\":[0.0,0.0]}",
        ),
        example(
            "print x = geo_intersection_2lines(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [1, 0]]}), \
             dynamic({'type': 'LineString', 'coordinates': [[0, 1], [1, 1]]}))",
            "{\"type\":\"GeometryCollection\",\"geometries\":[]}",
        ),
    ],
};

const GEO_INTERSECTION_LINE_WITH_POLYGON: Function = Function {
    name: "geo_intersection_line_with_polygon",
    aliases: &[],
    documentation: Documentation {
        summary: "The stretches of a line that lie in a polygon, and the points where it touches the polygon.",
        returns: INTERSECTION,
        notes: "",
        page: "geo-intersection-line-with-polygon-function",
    },
    overloads: &[overload!([LINE, POLYGON] -> Dynamic, geo_intersection_line_with_polygon)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print x = geo_intersection_line_with_polygon(dynamic({'type': 'LineString', 'coordinates': [[-1, 0], [9, 0]]}), \
         dynamic({'type': 'Polygon', 'coordinates': [[[0, -2], [0, -1], [0, 1], [-3, 1], [0, -2]]]})).type",
        "LineString",
    )],
};

const GEO_INTERSECTION_2POLYGONS: Function = Function {
    name: "geo_intersection_2polygons",
    aliases: &[],
    documentation: Documentation {
        summary: "The region that two polygons have in common, and the lines and points where they touch.",
        returns: INTERSECTION,
        notes: "",
        page: "geo-intersection-2polygons-function",
    },
    overloads: &[overload!(
        [named(POLYGON, "polygon1"), named(POLYGON, "polygon2")] -> Dynamic,
        geo_intersection_2polygons
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print x = geo_intersection_2polygons(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]]}), \
             dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [-1, 0], [-1, 1], [0, 0]]]}))",
            "{\"type\":\"Point\",\"coordinates\":[0.0,0.0]}",
        ),
        example(
            "print geo_intersection_2polygons(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}), \
             dynamic({'type': 'Polygon', 'coordinates': [[[1, 0], [2, 0], [2, 1], [1, 1], [1, 0]]]})).type",
            "LineString",
        ),
    ],
};

fn geo_intersects_2lines(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut first = Shapes::new(arguments, 0, Lines::read)?;
    let mut second = Shapes::new(arguments, 1, Lines::read)?;
    Ok(output::bools(arguments.rows(), |row| Some(edges_meet(first.get(row)?.edges(), second.get(row)?.edges()))))
}

fn geo_intersects_line_with_polygon(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut lines = Shapes::new(arguments, 0, Lines::read)?;
    let mut polygons = Shapes::new(arguments, 1, Polygon::read)?;
    Ok(output::bools(arguments.rows(), |row| {
        let (lines, polygon) = (lines.get(row)?, polygons.get(row)?);
        let starts_inside = lines.lines().iter().filter_map(|line| line.first()).any(|start| polygon.contains(*start));
        Some(starts_inside || edges_meet(lines.edges(), polygon.edges()))
    }))
}

fn geo_intersects_2polygons(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut first = Shapes::new(arguments, 0, Polygon::read)?;
    let mut second = Shapes::new(arguments, 1, Polygon::read)?;
    Ok(output::bools(arguments.rows(), |row| {
        let (first, second) = (first.get(row)?, second.get(row)?);
        let holds_ring = |outer: &Polygon, inner: &Polygon| {
            inner.rings().iter().filter_map(|ring| ring.vertices().first()).any(|vertex| outer.contains(*vertex))
        };
        Some(holds_ring(first, second) || holds_ring(second, first) || edges_meet(first.edges(), second.edges()))
    }))
}

/// Whether an edge of the first meets one of the second.
fn edges_meet(first: impl Iterator<Item = (Vector, Vector)>, second: impl Iterator<Item = (Vector, Vector)>) -> bool {
    let mut edges: Vec<_> = first.collect();
    let count = edges.len();
    edges.extend(second);
    let apart = close_pairs(&edges, |a, b| match (edges.get(a), edges.get(b)) {
        (Some((a0, a1)), Some((b0, b1))) if a < count && b >= count => meeting(*a0, *a1, *b0, *b1) == Meeting::Apart,
        _ => true,
    });
    !apart
}

fn geo_intersection_2lines(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    intersections(arguments, read_lines, read_lines)
}

fn geo_intersection_line_with_polygon(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    intersections(arguments, read_lines, read_region)
}

fn geo_intersection_2polygons(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    intersections(arguments, read_region, read_region)
}

fn read_lines(value: Dynamic<'_>) -> Option<Operand> {
    Some(Operand::lines(Lines::read(value)?.edges().collect()))
}

fn read_region(value: Dynamic<'_>) -> Option<Operand> {
    Some(Region::of(&Polygon::read(value)?).operand())
}

/// How an argument is read.
type Read = fn(Dynamic<'_>) -> Option<Operand>;

/// What the two shapes of each row have in common.
fn intersections(arguments: &Arguments<'_>, first: Read, second: Read) -> Result<ArrayRef, KernelError> {
    let mut first = Shapes::new(arguments, 0, first)?;
    let mut second = Shapes::new(arguments, 1, second)?;
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(first), Some(second)) = (first.get(row), second.get(row)) else { return Ok(false) };
        write_common(&Common::of(first, second).ok_or_else(too_complex)?, out);
        Ok(true)
    })
}

/// Appends what two shapes have in common: a shape of one kind, or a collection of those of different kinds.
fn write_common(common: &Common, out: &mut String) {
    let Common { points, lines, polygons } = common;
    let kinds = [!points.is_empty(), !lines.is_empty(), !polygons.is_empty()];
    let several = kinds.into_iter().filter(|is_there| *is_there).count() != 1;
    let writers: [&dyn Fn(&mut String); 3] =
        [&|out| write_points(points, out), &|out| write_lines(lines, out), &|out| write_polygons(polygons, out)];
    let mut written = writers.iter().zip(kinds).filter(|(_, is_there)| *is_there).map(|(write, _)| write);
    if !several {
        written.for_each(|write| write(out));
        return;
    }
    let mut builder = Builder::new(out);
    builder.begin_bag();
    builder.key("type");
    builder.string("GeometryCollection");
    builder.key("geometries");
    builder.begin_array();
    for write in &mut written {
        let mut shape = String::new();
        write(&mut shape);
        builder.raw(Dynamic::new(&shape));
    }
    builder.end_array();
    builder.end_bag();
}

/// Appends a Point, or a MultiPoint when there are several.
fn write_points(points: &[Vector], out: &mut String) {
    let mut builder = Builder::new(out);
    if let [point] = points {
        begin_shape("Point", &mut builder);
        Point::from_vector(*point).write(&mut builder);
    } else {
        begin_shape("MultiPoint", &mut builder);
        write_positions(points, &mut builder);
    }
    builder.end_bag();
}

/// What a function says when shapes cannot be laid over each other.
pub fn too_complex() -> KernelError {
    KernelError("the shapes cross each other too often or too closely".to_owned())
}
