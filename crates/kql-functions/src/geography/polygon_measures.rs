//! Measures of polygons: `geo_polygon_area`, `geo_polygon_perimeter`, `geo_polygon_centroid`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};

use super::region::Region;
use super::shape::{POLYGON, Polygon, Shapes};
use super::sphere::{Vector, normal};
use super::{Point, RADIUS, write_point};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_POLYGON_AREA, GEO_POLYGON_PERIMETER, GEO_POLYGON_CENTROID];

const GEO_POLYGON_AREA: Function = Function {
    name: "geo_polygon_area",
    aliases: &[],
    documentation: Documentation {
        summary: "The area of a polygon or of several together.",
        returns: "Square meters as a `real`; null when the polygon is not valid.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-polygon-area-function",
    },
    overloads: &[overload!([POLYGON] -> Real, geo_polygon_area)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        // An eighth of the earth.
        example(
            "print round(geo_polygon_area(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [90, 0], [0, 90], [0, 0]]]})) / 1e9)",
            "63758.0",
        ),
        example("print isnull(geo_polygon_area(dynamic({'type': 'Polygon', 'coordinates': []})))", "True"),
    ],
};

const GEO_POLYGON_PERIMETER: Function = Function {
    name: "geo_polygon_perimeter",
    aliases: &[],
    documentation: Documentation {
        summary: "The length of the border of a polygon or of several together.",
        returns: "Meters as a `real`; null when the polygon is not valid.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-polygon-perimeter-function",
    },
    overloads: &[overload!([POLYGON] -> Real, geo_polygon_perimeter)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print round(geo_polygon_perimeter(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [90, 0], [0, 90], [0, 0]]]})))",
        "30022677.0",
    )],
};

const GEO_POLYGON_CENTROID: Function = Function {
    name: "geo_polygon_centroid",
    aliases: &[],
    documentation: Documentation {
        summary: "The center of mass of a polygon or of several together.",
        returns: "A GeoJSON point; null when the polygon is not valid.",
        notes: "",
        page: "geo-polygon-centroid-function",
    },
    overloads: &[overload!([POLYGON] -> Dynamic, geo_polygon_centroid)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print round(toreal(geo_polygon_centroid(dynamic({'type': 'Polygon', 'coordinates': [[[0, -1], [2, -1], [2, 1], [0, 1], [0, -1]]]})).coordinates[0]), 9)",
        "1.0",
    )],
};

fn geo_polygon_area(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    measure(arguments, |region| region.rings().map(|ring| area_to_the_left(ring)).sum::<f64>() * RADIUS * RADIUS)
}

fn geo_polygon_perimeter(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    measure(arguments, |region| region.edges().iter().map(|(from, to)| from.angle_to(*to)).sum::<f64>() * RADIUS)
}

fn measure(arguments: &Arguments<'_>, of: impl Fn(&Region) -> f64) -> Result<ArrayRef, KernelError> {
    let mut polygons = Shapes::new(arguments, 0, Polygon::read)?;
    let measures = (0..arguments.rows()).map(|row| Some(of(&Region::of(polygons.get(row)?))));
    Ok(Arc::new(measures.collect::<Float64Array>()))
}

/// The signed area to the left of a ring on the unit sphere: negative where the region to the right is the smaller one.
fn area_to_the_left(ring: &[Vector]) -> f64 {
    let [first, others @ ..] = ring else { return 0.0 };
    let triangles = others.iter().zip(others.iter().skip(1));
    triangles.map(|(second, third)| triangle_area(*first, *second, *third)).sum()
}

/// The area of a triangle, positive when its points follow each other counterclockwise.
fn triangle_area(a: Vector, b: Vector, c: Vector) -> f64 {
    let volume = a.dot((b - a).cross(c - a));
    2.0 * volume.atan2(1.0 + a.dot(b) + b.dot(c) + c.dot(a))
}

fn geo_polygon_centroid(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut polygons = Shapes::new(arguments, 0, Polygon::read)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(polygon) = polygons.get(row) else { return Ok(false) };
        // The integral of all places of a region is half the sum of its edges' normals, each as long as the edge's angle.
        let weighted = |(from, to): &(Vector, Vector)| normal(*from, *to).unit() * from.angle_to(*to);
        let zero = Vector::new(0.0, 0.0, 0.0);
        let sum = Region::of(polygon).edges().iter().map(weighted).fold(zero, |sum, edge| sum + edge);
        write_point(Point::from_vector(sum.unit()), out);
        Ok(true)
    })
}
