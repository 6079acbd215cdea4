//! Geohashes: cells of a grid of longitudes and latitudes, as texts of which longer ones lie within their beginnings.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use super::{Point, Points, real, whole, write_point, write_polygon};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[GEO_POINT_TO_GEOHASH, GEO_GEOHASH_TO_CENTRAL_POINT, GEO_GEOHASH_TO_POLYGON, GEO_GEOHASH_NEIGHBORS];

const GEOHASH: Parameter = parameter("geohash", ScalarType::String).describe("A geohash of 1 to 18 characters.");

const GEO_POINT_TO_GEOHASH: Function = Function {
    name: "geo_point_to_geohash",
    aliases: &[],
    documentation: Documentation {
        summary: "The geohash of a point.",
        returns: "A geohash of `accuracy` characters; the empty string when a coordinate is null or not on the earth or the accuracy is \
                  not from 1 to 18.",
        notes: "",
        page: "geo-point-to-geohash-function",
    },
    overloads: &[overload!(
        [
            real("longitude").describe("In degrees, from -180 to 180."),
            real("latitude").describe("In degrees, from -90 to 90."),
            whole("accuracy").optional().describe("How many characters, from 1 to 18; 5 without it."),
        ] -> String,
        geo_point_to_geohash
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print geo_point_to_geohash(13.4, 52.52, 6)", "u33dbb"),
        example("print geo_point_to_geohash(13.4, 52.52)", "u33db"),
        example("print geo_point_to_geohash(13.4, 52.52, 19)", ""),
    ],
};

const GEO_GEOHASH_TO_CENTRAL_POINT: Function = Function {
    name: "geo_geohash_to_central_point",
    aliases: &[],
    documentation: Documentation {
        summary: "The middle of a geohash.",
        returns: "A GeoJSON point; null when the text is no geohash.",
        notes: "",
        page: "geo-geohash-to-central-point-function",
    },
    overloads: &[overload!([GEOHASH] -> Dynamic, geo_geohash_to_central_point)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = geo_geohash_to_central_point('s').coordinates", "[22.5,22.5]")],
};

const GEO_GEOHASH_TO_POLYGON: Function = Function {
    name: "geo_geohash_to_polygon",
    aliases: &[],
    documentation: Documentation {
        summary: "The area of a geohash.",
        returns: "A GeoJSON polygon, counterclockwise from its corner in the south-west; null when the text is no geohash.",
        notes: "",
        page: "geo-geohash-to-polygon-function",
    },
    overloads: &[overload!([GEOHASH] -> Dynamic, geo_geohash_to_polygon)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print x = geo_geohash_to_polygon('s').coordinates",
        "[[[0.0,0.0],[45.0,0.0],[45.0,45.0],[0.0,45.0],[0.0,0.0]]]",
    )],
};

const GEO_GEOHASH_NEIGHBORS: Function = Function {
    name: "geo_geohash_neighbors",
    aliases: &[],
    documentation: Documentation {
        summary: "The geohashes around a geohash.",
        returns: "An array of geohashes of the same length, eight except at the poles; null when the text is no geohash.",
        notes: "",
        page: "geo-geohash-neighbors-function",
    },
    overloads: &[overload!([GEOHASH] -> Dynamic, geo_geohash_neighbors)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print x = geo_geohash_neighbors('u33')",
        "[\"u32\",\"u30\",\"u31\",\"u34\",\"u3d\",\"u36\",\"u39\",\"u38\"]",
    )],
};

const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
const MAX_LENGTH: usize = 18;

/// A cell: its column from the west and its row from the south, in a grid of powers of two.
#[derive(Clone, Copy, Debug)]
struct Cell {
    column: u64,
    row: u64,
    length: usize,
}

impl Cell {
    /// Binary digits of columns and of rows. Characters hold five in turn, and a column's comes first.
    fn bits(length: usize) -> (u32, u32) {
        let bits = length as u32 * 5;
        (bits.div_ceil(2), bits / 2)
    }

    fn of_point(point: Point, length: usize) -> Cell {
        let (columns, rows) = Cell::bits(length);
        let index = |part: f64, bits: u32| {
            let count = 1u64 << bits;
            ((part * count as f64) as u64).min(count - 1)
        };
        Cell {
            column: index((point.longitude + 180.0) / 360.0, columns),
            row: index((point.latitude + 90.0) / 180.0, rows),
            length,
        }
    }

    fn parse(geohash: &str) -> Option<Cell> {
        let length = geohash.len();
        if length == 0 || length > MAX_LENGTH {
            return None;
        }
        let (mut column, mut row, mut of_column) = (0, 0, true);
        for byte in geohash.bytes() {
            let digit = ALPHABET.iter().position(|letter| *letter == byte.to_ascii_lowercase())?;
            for bit in (0..5).rev() {
                let bit = (digit >> bit & 1) as u64;
                let index = if of_column { &mut column } else { &mut row };
                *index = *index << 1 | bit;
                of_column = !of_column;
            }
        }
        Some(Cell { column, row, length })
    }

    fn write(self, out: &mut String) {
        let (mut columns, mut rows) = Cell::bits(self.length);
        let mut of_column = true;
        for _ in 0..self.length {
            let mut digit = 0;
            for _ in 0..5 {
                let (index, left) = if of_column { (self.column, &mut columns) } else { (self.row, &mut rows) };
                *left = left.saturating_sub(1);
                digit = digit << 1 | (index >> *left & 1) as usize;
                of_column = !of_column;
            }
            out.extend(ALPHABET.get(digit).map(|letter| char::from(*letter)));
        }
    }

    /// The point at so many cells from the south-western corner of this one.
    fn point(self, east: f64, north: f64) -> Point {
        let (columns, rows) = Cell::bits(self.length);
        Point {
            longitude: (self.column as f64 + east) * 360.0 / (1u64 << columns) as f64 - 180.0,
            latitude: (self.row as f64 + north) * 180.0 / (1u64 << rows) as f64 - 90.0,
        }
    }

    /// The cell next to this one, around the earth; `None` behind a pole.
    fn neighbor(self, east: i64, north: i64) -> Option<Cell> {
        let (columns, rows) = Cell::bits(self.length);
        let row = self.row.checked_add_signed(north).filter(|row| *row < 1u64 << rows)?;
        let column = self.column.wrapping_add_signed(east) & ((1u64 << columns) - 1);
        Some(Cell { column, row, length: self.length })
    }
}

/// East and north, in the order in which Kusto lists neighbours.
const AROUND: [(i64, i64); 8] = [(-1, 0), (-1, -1), (0, -1), (1, -1), (1, 1), (1, 0), (0, 1), (-1, 1)];

fn geo_point_to_geohash(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let points = Points::new(arguments, 0)?;
    let accuracy = if arguments.len() > 2 { Some(arguments.primitives::<Int64Type>(2)?) } else { None };
    output::strings(arguments.rows(), |row, out| {
        let accuracy = accuracy.as_ref().map_or(Some(5), |accuracy| accuracy.get(row));
        let length = accuracy.and_then(|accuracy| usize::try_from(accuracy).ok());
        if let (Some(point), Some(length @ 1..=MAX_LENGTH)) = (points.get(row), length) {
            Cell::of_point(point, length).write(out);
        }
        Ok(())
    })
}

/// A dynamic made of each geohash.
fn describe(arguments: &Arguments<'_>, write: fn(Cell, &mut String)) -> Result<ArrayRef, KernelError> {
    let geohashes = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(cell) = Cell::parse(geohashes.value(row)) else { return Ok(false) };
        write(cell, out);
        Ok(true)
    })
}

fn geo_geohash_to_central_point(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    describe(arguments, |cell, out| write_point(cell.point(0.5, 0.5), out))
}

fn geo_geohash_to_polygon(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    describe(arguments, |cell, out| {
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
        write_polygon(corners.map(|(east, north)| cell.point(east, north)), out);
    })
}

fn geo_geohash_neighbors(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    describe(arguments, |cell, out| {
        let mut builder = Builder::new(out);
        builder.begin_array();
        let mut text = String::with_capacity(MAX_LENGTH);
        for neighbor in AROUND.iter().filter_map(|(east, north)| cell.neighbor(*east, *north)) {
            text.clear();
            neighbor.write(&mut text);
            builder.string(&text);
        }
        builder.end_array();
    })
}
