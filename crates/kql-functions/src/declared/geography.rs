//! `geo_…`: distances, polygons, lines and cells on the earth.

use kql_types::ScalarType::{Int, String};

use super::{NOT_YET, declared, overload};
use crate::signature::{
    ParameterType::{DynamicBag, Number},
    parameter_of,
};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    declared(
        "__geo_polygon_s2cell_covering_level",
        "",
        ResultName::None,
        &[overload(&[parameter_of("polygon", DynamicBag)], ReturnType::Type(Int), NOT_YET)],
    ),
    declared(
        "__geo_polygon_validate",
        "",
        ResultName::None,
        &[overload(&[parameter_of("polygon", DynamicBag)], ReturnType::Type(String), NOT_YET)],
    ),
    declared(
        "__geo_line_s2cell_covering_level",
        "",
        ResultName::None,
        &[overload(&[parameter_of("lineString", DynamicBag)], ReturnType::Type(Int), NOT_YET)],
    ),
    declared(
        "__geo_line_validate",
        "",
        ResultName::None,
        &[overload(&[parameter_of("lineString", DynamicBag)], ReturnType::Type(String), NOT_YET)],
    ),
    declared(
        "__geo_length_to_s2cell_level",
        "",
        ResultName::None,
        &[overload(&[parameter_of("length", Number)], ReturnType::Type(Int), NOT_YET)],
    ),
];
