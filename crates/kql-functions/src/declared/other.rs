//! What fits no other table.

use kql_types::ScalarType::{Dynamic, Long, String};

use super::{UNDOCUMENTED, declared, overload};
use crate::signature::{
    ParameterType::{DynamicArray, Integer, NotDynamic, Scalar, StringOrDynamic},
    parameter, parameter_of,
};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    declared(
        "__hll_normalize",
        "",
        ResultName::FirstArgument,
        &[overload(
            &[parameter("hll", Dynamic), parameter("hll", Dynamic).repeated()],
            ReturnType::Type(Dynamic),
            UNDOCUMENTED,
        )],
    ),
    declared(
        "__ipv6_lookup_ranges",
        "",
        ResultName::None,
        &[overload(
            &[parameter_of("ip", StringOrDynamic), parameter_of("ranges", DynamicArray)],
            ReturnType::Type(Dynamic),
            UNDOCUMENTED,
        )],
    ),
    declared(
        "__lz4_compress_dynamic_array_to_base64_string",
        "",
        ResultName::None,
        &[overload(&[parameter_of("dynamic", DynamicArray)], ReturnType::Type(String), UNDOCUMENTED)],
    ),
    declared(
        "__hash_crc32",
        "",
        ResultName::None,
        &[overload(
            &[parameter_of("source", NotDynamic), parameter_of("mod", Integer), parameter_of("seed", Integer)],
            ReturnType::Type(Long),
            UNDOCUMENTED,
        )],
    ),
    declared(
        "__hash_djb2",
        "",
        ResultName::None,
        &[overload(
            &[parameter_of("source", NotDynamic), parameter_of("mod", Integer).optional()],
            ReturnType::Type(Long),
            UNDOCUMENTED,
        )],
    ),
    declared(
        "__hash_xxh64",
        "",
        ResultName::None,
        &[overload(
            &[parameter_of("source", NotDynamic), parameter_of("mod", Integer), parameter_of("seed", Integer)],
            ReturnType::Type(Long),
            UNDOCUMENTED,
        )],
    ),
    declared(
        "__hash_many_crc32",
        "",
        ResultName::None,
        &[overload(&[parameter_of("arg", Scalar).repeated()], ReturnType::Type(Long), UNDOCUMENTED)],
    ),
];
