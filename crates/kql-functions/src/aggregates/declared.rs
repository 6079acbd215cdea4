//! Aggregates that are known by signature only.

use kql_types::ScalarType;

use crate::aggregate::{AggregateKernel, AggregateOverload, AggregateReturn};
use crate::signature::{parameter, parameter_of};
use crate::{Aggregate, Documentation, Parameter, ParameterType, ResultName, ReturnType};

/// The aggregates of this table.
pub static AGGREGATES: &[Aggregate] = &[
    declared(
        "hll",
        "hll-aggregation-function",
        ResultName::PrefixAndFirstArgument("hll"),
        &[overload(&[HASHED, ACCURACY], DYNAMIC)],
    ),
    declared(
        "hll_if",
        "hll-if-aggregation-function",
        ResultName::PrefixAndFirstArgument("hll_if"),
        &[overload(&[HASHED, PREDICATE, ACCURACY], DYNAMIC)],
    ),
    declared(
        "hll_merge",
        "hll-merge-aggregation-function",
        ResultName::PrefixAndFirstArgument("hll_merge"),
        &[overload(&[parameter_of("hll", ParameterType::DynamicArray)], DYNAMIC)],
    ),
    declared(
        "tdigest",
        "tdigest-aggregation-function",
        ResultName::PrefixAndFirstArgument("tdigest"),
        &[overload(
            &[parameter_of("expr", ParameterType::Summable), parameter_of("weight", ParameterType::Integer).optional()],
            DYNAMIC,
        )],
    ),
    declared(
        "tdigest_merge",
        "tdigest-merge-aggregation-function",
        ResultName::PrefixAndFirstArgument("merge_tdigests"),
        &[overload(DIGEST, DYNAMIC)],
    ),
    declared(
        "merge_tdigest",
        "tdigest-merge-aggregation-function",
        ResultName::PrefixAndFirstArgument("merge_tdigests"),
        &[overload(DIGEST, DYNAMIC)],
    ),
    declared(
        "buildschema",
        "buildschema-aggregation-function",
        ResultName::PrefixAndFirstArgument("schema"),
        &[overload(&[parameter_of("expr", ParameterType::DynamicBag)], DYNAMIC)],
    ),
    declared(
        "passthrough",
        "",
        ResultName::FirstArgument,
        &[overload(&[parameter_of("expr", ParameterType::Scalar)], ReturnType::Parameter(0))],
    ),
];

const DYNAMIC: ReturnType = ReturnType::Type(ScalarType::Dynamic);
const HASHED: Parameter = parameter_of("expr", ParameterType::NotRealOrBool);
const PREDICATE: Parameter = parameter("predicate", ScalarType::Bool);
const ACCURACY: Parameter = parameter_of("accuracy", ParameterType::Integer).optional();
const DIGEST: &[Parameter] = &[parameter_of("tdigest", ParameterType::DynamicArray)];

/// An aggregate known by signature.
const fn declared(
    name: &'static str,
    page: &'static str,
    result_name: ResultName,
    overloads: &'static [AggregateOverload],
) -> Aggregate {
    Aggregate {
        name,
        aliases: &[],
        documentation: Documentation {
            summary: "Known by its signature only.",
            returns: "Nothing: a query that calls it can be checked, but not run.",
            notes: "",
            page,
        },
        overloads,
        result_name,
        examples: &[],
    }
}

const fn overload(parameters: &'static [Parameter], returns: ReturnType) -> AggregateOverload {
    AggregateOverload {
        parameters,
        returns: AggregateReturn::One(returns),
        kernel: AggregateKernel::Unavailable("known by its signature only"),
    }
}
