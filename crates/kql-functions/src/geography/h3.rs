//! H3 cells: hexagons (and twelve pentagons) of sixteen sizes that cover the earth.

use std::str::FromStr;

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use h3o::{CellIndex, LatLng, Resolution};
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use super::set_order::in_set_order;
use super::{Point, Points, real, whole, write_point, write_polygon, write_strings};
use crate::argument::Primitives;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    GEO_POINT_TO_H3CELL,
    GEO_H3CELL_TO_CENTRAL_POINT,
    GEO_H3CELL_TO_POLYGON,
    GEO_H3CELL_NEIGHBORS,
    GEO_H3CELL_CHILDREN,
    GEO_H3CELL_PARENT,
    GEO_H3CELL_RINGS,
    GEO_H3CELL_LEVEL,
];

const CELL: Parameter =
    parameter("h3cell", ScalarType::String).describe("The token of a cell, such as `862a1072fffffff`.");

/// How far apart the sizes of a cell and its children may be.
const MAX_DESCENT: u8 = 5;

/// The farthest ring.
const MAX_DISTANCE: i64 = 142;

const GEO_POINT_TO_H3CELL: Function = Function {
    name: "geo_point_to_h3cell",
    aliases: &[],
    documentation: Documentation {
        summary: "The H3 cell in which a point lies.",
        returns: "The token of the cell; the empty string when a coordinate is null or not on the earth or the resolution is not from 0 to 15.",
        notes: "",
        page: "geo-point-to-h3cell-function",
    },
    overloads: &[overload!(
        [
            real("longitude").describe("In degrees, from -180 to 180."),
            real("latitude").describe("In degrees, from -90 to 90."),
            whole("resolution").optional().describe("From 0 (the largest cells) to 15; 6 without it."),
        ] -> String,
        geo_point_to_h3cell
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print geo_point_to_h3cell(13.4, 52.52)", "861f1d48fffffff"),
        example("print geo_point_to_h3cell(13.4, 52.52, 16)", ""),
    ],
};

const GEO_H3CELL_TO_CENTRAL_POINT: Function = Function {
    name: "geo_h3cell_to_central_point",
    aliases: &[],
    documentation: Documentation {
        summary: "The middle of an H3 cell.",
        returns: "A GeoJSON point; null when the text is no cell.",
        notes: "",
        page: "geo-h3cell-to-central-point-function",
    },
    overloads: &[overload!([CELL] -> Dynamic, |arguments| describe(arguments, |cell, out| {
        write_point(LatLng::from(cell).into(), out);
    }))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print round(toreal(geo_h3cell_to_central_point('8001fffffffffff').coordinates[1]), 3)",
        "79.242",
    )],
};

const GEO_H3CELL_TO_POLYGON: Function = Function {
    name: "geo_h3cell_to_polygon",
    aliases: &[],
    documentation: Documentation {
        summary: "The area of an H3 cell.",
        returns: "A GeoJSON polygon; null when the text is no cell.",
        notes: "",
        page: "geo-h3cell-to-polygon-function",
    },
    overloads: &[overload!([CELL] -> Dynamic, |arguments| describe(arguments, |cell, out| {
        write_polygon(cell.boundary().iter().map(|corner| Point::from(*corner)), out);
    }))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_length(geo_h3cell_to_polygon('861f1d4e7ffffff').coordinates[0])", "7"),
        example("print isnull(geo_h3cell_to_polygon('861f'))", "True"),
    ],
};

const GEO_H3CELL_NEIGHBORS: Function = Function {
    name: "geo_h3cell_neighbors",
    aliases: &[],
    documentation: Documentation {
        summary: "The H3 cells around an H3 cell.",
        returns: "An array of six tokens, five for a pentagon; null when the text is no cell.",
        notes: "",
        page: "geo-h3cell-neighbors-function",
    },
    overloads: &[overload!([CELL] -> Dynamic, |arguments| describe(arguments, |cell, out| {
        let ring = rings(cell, 1).into_iter().filter(|(_, distance)| *distance == 1);
        let tokens = in_set_order(ring.map(|(cell, _)| cell.to_string()).collect());
        write_strings(&tokens, out);
    }))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_length(geo_h3cell_neighbors('861f1d4e7ffffff'))", "6"),
        example("print geo_h3cell_neighbors('861f1d4e7ffffff')[0]", "861f1d457ffffff"),
        example("print array_length(geo_h3cell_neighbors('8009fffffffffff'))", "5"),
    ],
};

const GEO_H3CELL_CHILDREN: Function = Function {
    name: "geo_h3cell_children",
    aliases: &[],
    documentation: Documentation {
        summary: "The smaller H3 cells that make up an H3 cell.",
        returns: "An array of tokens; null when the text is no cell, or the resolution is below that of the cell, more than 5 above it, or \
                  above 15.",
        notes: "",
        page: "geo-h3cell-children-function",
    },
    overloads: &[overload!(
        [CELL, whole("resolution").optional().describe("The resolution of the children; that next to the cell's without it.")]
            -> Dynamic,
        geo_h3cell_children
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print geo_h3cell_children('861f1d4e7ffffff')[0]", "871f1d4e0ffffff"),
        example("print array_length(geo_h3cell_children('861f1d4e7ffffff', 8))", "49"),
    ],
};

const GEO_H3CELL_PARENT: Function = Function {
    name: "geo_h3cell_parent",
    aliases: &[],
    documentation: Documentation {
        summary: "The larger H3 cell that holds an H3 cell.",
        returns: "A token; the empty string when the text is no cell, or the resolution is above that of the cell or below 0.",
        notes: "",
        page: "geo-h3cell-parent-function",
    },
    overloads: &[overload!(
        [CELL, whole("resolution").optional().describe("The resolution of the parent; that next to the cell's without it.")] -> String,
        geo_h3cell_parent
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print geo_h3cell_parent('861f1d4e7ffffff')", "851f1d4ffffffff"),
        example("print geo_h3cell_parent('861f1d4e7ffffff', 0)", "801ffffffffffff"),
    ],
};

const GEO_H3CELL_RINGS: Function = Function {
    name: "geo_h3cell_rings",
    aliases: &[],
    documentation: Documentation {
        summary: "The rings of H3 cells around an H3 cell.",
        returns: "An array of arrays of tokens: the cell itself, its neighbours, those around them and so on; null when the text is no cell \
                  or the distance is not from 0 to 142.",
        notes: "",
        page: "geo-h3cell-rings-function",
    },
    overloads: &[
        overload!([CELL, whole("distance").describe("How many rings there are around the cell.")] -> Dynamic, geo_h3cell_rings),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = geo_h3cell_rings('861f1d4e7ffffff', 0)", "[[\"861f1d4e7ffffff\"]]"),
        example("print array_length(geo_h3cell_rings('861f1d4e7ffffff', 2)[2])", "12"),
    ],
};

const GEO_H3CELL_LEVEL: Function = Function {
    name: "geo_h3cell_level",
    aliases: &[],
    documentation: Documentation {
        summary: "The resolution of an H3 cell.",
        returns: "An int from 0 (the largest cells) to 15; null when the text is no cell.",
        notes: "",
        page: "geo-h3cell-level-function",
    },
    overloads: &[overload!([CELL] -> Int, geo_h3cell_level)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print geo_h3cell_level('861f1d4e7ffffff')", "6")],
};

impl From<LatLng> for Point {
    fn from(place: LatLng) -> Point {
        Point { longitude: place.lng(), latitude: place.lat() }
    }
}

/// The resolution of a number from 0 to 15.
pub fn resolution(value: i64) -> Option<Resolution> {
    Resolution::try_from(u8::try_from(value).ok()?).ok()
}

/// Appends an array of tokens.
pub fn write_tokens(cells: impl IntoIterator<Item = CellIndex>, builder: &mut Builder<'_>) {
    builder.begin_array();
    cells.into_iter().for_each(|cell| builder.string(&cell.to_string()));
    builder.end_array();
}

/// The cells up to a distance, and how far each is.
fn rings(cell: CellIndex, distance: u32) -> Vec<(CellIndex, u32)> {
    cell.grid_disk_distances(distance)
}

/// A dynamic made of each cell.
fn describe(arguments: &Arguments<'_>, write: fn(CellIndex, &mut String)) -> Result<ArrayRef, KernelError> {
    let cells = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Ok(cell) = CellIndex::from_str(cells.value(row)) else { return Ok(false) };
        write(cell, out);
        Ok(true)
    })
}

/// The resolution argument at a position, where it was given.
fn resolutions<'a>(
    arguments: &Arguments<'a>,
    position: usize,
) -> Result<Option<Primitives<'a, Int64Type>>, KernelError> {
    if position < arguments.len() { arguments.primitives(position).map(Some) } else { Ok(None) }
}

fn geo_point_to_h3cell(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let points = Points::new(arguments, 0)?;
    let resolutions = resolutions(arguments, 2)?;
    output::strings(arguments.rows(), |row, out| {
        let cell = || {
            let point = points.get(row)?;
            let resolution = resolution(resolutions.as_ref().map_or(Some(6), |resolutions| resolutions.get(row))?)?;
            Some(LatLng::new(point.latitude, point.longitude).ok()?.to_cell(resolution))
        };
        out.extend(cell().map(|cell| cell.to_string()));
        Ok(())
    })
}

fn geo_h3cell_children(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let cells = arguments.strings(0)?;
    let resolutions = resolutions(arguments, 1)?;
    output::dynamics(arguments.rows(), |row, out| {
        let find = || {
            let cell = CellIndex::from_str(cells.value(row)).ok()?;
            let own = u8::from(cell.resolution());
            let next = Some(i64::from(own) + 1);
            let to = resolution(resolutions.as_ref().map_or(next, |resolutions| resolutions.get(row))?)?;
            (own..=own + MAX_DESCENT).contains(&u8::from(to)).then(|| cell.children(to))
        };
        let Some(children) = find() else { return Ok(false) };
        write_tokens(children, &mut Builder::new(out));
        Ok(true)
    })
}

fn geo_h3cell_parent(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let cells = arguments.strings(0)?;
    let resolutions = resolutions(arguments, 1)?;
    output::strings(arguments.rows(), |row, out| {
        let parent = || {
            let cell = CellIndex::from_str(cells.value(row)).ok()?;
            let next = Some(i64::from(u8::from(cell.resolution())) - 1);
            cell.parent(resolution(resolutions.as_ref().map_or(next, |resolutions| resolutions.get(row))?)?)
        };
        out.extend(parent().map(|cell| cell.to_string()));
        Ok(())
    })
}

fn geo_h3cell_rings(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let cells = arguments.strings(0)?;
    let distances = arguments.primitives::<Int64Type>(1)?;
    output::dynamics(arguments.rows(), |row, out| {
        let distance = distances.get(row).filter(|distance| (0..=MAX_DISTANCE).contains(distance));
        let (Ok(cell), Some(distance)) = (CellIndex::from_str(cells.value(row)), distance) else { return Ok(false) };
        let cells = rings(cell, distance as u32);
        let mut builder = Builder::new(out);
        builder.begin_array();
        for ring in 0..=distance as u32 {
            write_tokens(cells.iter().filter(|(_, distance)| *distance == ring).map(|(cell, _)| *cell), &mut builder);
        }
        builder.end_array();
        Ok(true)
    })
}

fn geo_h3cell_level(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let cells = arguments.strings(0)?;
    let levels = (0..arguments.rows())
        .map(|row| Some(i32::from(u8::from(CellIndex::from_str(cells.value(row)).ok()?.resolution()))));
    Ok(std::sync::Arc::new(levels.collect::<arrow::array::Int32Array>()))
}
