//! S2 cells: squares of 31 sizes that cover the earth.

use arrow::array::ArrayRef;
use arrow::datatypes::{Float64Type, Int64Type};
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic};

use super::s2_cell::{Cell, MAX_LEVEL};
use super::s2_cover::Region;
use super::set_order::in_set_order;
use super::shape::{LINE, Lines, POLYGON, Polygon, Shapes};
use super::{Point, Points, RADIUS, real, whole, write_point, write_polygon, write_strings};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    GEO_POINT_TO_S2CELL,
    GEO_S2CELL_TO_CENTRAL_POINT,
    GEO_S2CELL_TO_POLYGON,
    GEO_S2CELL_NEIGHBORS,
    GEO_LINE_TO_S2CELLS,
    GEO_POLYGON_TO_S2CELLS,
];

const CELL: Parameter = parameter("s2cell", ScalarType::String).describe("The token of a cell, such as `89c259`.");

const LEVEL: Parameter = whole("level").optional().describe("From 0 (the largest cells) to 30; 11 without it.");

const AROUND: Parameter = real("radius").optional().describe("How far around the shape cells count, in meters.");

/// The level without one.
const DEFAULT_LEVEL: u32 = 11;

const GEO_POINT_TO_S2CELL: Function = Function {
    name: "geo_point_to_s2cell",
    aliases: &[],
    documentation: Documentation {
        summary: "The S2 cell in which a point lies.",
        returns: "The token of the cell; the empty string when a coordinate is null or not on the earth or the level is not from 0 to 30.",
        notes: "",
        page: "geo-point-to-s2cell-function",
    },
    overloads: &[overload!(
        [
            real("longitude").describe("In degrees, from -180 to 180."),
            real("latitude").describe("In degrees, from -90 to 90."),
            LEVEL,
        ] -> String,
        geo_point_to_s2cell
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print geo_point_to_s2cell(0, 0, 0)", "1"),
        example("print strlen(geo_point_to_s2cell(13.4, 52.52, 30))", "16"),
        example("print geo_point_to_s2cell(13.4, 52.52, 31)", ""),
    ],
};

const GEO_S2CELL_TO_CENTRAL_POINT: Function = Function {
    name: "geo_s2cell_to_central_point",
    aliases: &[],
    documentation: Documentation {
        summary: "The middle of an S2 cell.",
        returns: "A GeoJSON point; null when the text is no cell.",
        notes: "",
        page: "geo-s2cell-to-central-point-function",
    },
    overloads: &[overload!([CELL] -> Dynamic, |arguments| describe(arguments, |cell, out| {
        write_point(Point::from_vector(cell.center()), out);
    }))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = geo_s2cell_to_central_point('1')", "{\"type\":\"Point\",\"coordinates\":[0.0,0.0]}"),
        example("print isnull(geo_s2cell_to_central_point('2'))", "True"),
    ],
};

const GEO_S2CELL_TO_POLYGON: Function = Function {
    name: "geo_s2cell_to_polygon",
    aliases: &[],
    documentation: Documentation {
        summary: "The area of an S2 cell.",
        returns: "A GeoJSON polygon of four corners; null when the text is no cell.",
        notes: "",
        page: "geo-s2cell-to-polygon-function",
    },
    overloads: &[overload!([CELL] -> Dynamic, |arguments| describe(arguments, |cell, out| {
        write_polygon(cell.square().corners().into_iter().map(Point::from_vector), out);
    }))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print round(toreal(geo_s2cell_to_polygon('1').coordinates[0][0][0]), 6)", "-45.0")],
};

const GEO_S2CELL_NEIGHBORS: Function = Function {
    name: "geo_s2cell_neighbors",
    aliases: &[],
    documentation: Documentation {
        summary: "The S2 cells around an S2 cell.",
        returns: "An array of the tokens of all cells of its level that share an edge or a corner with it; null when the text is no cell.",
        notes: "",
        page: "geo-s2cell-neighbors-function",
    },
    overloads: &[overload!([CELL] -> Dynamic, |arguments| describe(arguments, |cell, out| {
        write_strings(&in_set_order(cell.neighbors().iter().map(Cell::to_string).collect()), out);
    }))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_length(geo_s2cell_neighbors('47a851'))", "8"),
        example("print geo_s2cell_neighbors('47a851')[0]", "47a855"),
        example("print array_length(geo_s2cell_neighbors('1'))", "4"),
    ],
};

const GEO_LINE_TO_S2CELLS: Function = Function {
    name: "geo_line_to_s2cells",
    aliases: &[],
    documentation: Documentation {
        summary: "The S2 cells through which a line or several lead.",
        returns: "An array of the tokens of cells of one level; null when the line is not valid, the level is not from 0 to 30, the radius is \
                  negative, or there are more than 65536 cells.",
        notes: "With a radius, the cells that touch what lies within it of the line.",
        page: "geo-line-to-s2cells-function",
    },
    overloads: &[overload!([LINE, LEVEL, AROUND] -> Dynamic, |arguments| {
        cover(arguments, Lines::read, Region::around_lines)
    })],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print x = geo_line_to_s2cells(dynamic({'type': 'LineString', 'coordinates': [[10, 10], [80, 10]]}), 0)",
            "[\"1\",\"3\"]",
        ),
        example(
            "print isnull(geo_line_to_s2cells(dynamic({'type': 'LineString', 'coordinates': [[10, 10], [80, 10]]}), 30))",
            "True",
        ),
    ],
};

const GEO_POLYGON_TO_S2CELLS: Function = Function {
    name: "geo_polygon_to_s2cells",
    aliases: &[],
    documentation: Documentation {
        summary: "The S2 cells that cover a polygon or several.",
        returns: "An array of the tokens of cells of one level; null when the polygon is not valid, the level is not from 0 to 30, the radius \
                  is negative, or there are more than 65536 cells.",
        notes: "With a radius, the cells that touch what lies within it of the polygon.",
        page: "geo-polygon-to-s2cells-function",
    },
    overloads: &[overload!([POLYGON, LEVEL, AROUND] -> Dynamic, |arguments| {
        cover(arguments, Polygon::read, Region::around_polygon)
    })],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print x = geo_polygon_to_s2cells(dynamic({'type': 'Polygon', 'coordinates': [[[10, 10], [80, 10], [80, 20], [10, 10]]]}), 0)",
            "[\"1\",\"3\"]",
        ),
        example(
            "print array_length(geo_polygon_to_s2cells(dynamic({'type': 'Polygon', 'coordinates': [[[1, 1], [2, 1], [2, 2], [1, 1]]]}), 7, 0))",
            "8",
        ),
    ],
};

fn write_tokens(cells: &[Cell], out: &mut String) {
    let mut builder = Builder::new(out);
    builder.begin_array();
    cells.iter().for_each(|cell| builder.string(&cell.to_string()));
    builder.end_array();
}

/// A dynamic made of each cell.
fn describe(arguments: &Arguments<'_>, write: fn(Cell, &mut String)) -> Result<ArrayRef, KernelError> {
    let cells = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(cell) = Cell::from_token(cells.value(row)) else { return Ok(false) };
        write(cell, out);
        Ok(true)
    })
}

fn valid_level(level: i64) -> Option<u32> {
    u32::try_from(level).ok().filter(|level| *level <= MAX_LEVEL)
}

fn geo_point_to_s2cell(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let points = Points::new(arguments, 0)?;
    let levels = if arguments.len() > 2 { Some(arguments.primitives::<Int64Type>(2)?) } else { None };
    output::strings(arguments.rows(), |row, out| {
        let cell = || {
            let level = levels.as_ref().map_or(Some(DEFAULT_LEVEL), |levels| valid_level(levels.get(row)?))?;
            Some(Cell::of(points.get(row)?.vector(), level))
        };
        out.extend(cell().map(|cell| cell.to_string()));
        Ok(())
    })
}

/// The cells that cover the shapes of the first argument.
fn cover<S>(
    arguments: &Arguments<'_>,
    read: fn(Dynamic<'_>) -> Option<S>,
    region: for<'s> fn(&'s S, f64) -> Region<'s>,
) -> Result<ArrayRef, KernelError> {
    let mut shapes = Shapes::new(arguments, 0, read)?;
    let levels = if arguments.len() > 1 { Some(arguments.primitives::<Int64Type>(1)?) } else { None };
    let radii = if arguments.len() > 2 { Some(arguments.primitives::<Float64Type>(2)?) } else { None };
    output::dynamics(arguments.rows(), |row, out| {
        let mut covering = || {
            let level = levels.as_ref().map_or(Some(DEFAULT_LEVEL), |levels| valid_level(levels.get(row)?))?;
            let radius = radii.as_ref().map_or(Some(0.0), |radii| radii.get(row))?;
            let radius = (radius.is_finite() && radius >= 0.0).then_some(radius / RADIUS)?;
            region(shapes.get(row)?, radius).covering(level)
        };
        let Some(cells) = covering() else { return Ok(false) };
        write_tokens(&cells, out);
        Ok(true)
    })
}
