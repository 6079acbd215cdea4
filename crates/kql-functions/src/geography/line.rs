//! Lines: `geo_line_length`, `geo_line_interpolate_point` and `geo_line_centroid`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::Float64Type;
use kql_types::dynamic::Dynamic;

use super::intersection::too_complex;
use super::region::union_of_lines;
use super::shape::{Line, Lines, Shapes, line_edges};
use super::sphere::{Vector, point_towards};
use super::{Point, RADIUS, real, write_point};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter_of;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_LINE_LENGTH, GEO_LINE_INTERPOLATE_POINT, GEO_LINE_CENTROID];

const LINE: Parameter = parameter_of("lineString", ParameterType::DynamicBag);

const GEO_LINE_LENGTH: Function = Function {
    name: "geo_line_length",
    aliases: &[],
    documentation: Documentation {
        summary: "The length of a line or of several.",
        returns: "Meters as a `real`; null when the value is no valid GeoJSON LineString or MultiLineString.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-line-length-function",
    },
    overloads: &[overload!([LINE.describe("A GeoJSON LineString or MultiLineString.")] -> Real, geo_line_length)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print round(geo_line_length(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [0, 1], [0, 2]]})))",
        "222390.0",
    )],
};

const GEO_LINE_INTERPOLATE_POINT: Function = Function {
    name: "geo_line_interpolate_point",
    aliases: &[],
    documentation: Documentation {
        summary: "The point at a part of the way along a line.",
        returns: "A GeoJSON point; null when the value is no valid GeoJSON LineString or the part is not from 0 to 1.",
        notes: "",
        page: "geo-line-interpolate-point-function",
    },
    overloads: &[overload!(
        [
            LINE.describe("A GeoJSON LineString."),
            real("fraction").describe("The part of the way, from 0 (the start) to 1 (the end)."),
        ] -> Dynamic,
        geo_line_interpolate_point
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print x = geo_line_interpolate_point(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [0, 10]]}), 0).coordinates",
        "[0.0,0.0]",
    )],
};

const GEO_LINE_CENTROID: Function = Function {
    name: "geo_line_centroid",
    aliases: &[],
    documentation: Documentation {
        summary: "The middle of a line's or several lines' mass.",
        returns: "A GeoJSON point; null when the value is no valid GeoJSON LineString or MultiLineString.",
        notes: "Where several lines run along the same stretch, it counts once.",
        page: "geo-line-centroid-function",
    },
    overloads: &[overload!([super::shape::LINE] -> Dynamic, geo_line_centroid)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print round(toreal(geo_line_centroid(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [10, 0]]})).coordinates[0]), 6)",
            "5.0",
        ),
        example(
            "print round(toreal(geo_line_centroid(dynamic({'type': 'MultiLineString', 'coordinates': [[[0, 0], [10, 0]], [[10, 0], [0, 0]], [[20, 0], [30, 0]]]})).coordinates[0]), 6)",
            "15.0",
        ),
    ],
};

/// Reads the points of one line, at least two that are not all the same.
fn read_line(coordinates: Dynamic<'_>, points: &mut Vec<Point>) -> Option<()> {
    points.clear();
    for value in coordinates.elements() {
        points.push(Point::read(value)?);
    }
    let first = *points.first()?;
    points.iter().any(|point| *point != first).then_some(())
}

/// The angle at the middle of the earth that the points span one after another.
fn length(points: &[Point]) -> f64 {
    points.iter().zip(points.iter().skip(1)).map(|(from, to)| from.angle_to(*to)).sum()
}

fn geo_line_length(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let lines = arguments.strings(0)?;
    let mut points = Vec::new();
    let mut measure = |shape: Dynamic<'_>| {
        let coordinates = shape.member("coordinates")?;
        match shape.member("type")?.as_str()?.as_ref() {
            "LineString" => {
                read_line(coordinates, &mut points)?;
                Some(length(&points) * RADIUS)
            }
            "MultiLineString" => {
                let mut total = None;
                for line in coordinates.elements() {
                    read_line(line, &mut points)?;
                    total = Some(total.unwrap_or(0.0) + length(&points) * RADIUS);
                }
                total
            }
            _ => None,
        }
    };
    let lengths = (0..arguments.rows()).map(|row| measure(Dynamic::new(lines.get(row)?)));
    Ok(Arc::new(lengths.collect::<Float64Array>()))
}

fn geo_line_interpolate_point(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let lines = arguments.strings(0)?;
    let fractions = arguments.primitives::<Float64Type>(1)?;
    let mut points = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let mut find = || {
            let shape = Dynamic::new(lines.get(row)?);
            let fraction = fractions.get(row).filter(|fraction| (0.0..=1.0).contains(fraction))?;
            if shape.member("type")?.as_str()? != "LineString" {
                return None;
            }
            read_line(shape.member("coordinates")?, &mut points)?;
            point_along(&points, fraction)
        };
        let Some(point) = find() else { return Ok(false) };
        write_point(point, out);
        Ok(true)
    })
}

fn point_along(points: &[Point], fraction: f64) -> Option<Point> {
    let mut rest = length(points) * fraction;
    for (from, to) in points.iter().zip(points.iter().skip(1)) {
        let angle = from.angle_to(*to);
        if rest <= angle && angle > 0.0 {
            return Some(between(*from, *to, angle, rest));
        }
        rest -= angle;
    }
    points.last().copied()
}

/// The point on the arc between two that lies so far from the first.
fn between(from: Point, to: Point, angle: f64, distance: f64) -> Point {
    if distance == 0.0 || distance == angle {
        return if distance == 0.0 { from } else { to };
    }
    Point::from_vector(point_towards(from.vector(), to.vector(), distance))
}

fn geo_line_centroid(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut lines = Shapes::new(arguments, 0, Lines::read)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(lines) = lines.get(row) else { return Ok(false) };
        let middle = match lines.lines() {
            [line] => centroid(std::slice::from_ref(line)),
            many => {
                let sets = many.iter().map(|line| Lines::from_line(line.clone())).collect();
                centroid(&union_of_lines(sets).ok_or_else(too_complex)?)
            }
        };
        write_point(Point::from_vector(middle), out);
        Ok(true)
    })
}

/// The middle of the mass of lines, in its direction from the middle of the earth.
fn centroid(lines: &[Line]) -> Vector {
    let of_edge = |(from, to): (Vector, Vector)| {
        let (sum, difference) = (from + to, from - to);
        // Half of the edge's length times the way to its middle.
        sum * (difference.squared_length() / sum.squared_length()).sqrt()
    };
    let edges = lines.iter().flat_map(|line| line_edges(line));
    edges.map(of_edge).fold(Vector::new(0.0, 0.0, 0.0), |sum, part| sum + part).unit()
}
