//! Several shapes made one: `geo_union_polygons_array` and `geo_union_lines_array`.

use arrow::array::ArrayRef;
use kql_types::dynamic::Dynamic;

use super::intersection::too_complex;
use super::region::{Region, union_of_lines};
use super::shape::{Lines, Polygon, write_lines, write_polygons};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter_of;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_UNION_POLYGONS_ARRAY, GEO_UNION_LINES_ARRAY];

/// The parameter that takes an array of polygons.
pub const POLYGONS: Parameter =
    parameter_of("polygons", ParameterType::DynamicArray).describe("An array of GeoJSON Polygons or MultiPolygons.");

const GEO_UNION_POLYGONS_ARRAY: Function = Function {
    name: "geo_union_polygons_array",
    aliases: &[],
    documentation: Documentation {
        summary: "The region that polygons cover together.",
        returns: "A GeoJSON Polygon or MultiPolygon; null when one of the polygons is not valid or there is none.",
        notes: "",
        page: "geo-union-polygons-array-function",
    },
    overloads: &[overload!([POLYGONS] -> Dynamic, geo_union_polygons_array)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print array_length(geo_union_polygons_array(dynamic([\
             {'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}, \
             {'type': 'Polygon', 'coordinates': [[[1, 0], [2, 0], [2, 1], [1, 1], [1, 0]]]}])).coordinates[0])",
            "7",
        ),
        example(
            "print geo_union_polygons_array(dynamic([\
             {'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, \
             {'type': 'Polygon', 'coordinates': [[[2, 0], [3, 0], [3, 1], [2, 0]]]}])).type",
            "MultiPolygon",
        ),
    ],
};

const GEO_UNION_LINES_ARRAY: Function = Function {
    name: "geo_union_lines_array",
    aliases: &[],
    documentation: Documentation {
        summary: "All stretches of lines, each once.",
        returns: "A GeoJSON LineString or MultiLineString; null when one of the lines is not valid or there is none.",
        notes: "Lines that go on into each other become one; where lines meet with a choice of ways on, they are parted.",
        page: "geo-union-lines-array-function",
    },
    overloads: &[overload!([parameter_of("lineStrings", ParameterType::DynamicArray)
        .describe("An array of GeoJSON LineStrings or MultiLineStrings.")] -> Dynamic, geo_union_lines_array)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print array_length(geo_union_lines_array(dynamic([{'type': 'LineString', 'coordinates': [[0, 0], [1, 0], [2, 0]]}, \
         {'type': 'LineString', 'coordinates': [[1, 0], [2, 0], [3, 0]]}])).coordinates)",
        "4",
    )],
};

fn geo_union_polygons_array(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let arrays = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(regions) = arrays.get(row).and_then(read_regions) else { return Ok(false) };
        let union = Region::union_of(regions).ok_or_else(too_complex)?;
        write_polygons(union.polygons(), out);
        Ok(true)
    })
}

/// The regions of an array of polygons, at least one.
pub fn read_regions(text: &str) -> Option<Vec<Region>> {
    let polygons = Dynamic::new(text).elements().map(Polygon::read);
    let regions = polygons.map(|polygon| Some(Region::of(&polygon?))).collect::<Option<Vec<_>>>()?;
    (!regions.is_empty()).then_some(regions)
}

fn geo_union_lines_array(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let arrays = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let sets =
            arrays.get(row).and_then(|text| Dynamic::new(text).elements().map(Lines::read).collect::<Option<Vec<_>>>());
        let Some(sets) = sets.filter(|sets| !sets.is_empty()) else { return Ok(false) };
        write_lines(&union_of_lines(sets).ok_or_else(too_complex)?, out);
        Ok(true)
    })
}
