//! Shapes with fewer points: `geo_polygon_simplify`, `geo_simplify_polygons_array` and `geo_line_simplify`.

use arrow::array::ArrayRef;
use arrow::datatypes::Float64Type;

use super::assembly::paths;
use super::intersection::too_complex;
use super::region::{Region, union_of_lines};
use super::shape::{LINE, Lines, POLYGON, Polygon, Shapes, line_edges, write_lines, write_polygons};
use super::snapping::{simplify, without_returns};
use super::union::{POLYGONS, read_regions};
use super::{RADIUS, real};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_POLYGON_SIMPLIFY, GEO_SIMPLIFY_POLYGONS_ARRAY, GEO_LINE_SIMPLIFY];

const TOLERANCE: Parameter = real("tolerance")
    .optional()
    .describe("How far two vertices are apart at least, in meters up to 7800000: 10 without it.");

/// The tolerance where none is given, in meters.
const DEFAULT_TOLERANCE: f64 = 10.0;

/// The greatest tolerance: 70 degrees.
const MAX_TOLERANCE: f64 = 70.0 / 180.0 * std::f64::consts::PI;

const GEO_POLYGON_SIMPLIFY: Function = Function {
    name: "geo_polygon_simplify",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes nearly straight chains of a polygon's edges one edge each.",
        returns: "A GeoJSON Polygon or MultiPolygon; null when the polygon is not valid, the tolerance is out of its range, or nothing is left.",
        notes: "",
        page: "geo-polygon-simplify-function",
    },
    overloads: &[overload!([POLYGON, TOLERANCE] -> Dynamic, geo_polygon_simplify)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print array_length(geo_polygon_simplify(dynamic({'type': 'Polygon', 'coordinates': \
             [[[0, 0], [1, 0.00001], [2, 0], [2, 2], [1, 2.00001], [0, 2], [0, 0]]]}), 1000).coordinates[0])",
            "5",
        ),
        example(
            "print isnull(geo_polygon_simplify(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]]}), 1000000))",
            "True",
        ),
    ],
};

const GEO_SIMPLIFY_POLYGONS_ARRAY: Function = Function {
    name: "geo_simplify_polygons_array",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes nearly straight chains of edges one edge each in polygons that may have borders in common.",
        returns: "A GeoJSON Polygon or MultiPolygon; null when a polygon is not valid, the tolerance is out of its range, or nothing is left.",
        notes: "Borders that polygons have in common stay so.",
        page: "geo-simplify-polygons-array-function",
    },
    overloads: &[overload!([POLYGONS, TOLERANCE] -> Dynamic, geo_simplify_polygons_array)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print array_length(geo_simplify_polygons_array(dynamic([\
         {'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}, \
         {'type': 'Polygon', 'coordinates': [[[1, 0], [2, 0], [2, 1], [1, 1], [1, 0]]]}])).coordinates)",
        "2",
    )],
};

const GEO_LINE_SIMPLIFY: Function = Function {
    name: "geo_line_simplify",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes nearly straight chains of a line's edges one edge each.",
        returns: "A GeoJSON LineString or MultiLineString; null when the line is not valid, the tolerance is out of its range, or nothing is left.",
        notes: "",
        page: "geo-line-simplify-function",
    },
    overloads: &[overload!([LINE, TOLERANCE] -> Dynamic, geo_line_simplify)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print array_length(geo_line_simplify(dynamic({'type': 'LineString', 'coordinates': \
         [[0, 0], [1, 0.00001], [2, 0], [3, 0.5]]}), 1000).coordinates)",
        "3",
    )],
};

fn geo_polygon_simplify(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut polygons = Shapes::new(arguments, 0, Polygon::read)?;
    simplified(arguments, |row, tolerance, out| {
        let region = Region::of(polygons.get(row)?);
        Some(write_regions(&[region], tolerance, out))
    })
}

fn geo_simplify_polygons_array(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let arrays = arguments.strings(0)?;
    simplified(arguments, |row, tolerance, out| {
        let regions = arrays.get(row).and_then(read_regions)?;
        Some(write_regions(&regions, tolerance, out))
    })
}

fn geo_line_simplify(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut lines = Shapes::new(arguments, 0, Lines::read)?;
    simplified(arguments, |row, tolerance, out| {
        // Several lines are one set, parted where they cross.
        let each = lines.get(row)?.lines().iter().cloned().map(Lines::from_line).collect();
        let Some(union) = union_of_lines(each) else { return Some(Err(too_complex())) };
        let edges = union.iter().flat_map(|line| line_edges(line)).collect();
        let simple = simplify(&[edges], tolerance);
        let lines = paths(&simple.vertices, simple.layers.into_iter().flatten().collect());
        write_lines(&lines, out);
        Some(Ok(!lines.is_empty()))
    })
}

/// The shapes that are written for each row with the tolerance, the second argument, in radians. `write` says `false` when
/// nothing is left of a shape, and nothing when it is not valid.
fn simplified(
    arguments: &Arguments<'_>,
    mut write: impl FnMut(usize, f64, &mut String) -> Option<Result<bool, KernelError>>,
) -> Result<ArrayRef, KernelError> {
    let tolerances = (arguments.len() > 1).then(|| arguments.primitives::<Float64Type>(1)).transpose()?;
    output::dynamics(arguments.rows(), |row, out| {
        let tolerance = match &tolerances {
            Some(tolerances) => tolerances.get(row),
            None => Some(DEFAULT_TOLERANCE),
        };
        let tolerance = tolerance.map(|tolerance| tolerance / RADIUS);
        let valid = tolerance.filter(|tolerance| (0.0..=MAX_TOLERANCE).contains(tolerance));
        valid.and_then(|tolerance| write(row, tolerance, out)).unwrap_or(Ok(false))
    })
}

fn write_regions(regions: &[Region], tolerance: f64, out: &mut String) -> Result<bool, KernelError> {
    let simple = simplify(&regions.iter().map(Region::edges).collect::<Vec<_>>(), tolerance);
    let mut polygons = Vec::new();
    for steps in simple.layers {
        let region =
            Region::to_the_left(&simple.vertices, without_returns(steps), [false; 2]).ok_or_else(too_complex)?;
        polygons.extend_from_slice(region.polygons());
    }
    write_polygons(&polygons, out);
    Ok(!polygons.is_empty())
}
