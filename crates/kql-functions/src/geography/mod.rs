//! `geo_…`: points, lines and cells on the earth.
//!
//! The earth is a sphere here, as in Kusto: edges are arcs of great circles. Points are given as longitude and latitude in
//! degrees, shapes as GeoJSON in `dynamic` values.

use arrow::datatypes::Float64Type;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic};

use self::sphere::Vector;
use crate::argument::Primitives;
use crate::signature::parameter_of;
use crate::{Arguments, Function, KernelError, Parameter, ParameterType, PassedAs};

mod assembly;
mod buffer;
mod densify;
mod edge_chains;
mod edge_pairs;
mod geohash;
mod h3;
mod h3_cover;
mod intersection;
mod line;
mod orientation;
mod overlay;
mod point;
mod point_and_shape;
mod polygon_measures;
mod region;
mod ring;
mod s2;
mod s2_cell;
mod s2_cover;
mod set_order;
mod shape;
mod simplify;
mod snapping;
mod sphere;
mod union;
mod well_known_text;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    point::FUNCTIONS,
    point_and_shape::FUNCTIONS,
    buffer::FUNCTIONS,
    line::FUNCTIONS,
    polygon_measures::FUNCTIONS,
    buffer::FUNCTIONS,
    densify::FUNCTIONS,
    simplify::FUNCTIONS,
    intersection::FUNCTIONS,
    union::FUNCTIONS,
    geohash::FUNCTIONS,
    h3::FUNCTIONS,
    h3_cover::FUNCTIONS,
    s2::FUNCTIONS,
    well_known_text::FUNCTIONS,
];

/// The radius of the sphere, in meters.
const RADIUS: f64 = 6_371_010.0;

/// A number that reaches the kernel as a `real`.
const fn real(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Real))
}

/// A number that reaches the kernel as a `long`.
const fn whole(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Long))
}

/// A place on the earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    longitude: f64,
    latitude: f64,
}

impl Point {
    /// The point, when both coordinates are on the earth.
    fn new(longitude: f64, latitude: f64) -> Option<Point> {
        let valid = longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
        valid.then_some(Point { longitude, latitude })
    }

    /// The unit vector from the middle of the earth.
    fn vector(self) -> Vector {
        let (longitude, latitude) = (self.longitude.to_radians(), self.latitude.to_radians());
        Vector::new(latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin())
    }

    fn from_vector(Vector { x, y, z }: Vector) -> Point {
        Point { longitude: y.atan2(x).to_degrees(), latitude: z.atan2((x * x + y * y).sqrt()).to_degrees() }
    }

    /// The point of a GeoJSON position.
    fn read(position: Dynamic<'_>) -> Option<Point> {
        let mut coordinates = position.elements();
        Point::new(coordinates.next()?.as_f64()?, coordinates.next()?.as_f64()?)
    }

    /// The angle at the middle of the earth between two points, in radians.
    fn angle_to(self, other: Point) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin();
        let (latitude, longitude) = (half(self.latitude, other.latitude), half(self.longitude, other.longitude));
        let across = self.latitude.to_radians().cos() * other.latitude.to_radians().cos() * longitude * longitude;
        2.0 * (latitude * latitude + across).sqrt().min(1.0).asin()
    }

    /// The direction in which another point lies, in radians clockwise from the north; `None` where every direction or none leads
    /// there.
    fn azimuth_to(self, other: Point) -> Option<f64> {
        let angle = self.angle_to(other);
        if angle == 0.0 || std::f64::consts::PI - angle < 1e-12 {
            return None;
        }
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let turn = (other.longitude - self.longitude).to_radians();
        let north = from.cos() * to.sin() - from.sin() * to.cos() * turn.cos();
        let azimuth = (turn.sin() * to.cos()).atan2(north);
        Some(if azimuth < 0.0 { azimuth + std::f64::consts::TAU } else { azimuth })
    }

    fn write(self, builder: &mut Builder<'_>) {
        builder.begin_array();
        builder.real(self.longitude);
        builder.real(self.latitude);
        builder.end_array();
    }
}

/// Two arguments that make up a point.
struct Points<'a> {
    longitudes: Primitives<'a, Float64Type>,
    latitudes: Primitives<'a, Float64Type>,
}

impl<'a> Points<'a> {
    /// The longitude at a position and the latitude behind it.
    fn new(arguments: &Arguments<'a>, position: usize) -> Result<Points<'a>, KernelError> {
        Ok(Points { longitudes: arguments.primitives(position)?, latitudes: arguments.primitives(position + 1)? })
    }

    fn get(&self, row: usize) -> Option<Point> {
        Point::new(self.longitudes.get(row)?, self.latitudes.get(row)?)
    }
}

/// Appends an array of strings.
fn write_strings(strings: &[String], out: &mut String) {
    let mut builder = Builder::new(out);
    builder.begin_array();
    strings.iter().for_each(|string| builder.string(string));
    builder.end_array();
}

/// Appends a GeoJSON point.
fn write_point(point: Point, out: &mut String) {
    let mut builder = Builder::new(out);
    begin_shape("Point", &mut builder);
    point.write(&mut builder);
    builder.end_bag();
}

/// Appends a GeoJSON polygon of one ring; the corners are given once each.
fn write_polygon(corners: impl IntoIterator<Item = Point>, out: &mut String) {
    let mut builder = Builder::new(out);
    begin_shape("Polygon", &mut builder);
    builder.begin_array();
    builder.begin_array();
    let mut first = None;
    for corner in corners {
        first.get_or_insert(corner);
        corner.write(&mut builder);
    }
    if let Some(first) = first {
        first.write(&mut builder);
    }
    builder.end_array();
    builder.end_array();
    builder.end_bag();
}

/// Opens a GeoJSON bag up to its coordinates.
fn begin_shape(shape: &str, builder: &mut Builder<'_>) {
    builder.begin_bag();
    builder.key("type");
    builder.string(shape);
    builder.key("coordinates");
}
