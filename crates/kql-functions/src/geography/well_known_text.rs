//! `geo_from_wkt`: shapes written as well-known text.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use super::begin_shape;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter_of;
use crate::{Arguments, Documentation, Function, KernelError, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_FROM_WKT];

const GEO_FROM_WKT: Function = Function {
    name: "geo_from_wkt",
    aliases: &[],
    documentation: Documentation {
        summary: "Reads a shape from well-known text.",
        returns: "The shape in GeoJSON; null when the text is no point, line, polygon, several of these, or a collection of them, of two \
                  dimensions.",
        notes: "",
        page: "geo-from-wkt-function",
    },
    overloads: &[overload!([parameter_of("wkt", ParameterType::StringOrArray)
            .passed_as(PassedAs::Converted(ScalarType::String))
            .describe("The well-known text.")] -> Dynamic, geo_from_wkt)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = geo_from_wkt('POINT (1 2.5)')", "{\"type\":\"Point\",\"coordinates\":[1.0,2.5]}"),
        example("print isnull(geo_from_wkt('POINT (1)'))", "True"),
    ],
};

/// The shapes by name: what GeoJSON calls them, and how many brackets stand around a position.
const SHAPES: &[(&str, &str, u32)] = &[
    ("POINT", "Point", 1),
    ("LINESTRING", "LineString", 1),
    ("POLYGON", "Polygon", 2),
    ("MULTIPOINT", "MultiPoint", 1),
    ("MULTILINESTRING", "MultiLineString", 2),
    ("MULTIPOLYGON", "MultiPolygon", 3),
];

/// How deeply collections may lie in each other.
const MAX_DEPTH: u32 = 32;

/// A walk through well-known text.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn accept(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self) -> &'a str {
        let text = self.rest.trim_start();
        let end = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        self.rest = rest;
        word
    }

    fn number(&mut self) -> Option<f64> {
        let text = self.rest.trim_start();
        let end =
            text.find(|sign: char| !matches!(sign, '0'..='9' | '.' | '-' | '+' | 'e' | 'E')).unwrap_or(text.len());
        let (number, rest) = text.split_at_checked(end)?;
        self.rest = rest;
        number.parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn shape(&mut self, depth: u32, builder: &mut Builder<'_>) -> Option<()> {
        let name = self.word();
        if name.eq_ignore_ascii_case("GEOMETRYCOLLECTION") && depth < MAX_DEPTH {
            builder.begin_bag();
            builder.key("type");
            builder.string("GeometryCollection");
            builder.key("geometries");
            self.accept('(')?;
            builder.begin_array();
            self.shape(depth + 1, builder)?;
            while self.accept(',').is_some() {
                self.shape(depth + 1, builder)?;
            }
            self.accept(')')?;
            builder.end_array();
            builder.end_bag();
            return Some(());
        }
        let (name, shape, brackets) = SHAPES.iter().find(|(shape, ..)| name.eq_ignore_ascii_case(shape))?;
        begin_shape(shape, builder);
        if *name == "POINT" {
            self.accept('(')?;
            self.position(builder)?;
            self.accept(')')?;
        } else {
            self.positions(*brackets, *name == "MULTIPOINT", builder)?;
        }
        builder.end_bag();
        Some(())
    }

    /// Positions between so many brackets; those of a MULTIPOINT may have brackets of their own.
    fn positions(&mut self, brackets: u32, bracketed: bool, builder: &mut Builder<'_>) -> Option<()> {
        self.accept('(')?;
        builder.begin_array();
        loop {
            if brackets > 1 {
                self.positions(brackets - 1, bracketed, builder)?;
            } else if bracketed && self.accept('(').is_some() {
                self.position(builder)?;
                self.accept(')')?;
            } else {
                self.position(builder)?;
            }
            if self.accept(',').is_none() {
                break;
            }
        }
        builder.end_array();
        self.accept(')')
    }

    fn position(&mut self, builder: &mut Builder<'_>) -> Option<()> {
        let (longitude, latitude) = (self.number()?, self.number()?);
        builder.begin_array();
        builder.real(longitude);
        builder.real(latitude);
        builder.end_array();
        Some(())
    }
}

fn geo_from_wkt(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let mut reader = Reader { rest: texts.value(row) };
        Ok(reader.shape(0, &mut Builder::new(out)).is_some() && reader.rest.trim().is_empty())
    })
}
