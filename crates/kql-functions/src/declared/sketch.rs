//! What reads and merges the sketches of `tdigest` and `hll`.

use kql_types::ScalarType::{Bool, Dynamic, Long, Real};

use super::{NOT_YET, declared, overload};
use crate::signature::{
    ParameterType::{DynamicArray, Scalar, TypeLiteral},
    parameter, parameter_of,
};
use crate::{Function, ResultName, ReturnType};

/// The functions of this table.
pub static FUNCTIONS: &[Function] = &[
    declared(
        "percentile_tdigest",
        "percentile-tdigest-function",
        ResultName::NameAndFirstArgument,
        &[
            overload(
                &[parameter_of("tdigest", DynamicArray), parameter("percentile1", Real)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[
                    parameter_of("tdigest", DynamicArray),
                    parameter("percentile1", Real),
                    parameter_of("type", TypeLiteral).literal(),
                ],
                ReturnType::Literal(2),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "percentiles_array_tdigest",
        "",
        ResultName::PrefixAndFirstArgument("percentile_tdigest"),
        &[
            overload(
                &[parameter_of("tdigest", DynamicArray), parameter("percentile", Real).repeated()],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
            overload(
                &[parameter_of("tdigest", DynamicArray), parameter_of("percentiles", DynamicArray)],
                ReturnType::Type(Dynamic),
                NOT_YET,
            ),
        ],
    ),
    declared(
        "percentrank_tdigest",
        "percentrank-tdigest-function",
        ResultName::None,
        &[overload(
            &[parameter_of("digest", DynamicArray), parameter_of("value", Scalar)],
            ReturnType::Type(Real),
            NOT_YET,
        )],
    ),
    declared(
        "rank_tdigest",
        "rank-tdigest-function",
        ResultName::None,
        &[overload(
            &[parameter_of("digest", DynamicArray), parameter_of("value", Scalar)],
            ReturnType::Type(Real),
            NOT_YET,
        )],
    ),
    declared(
        "tdigest_isvalid",
        "",
        ResultName::None,
        &[overload(
            &[parameter_of("digest", DynamicArray), parameter_of("value", Scalar)],
            ReturnType::Type(Bool),
            NOT_YET,
        )],
    ),
    declared(
        "hll_isvalid",
        "",
        ResultName::None,
        &[overload(
            &[parameter_of("hll", DynamicArray), parameter_of("value", Scalar)],
            ReturnType::Type(Bool),
            NOT_YET,
        )],
    ),
    declared(
        "tdigest_merge",
        "",
        ResultName::PrefixOnly("tdigests_merge_result"),
        &[overload(
            &[parameter_of("tdigest", DynamicArray), parameter_of("tdigest", DynamicArray).repeated()],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "merge_tdigest",
        "merge-tdigest-function",
        ResultName::PrefixOnly("tdigests_merge_result"),
        &[overload(
            &[parameter_of("tdigest", DynamicArray), parameter_of("tdigest", DynamicArray).repeated()],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "hll_merge",
        "hll-merge-function",
        ResultName::PrefixOnly("hll_merged_result"),
        &[overload(
            &[parameter_of("hll", DynamicArray), parameter_of("hll", DynamicArray).repeated()],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
    declared(
        "dcount_hll",
        "dcount-hll-function",
        ResultName::NameAndFirstArgument,
        &[overload(&[parameter_of("hll", DynamicArray)], ReturnType::Type(Long), NOT_YET)],
    ),
    declared(
        "__hll_normalize",
        "",
        ResultName::FirstArgument,
        &[overload(
            &[parameter("hll", Dynamic), parameter("hll", Dynamic).repeated()],
            ReturnType::Type(Dynamic),
            NOT_YET,
        )],
    ),
];
