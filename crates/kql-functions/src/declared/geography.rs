//! `geo_…`: distances, polygons, lines and cells on the earth.

use kql_types::ScalarType::{Dynamic, Int, String};

use super::{NOT_YET, declared, overload};
use crate::signature::{
    ParameterType::{DynamicBag, Number},
    parameter_of,
};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    declared(
        "geo_polygon_to_h3cells",
        "geo-polygon-to-h3cells-function",
        ResultName::None,
        &[overload(
            &[
                parameter_of("polygon", DynamicBag),
                parameter_of("resolution", Number).optional(),
                parameter_of("radius", Number).optional(),
            ],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
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
        "geo_line_centroid",
        "geo-line-centroid-function",
        ResultName::None,
        &[overload(&[parameter_of("lineString", DynamicBag)], ReturnType::Type(Dynamic), NOT_YET)],
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
