//! Planar edges made geodesic ones: `geo_polygon_densify` and `geo_line_densify`.
//!
//! A planar edge is straight on a map whose axes are longitude and latitude. Points are put on it until the geodesic edges
//! between them follow it closely enough.

use arrow::array::ArrayRef;
use arrow::datatypes::Float64Type;
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;

use super::shape::{LINE, Lines, POLYGON, Polygon, Shapes, write_lines, write_polygons};
use super::sphere::{Vector, point_between};
use super::{Point, RADIUS, real};
use crate::argument::{Bools, Primitives};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter_of;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_POLYGON_DENSIFY, GEO_LINE_DENSIFY];

const TOLERANCE: Parameter = real("tolerance")
    .optional()
    .describe("How far the new edges may lie from the planar ones, in meters from 0.1 to 10000: 10 without it.");

const PRESERVE_CROSSING: Parameter = parameter_of("preserve_crossing", ParameterType::NumberOrBool)
    .passed_as(PassedAs::Converted(ScalarType::Bool))
    .optional()
    .describe("Whether an edge may lead over the antimeridian where that is the shorter way.");

/// The tolerance where none is given, in meters.
const DEFAULT_TOLERANCE: f64 = 10.0;

/// The most points of a new shape.
const MAX_POINTS: usize = 10_485_760;

const GEO_POLYGON_DENSIFY: Function = Function {
    name: "geo_polygon_densify",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes the planar edges of a polygon geodesic ones by points between.",
        returns: "A GeoJSON Polygon or MultiPolygon; null when the polygon is not valid or the tolerance is not from 0.1 to 10000.",
        notes: "",
        page: "geo-polygon-densify-function",
    },
    overloads: &[overload!([POLYGON, TOLERANCE, PRESERVE_CROSSING] -> Dynamic, geo_polygon_densify)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print array_length(geo_polygon_densify(dynamic({'type': 'Polygon', 'coordinates': \
             [[[0, 60], [1, 60], [1, 61], [0, 61], [0, 60]]]})).coordinates[0])",
            "11",
        ),
        example(
            "print isnull(geo_polygon_densify(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [0, 1], [1, 1], [0, 0]]]}), 0))",
            "True",
        ),
    ],
};

const GEO_LINE_DENSIFY: Function = Function {
    name: "geo_line_densify",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes the planar edges of a line geodesic ones by points between.",
        returns: "A GeoJSON LineString or MultiLineString; null when the line is not valid or the tolerance is not from 0.1 to 10000.",
        notes: "",
        page: "geo-line-densify-function",
    },
    overloads: &[overload!([LINE, TOLERANCE, PRESERVE_CROSSING] -> Dynamic, geo_line_densify)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print array_length(geo_line_densify(dynamic({'type': 'LineString', 'coordinates': [[0, 60], [1, 60]]})).coordinates)",
            "5",
        ),
        example(
            "print array_length(geo_line_densify(dynamic({'type': 'LineString', 'coordinates': [[0, 60], [1, 60]]}), 1000).coordinates)",
            "2",
        ),
    ],
};

fn geo_polygon_densify(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut polygons = Shapes::new(arguments, 0, read_polygons)?;
    let settings = Settings::new(arguments)?;
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(rule), Some(polygons)) = (settings.get(row), polygons.get(row)) else { return Ok(false) };
        let open = |ring: &Vec<Point>| {
            let mut densified = rule.densify(ring)?;
            densified.pop();
            Ok(densified)
        };
        let densified = polygons.iter().map(|rings| rings.iter().map(open).collect::<Result<Vec<_>, KernelError>>());
        write_polygons(&densified.collect::<Result<Vec<_>, _>>()?, out);
        Ok(true)
    })
}

fn geo_line_densify(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut lines = Shapes::new(arguments, 0, read_lines)?;
    let settings = Settings::new(arguments)?;
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(rule), Some(lines)) = (settings.get(row), lines.get(row)) else { return Ok(false) };
        write_lines(&lines.iter().map(|line| rule.densify(line)).collect::<Result<Vec<_>, _>>()?, out);
        Ok(true)
    })
}

/// The positions of rings with their first point at the end again, or of lines.
type Positions = Vec<Vec<Point>>;

fn read_positions(lines: Dynamic<'_>) -> Option<Positions> {
    lines.elements().map(|line| line.elements().map(Point::read).collect()).collect()
}

fn read_lines(value: Dynamic<'_>) -> Option<Positions> {
    Lines::read(value)?;
    let coordinates = value.member("coordinates")?;
    if value.member("type")?.as_str()? == "LineString" {
        return Some(vec![coordinates.elements().map(Point::read).collect::<Option<_>>()?]);
    }
    read_positions(coordinates)
}

fn read_polygons(value: Dynamic<'_>) -> Option<Vec<Positions>> {
    Polygon::read(value)?;
    let coordinates = value.member("coordinates")?;
    if value.member("type")?.as_str()? == "Polygon" {
        return Some(vec![read_positions(coordinates)?]);
    }
    coordinates.elements().map(read_positions).collect()
}

/// The arguments that say how to densify.
struct Settings<'a> {
    tolerances: Option<Primitives<'a, Float64Type>>,
    preserve_crossing: Option<Bools<'a>>,
}

impl<'a> Settings<'a> {
    fn new(arguments: &Arguments<'a>) -> Result<Settings<'a>, KernelError> {
        let tolerances = (arguments.len() > 1).then(|| arguments.primitives(1)).transpose()?;
        let preserve_crossing = (arguments.len() > 2).then(|| arguments.bools(2)).transpose()?;
        Ok(Settings { tolerances, preserve_crossing })
    }

    fn get(&self, row: usize) -> Option<Rule> {
        let tolerance = match &self.tolerances {
            Some(tolerances) => tolerances.get(row).filter(|tolerance| (0.1..=10_000.0).contains(tolerance))?,
            None => DEFAULT_TOLERANCE,
        };
        let crosses = match &self.preserve_crossing {
            Some(preserve_crossing) => preserve_crossing.get(row)?,
            None => false,
        };
        Some(Rule { tolerance: tolerance / RADIUS, crosses })
    }
}

/// How to densify.
#[derive(Clone, Copy)]
struct Rule {
    /// In radians.
    tolerance: f64,
    /// Whether an edge takes the shorter way over the antimeridian.
    crosses: bool,
}

impl Rule {
    fn densify(self, points: &[Point]) -> Result<Vec<Vector>, KernelError> {
        let mut densified: Vec<Vector> = points.first().map(|first| first.vector()).into_iter().collect();
        for (from, to) in points.iter().zip(points.iter().skip(1)) {
            let mut to = *to;
            if self.crosses && (to.longitude - from.longitude).abs() > 180.0 {
                to.longitude += if to.longitude < from.longitude { 360.0 } else { -360.0 };
            }
            self.densify_edge(*from, to, &mut densified)?;
        }
        Ok(densified)
    }

    /// Adds the points of a planar edge without its start.
    fn densify_edge(self, from: Point, to: Point, densified: &mut Vec<Vector>) -> Result<(), KernelError> {
        // What is left of the edge: each rest begins where the one above it in the stack ends.
        let mut rests = vec![to];
        let mut from = from;
        while let Some(to) = rests.last().copied() {
            if rests.len() < MAX_HALVINGS && !self.follows(from, to) {
                rests.push(planar_between(from, to, 0.5));
                continue;
            }
            if densified.len() >= MAX_POINTS {
                return Err(KernelError(format!("the shape would have more than {MAX_POINTS} points")));
            }
            densified.push(to.vector());
            from = to;
            rests.pop();
        }
        Ok(())
    }

    /// Whether the geodesic edge between two points stays close to the planar one.
    fn follows(self, from: Point, to: Point) -> bool {
        let (start, end) = (from.vector(), to.vector());
        // Edges of more than a quarter of the way round the earth are halved in any case.
        if start.dot(end) < -1e-14 || (to.longitude - from.longitude).abs() > 180.0 {
            return false;
        }
        let apart = |part: f64| point_between(start, end, part).angle_to(planar_between(from, to, part).vector());
        apart(PROBE).max(apart(1.0 - PROBE)) <= self.tolerance * PROBE_SHARE
    }
}

/// The part of the way at which the distance between the two edges is estimated, as Google's S2 library does it.
const PROBE: f64 = 0.312_156_910_822_483_12;

/// The least share of the greatest distance between the two edges that is found at the probes.
const PROBE_SHARE: f64 = 0.838_299_925_698_885_1;

/// How often an edge is halved at most.
const MAX_HALVINGS: usize = 64;

fn planar_between(from: Point, to: Point, part: f64) -> Point {
    let between = |from: f64, to: f64| from + (to - from) * part;
    Point { longitude: between(from.longitude, to.longitude), latitude: between(from.latitude, to.latitude) }
}
