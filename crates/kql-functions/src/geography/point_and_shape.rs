//! Points beside lines and polygons: `geo_point_in_polygon`, `geo_distance_point_to_…`, `geo_closest_point_on_…`,
//! `geo_line_locate_point`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};

use super::point::{USE_SPHEROID, refuse_spheroid};
use super::shape::{LINE, Lines, POLYGON, Polygon, Shapes, distance_to_edges, line_edges};
use super::sphere::{Vector, nearest_on_edge};
use super::{Point, Points, RADIUS, real, write_point};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    GEO_POINT_IN_POLYGON,
    GEO_DISTANCE_POINT_TO_LINE,
    GEO_DISTANCE_POINT_TO_POLYGON,
    GEO_CLOSEST_POINT_ON_LINE,
    GEO_CLOSEST_POINT_ON_POLYGON,
    GEO_LINE_LOCATE_POINT,
];

const LONGITUDE: Parameter = real("longitude").describe("In degrees, from -180 to 180.");
const LATITUDE: Parameter = real("latitude").describe("In degrees, from -90 to 90.");

const GEO_POINT_IN_POLYGON: Function = Function {
    name: "geo_point_in_polygon",
    aliases: &[],
    documentation: Documentation {
        summary: "Whether a point lies inside a polygon or one of several.",
        returns: "A bool; null when a coordinate is null or not on the earth, or the polygon is not valid.",
        notes: "A point on the edge between two polygons lies inside one of them.",
        page: "geo-point-in-polygon-function",
    },
    overloads: &[overload!([LONGITUDE, LATITUDE, POLYGON] -> Bool, geo_point_in_polygon)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print geo_point_in_polygon(1, 1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}))",
            "True",
        ),
        example(
            "print geo_point_in_polygon(2, 2, dynamic({'type': 'Polygon', 'coordinates': [\
             [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], [[1, 1], [1, 3], [3, 3], [3, 1], [1, 1]]]}))",
            "False",
        ),
        example(
            "print isnull(geo_point_in_polygon(1, 1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [0, 0]]]})))",
            "True",
        ),
    ],
};

const GEO_DISTANCE_POINT_TO_LINE: Function = Function {
    name: "geo_distance_point_to_line",
    aliases: &[],
    documentation: Documentation {
        summary: "The shortest distance from a point to a line or several.",
        returns: "Meters as a `real`; null when a coordinate is null or not on the earth, or the line is not valid.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-distance-point-to-line-function",
    },
    overloads: &[overload!([LONGITUDE, LATITUDE, LINE] -> Real, geo_distance_point_to_line)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print round(geo_distance_point_to_line(5, 1, dynamic({'type': 'LineString', 'coordinates': [[0, 0], [10, 0]]})))",
        "111195.0",
    )],
};

const GEO_DISTANCE_POINT_TO_POLYGON: Function = Function {
    name: "geo_distance_point_to_polygon",
    aliases: &[],
    documentation: Documentation {
        summary: "The shortest distance from a point to a polygon or several.",
        returns: "Meters as a `real`, 0 inside; null when a coordinate is null or not on the earth, or the polygon is not valid.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-distance-point-to-polygon-function",
    },
    overloads: &[overload!([LONGITUDE, LATITUDE, POLYGON] -> Real, geo_distance_point_to_polygon)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print round(geo_distance_point_to_polygon(2, -1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 0]]]})))",
            "111195.0",
        ),
        example(
            "print geo_distance_point_to_polygon(3, 1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 0]]]}))",
            "0.0",
        ),
    ],
};

const GEO_CLOSEST_POINT_ON_LINE: Function = Function {
    name: "geo_closest_point_on_line",
    aliases: &[],
    documentation: Documentation {
        summary: "The point of a line or several that is nearest to a point.",
        returns: "A GeoJSON point; null when a coordinate is null or not on the earth, or the line is not valid.",
        notes: "",
        page: "geo-closest-point-on-line-function",
    },
    overloads: &[overload!([LONGITUDE, LATITUDE, LINE] -> Dynamic, geo_closest_point_on_line)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print x = geo_closest_point_on_line(-3, 1, dynamic({'type': 'LineString', 'coordinates': [[0, 0], [10, 0]]}))",
        "{\"type\":\"Point\",\"coordinates\":[0.0,0.0]}",
    )],
};

const GEO_CLOSEST_POINT_ON_POLYGON: Function = Function {
    name: "geo_closest_point_on_polygon",
    aliases: &[],
    documentation: Documentation {
        summary: "The point of a polygon or several that is nearest to a point.",
        returns: "A GeoJSON point, the given one inside; null when a coordinate is null or not on the earth, or the polygon is not valid.",
        notes: "",
        page: "geo-closest-point-on-polygon-function",
    },
    overloads: &[overload!([LONGITUDE, LATITUDE, POLYGON] -> Dynamic, geo_closest_point_on_polygon)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print x = geo_closest_point_on_polygon(-1, -1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 0]]]}))",
            "{\"type\":\"Point\",\"coordinates\":[0.0,0.0]}",
        ),
        example(
            "print round(toreal(geo_closest_point_on_polygon(3, 1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 4], [0, 0]]]})).coordinates[0]), 6)",
            "3.0",
        ),
    ],
};

const GEO_LINE_LOCATE_POINT: Function = Function {
    name: "geo_line_locate_point",
    aliases: &[],
    documentation: Documentation {
        summary: "How far along a line its point lies that is nearest to a given one.",
        returns: "A part of the line's length as a `real`, from 0 (the start) to 1 (the end); null when a coordinate is null or not on the \
                  earth, or the value is no valid GeoJSON LineString.",
        notes: "",
        page: "geo-line-locate-point-function",
    },
    overloads: &[overload!([LINE, LONGITUDE, LATITUDE, USE_SPHEROID] -> Real, geo_line_locate_point)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print round(geo_line_locate_point(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [10, 0]]}), 2.5, 1), 6)",
            "0.25",
        ),
        example(
            "print geo_line_locate_point(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [10, 0]]}), 12, 1)",
            "1.0",
        ),
    ],
};

fn geo_point_in_polygon(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let points = Points::new(arguments, 0)?;
    let mut polygons = Shapes::new(arguments, 2, Polygon::read)?;
    Ok(output::bools(arguments.rows(), |row| Some(polygons.get(row)?.contains(points.get(row)?.vector()))))
}

fn geo_distance_point_to_line(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let points = Points::new(arguments, 0)?;
    let mut lines = Shapes::new(arguments, 2, Lines::read)?;
    let distances = (0..arguments.rows())
        .map(|row| Some(distance_to_edges(points.get(row)?.vector(), lines.get(row)?.edges()) * RADIUS));
    Ok(Arc::new(distances.collect::<Float64Array>()))
}

fn geo_distance_point_to_polygon(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let points = Points::new(arguments, 0)?;
    let mut polygons = Shapes::new(arguments, 2, Polygon::read)?;
    let distances =
        (0..arguments.rows()).map(|row| Some(polygons.get(row)?.distance_to(points.get(row)?.vector()) * RADIUS));
    Ok(Arc::new(distances.collect::<Float64Array>()))
}

fn geo_closest_point_on_line(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut lines = Shapes::new(arguments, 2, Lines::read)?;
    nearest_points(arguments, |row, point| nearest_on_edges(point, lines.get(row)?.edges()))
}

fn geo_closest_point_on_polygon(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut polygons = Shapes::new(arguments, 2, Polygon::read)?;
    nearest_points(arguments, |row, point| {
        let polygon = polygons.get(row)?;
        if polygon.contains(point) { Some(point) } else { nearest_on_edges(point, polygon.edges()) }
    })
}

fn geo_line_locate_point(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    refuse_spheroid(arguments, 3)?;
    let points = Points::new(arguments, 1)?;
    let mut lines = Shapes::new(arguments, 0, Lines::read_one)?;
    let parts = (0..arguments.rows()).map(|row| part_before(points.get(row)?.vector(), lines.get(row)?));
    Ok(Arc::new(parts.collect::<Float64Array>()))
}

/// GeoJSON points found from those that the first two arguments give.
fn nearest_points(
    arguments: &Arguments<'_>,
    mut nearest: impl FnMut(usize, Vector) -> Option<Vector>,
) -> Result<ArrayRef, KernelError> {
    let points = Points::new(arguments, 0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let found = points.get(row).and_then(|point| nearest(row, point.vector()));
        let Some(found) = found else { return Ok(false) };
        write_point(Point::from_vector(found), out);
        Ok(true)
    })
}

fn nearest_on_edges(point: Vector, edges: impl Iterator<Item = (Vector, Vector)>) -> Option<Vector> {
    let distance = |place: &Vector| (point - *place).squared_length();
    edges.map(|(from, to)| nearest_on_edge(point, from, to)).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// The part of a line's length that lies before its point nearest to a given one.
fn part_before(point: Vector, line: &[Vector]) -> Option<f64> {
    let (mut length, mut before, mut least) = (0.0, 0.0, f64::INFINITY);
    for (from, to) in line_edges(line) {
        let place = nearest_on_edge(point, from, to);
        let distance = (point - place).squared_length();
        if distance < least {
            (before, least) = (length + from.angle_to(place), distance);
        }
        length += from.angle_to(to);
    }
    (length > 0.0).then(|| (before / length).min(1.0))
}
