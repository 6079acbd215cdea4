//! `percentile`, `percentiles` and their forms.

use kql_types::ScalarType;

use super::kernel;
use crate::aggregate::{AggregateKernel, AggregateOverload, AggregateReturn};
use crate::documentation::example;
use crate::signature::{parameter, parameter_of};
use crate::{Aggregate, Documentation, Parameter, ParameterType, PassedAs, ResultName, ReturnType};
use rank::{DateTime, Each, InArray, Long, One, Percentiles, Real, TimeSpan};

mod rank;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] =
    &[PERCENTILE, PERCENTILES, PERCENTILES_ARRAY, PERCENTILEW, PERCENTILESW, PERCENTILESW_ARRAY];

const INTEGER: Parameter =
    parameter_of("expr", ParameterType::Integer).passed_as(PassedAs::Converted(ScalarType::Long)).describe(VALUES);
const REAL: Parameter = parameter_of("expr", ParameterType::OneOf(&[ScalarType::Real, ScalarType::Decimal]))
    .passed_as(PassedAs::Converted(ScalarType::Real))
    .describe(VALUES);
const DATETIME: Parameter = parameter("expr", ScalarType::DateTime).describe(VALUES);
const TIMESPAN: Parameter = parameter("expr", ScalarType::TimeSpan).describe(VALUES);
const OTHER: Parameter = parameter_of("expr", ParameterType::Scalar).describe(VALUES);
const WEIGHT: Parameter = parameter_of("weight", ParameterType::Integer)
    .passed_as(PassedAs::Converted(ScalarType::Long))
    .describe("How many times the value counts.");
const PERCENT: Parameter = parameter_of("percentile", ParameterType::Number)
    .passed_as(PassedAs::Converted(ScalarType::Real))
    .constant()
    .describe("The percentage of values that are less or equal, from 0 (the least value) to 100 (the greatest).");
const PERCENTS: Parameter = PERCENT.repeated();
const PERCENT_ARRAY: Parameter = parameter_of("percentiles", ParameterType::DynamicArray)
    .passed_as(PassedAs::Converted(ScalarType::Dynamic))
    .constant()
    .describe("An array of percentages.");

const VALUES: &str = "The values; nulls are passed over.";
const RETURNS: &str = "The smallest value to which at least that percentage of the values are less or equal (the nearest rank), in the type of the argument, `long` for `int` and `real` for `decimal`; null where no row has a value.";
const NOTES: &str = "Exact, where Kusto estimates large groups. The 50th percentile of an even number of values is the lower of the middle two, not their mean.";
const NO_ORDER: AggregateKernel =
    AggregateKernel::Unavailable("for values that are neither numbers nor datetime or timespan");

const fn one(scalar_type: ScalarType) -> AggregateReturn {
    AggregateReturn::One(ReturnType::Type(scalar_type))
}

const fn each(scalar_type: ScalarType) -> AggregateReturn {
    AggregateReturn::EachRepeated(ReturnType::Type(scalar_type))
}

const fn overload(
    parameters: &'static [Parameter],
    returns: AggregateReturn,
    kernel: AggregateKernel,
) -> AggregateOverload {
    AggregateOverload { parameters, returns, kernel }
}

const PERCENTILE: Aggregate = Aggregate {
    name: "percentile",
    aliases: &[],
    documentation: Documentation {
        summary: "A percentile of the values of each group.",
        returns: RETURNS,
        notes: NOTES,
        page: "percentiles-aggregation-function",
    },
    overloads: &[
        overload(&[INTEGER, PERCENT], one(ScalarType::Long), kernel::<Percentiles<Long, One, false>>()),
        overload(&[REAL, PERCENT], one(ScalarType::Real), kernel::<Percentiles<Real, One, false>>()),
        overload(&[DATETIME, PERCENT], one(ScalarType::DateTime), kernel::<Percentiles<DateTime, One, false>>()),
        overload(&[TIMESPAN, PERCENT], one(ScalarType::TimeSpan), kernel::<Percentiles<TimeSpan, One, false>>()),
        overload(&[OTHER, PERCENT], AggregateReturn::One(ReturnType::Parameter(0)), NO_ORDER),
    ],
    result_name: ResultName::PrefixAndFirstArgument("percentile"),
    examples: &[
        example("range x from 1 to 10 step 1 | summarize percentile(x, 50)", "5"),
        example("range x from 1 to 10 step 1 | summarize percentile(x, 95)", "10"),
        example("range x from 1 to 10 step 1 | summarize percentile(x * 1m, 12.5)", "00:02:00"),
    ],
};

const PERCENTILES: Aggregate = Aggregate {
    name: "percentiles",
    aliases: &[],
    documentation: Documentation {
        summary: "Several percentiles of the values of each group, a column each.",
        returns: RETURNS,
        notes: NOTES,
        page: "percentiles-aggregation-function",
    },
    overloads: &[
        overload(&[INTEGER, PERCENTS], each(ScalarType::Long), kernel::<Percentiles<Long, Each, false>>()),
        overload(&[REAL, PERCENTS], each(ScalarType::Real), kernel::<Percentiles<Real, Each, false>>()),
        overload(&[DATETIME, PERCENTS], each(ScalarType::DateTime), kernel::<Percentiles<DateTime, Each, false>>()),
        overload(&[TIMESPAN, PERCENTS], each(ScalarType::TimeSpan), kernel::<Percentiles<TimeSpan, Each, false>>()),
        overload(&[OTHER, PERCENTS], AggregateReturn::EachRepeated(ReturnType::Parameter(0)), NO_ORDER),
    ],
    result_name: ResultName::PrefixAndFirstArgument("percentile"),
    examples: &[example(
        "range x from 1 to 10 step 1 | summarize percentiles(x, 25, 75) | project percentile_x_25 + percentile_x_75",
        "11",
    )],
};

const PERCENTILES_ARRAY: Aggregate = Aggregate {
    name: "percentiles_array",
    aliases: &[],
    documentation: Documentation {
        summary: "Several percentiles of the values of each group, in an array.",
        returns: "A `dynamic` array of the nearest ranks, in the order of the percentages; null where no row has a value.",
        notes: NOTES,
        page: "percentiles-aggregation-function",
    },
    overloads: &[
        overload(&[INTEGER, PERCENTS], one(ScalarType::Dynamic), kernel::<Percentiles<Long, InArray, false>>()),
        overload(&[REAL, PERCENTS], one(ScalarType::Dynamic), kernel::<Percentiles<Real, InArray, false>>()),
        overload(&[DATETIME, PERCENTS], one(ScalarType::Dynamic), kernel::<Percentiles<DateTime, InArray, false>>()),
        overload(&[TIMESPAN, PERCENTS], one(ScalarType::Dynamic), kernel::<Percentiles<TimeSpan, InArray, false>>()),
        overload(&[OTHER, PERCENTS], one(ScalarType::Dynamic), NO_ORDER),
        overload(&[INTEGER, PERCENT_ARRAY], one(ScalarType::Dynamic), kernel::<Percentiles<Long, InArray, false>>()),
        overload(&[REAL, PERCENT_ARRAY], one(ScalarType::Dynamic), kernel::<Percentiles<Real, InArray, false>>()),
        overload(
            &[DATETIME, PERCENT_ARRAY],
            one(ScalarType::Dynamic),
            kernel::<Percentiles<DateTime, InArray, false>>(),
        ),
        overload(
            &[TIMESPAN, PERCENT_ARRAY],
            one(ScalarType::Dynamic),
            kernel::<Percentiles<TimeSpan, InArray, false>>(),
        ),
        overload(&[OTHER, PERCENT_ARRAY], one(ScalarType::Dynamic), NO_ORDER),
    ],
    result_name: ResultName::PrefixAndFirstArgument("percentiles"),
    examples: &[
        example("range x from 1 to 10 step 1 | summarize percentiles_array(x, 25, 50, 75)", "[3,5,8]"),
        example("range x from 1 to 10 step 1 | summarize percentiles_array(x, dynamic([0, 100]))", "[1,10]"),
    ],
};

const PERCENTILEW: Aggregate = Aggregate {
    name: "percentilew",
    aliases: &[],
    documentation: Documentation {
        summary: "A percentile of weighted values of each group.",
        returns: RETURNS,
        notes: NOTES,
        page: "percentilesw-aggregation-function",
    },
    overloads: &[
        overload(&[INTEGER, WEIGHT, PERCENT], one(ScalarType::Long), kernel::<Percentiles<Long, One, true>>()),
        overload(&[REAL, WEIGHT, PERCENT], one(ScalarType::Real), kernel::<Percentiles<Real, One, true>>()),
        overload(&[DATETIME, WEIGHT, PERCENT], one(ScalarType::DateTime), kernel::<Percentiles<DateTime, One, true>>()),
        overload(&[TIMESPAN, WEIGHT, PERCENT], one(ScalarType::TimeSpan), kernel::<Percentiles<TimeSpan, One, true>>()),
        overload(&[OTHER, WEIGHT, PERCENT], AggregateReturn::One(ReturnType::Parameter(0)), NO_ORDER),
    ],
    result_name: ResultName::PrefixAndFirstArgument("percentile"),
    examples: &[example("range x from 1 to 10 step 1 | summarize percentilew(x, x, 50)", "7")],
};

const PERCENTILESW: Aggregate = Aggregate {
    name: "percentilesw",
    aliases: &[],
    documentation: Documentation {
        summary: "Several percentiles of weighted values of each group, a column each.",
        returns: RETURNS,
        notes: NOTES,
        page: "percentilesw-aggregation-function",
    },
    overloads: &[
        overload(&[INTEGER, WEIGHT, PERCENTS], each(ScalarType::Long), kernel::<Percentiles<Long, Each, true>>()),
        overload(&[REAL, WEIGHT, PERCENTS], each(ScalarType::Real), kernel::<Percentiles<Real, Each, true>>()),
        overload(
            &[DATETIME, WEIGHT, PERCENTS],
            each(ScalarType::DateTime),
            kernel::<Percentiles<DateTime, Each, true>>(),
        ),
        overload(
            &[TIMESPAN, WEIGHT, PERCENTS],
            each(ScalarType::TimeSpan),
            kernel::<Percentiles<TimeSpan, Each, true>>(),
        ),
        overload(&[OTHER, WEIGHT, PERCENTS], AggregateReturn::EachRepeated(ReturnType::Parameter(0)), NO_ORDER),
    ],
    result_name: ResultName::PrefixAndFirstArgument("percentile"),
    examples: &[example(
        "range x from 1 to 10 step 1 | summarize percentilesw(x, x, 50, 100) | project percentile_x_50 + percentile_x_100",
        "17",
    )],
};

const PERCENTILESW_ARRAY: Aggregate = Aggregate {
    name: "percentilesw_array",
    aliases: &[],
    documentation: Documentation {
        summary: "Several percentiles of weighted values of each group, in an array.",
        returns: "A `dynamic` array of the nearest ranks, in the order of the percentages; null where no row has a value.",
        notes: NOTES,
        page: "percentilesw-aggregation-function",
    },
    overloads: &[
        overload(&[INTEGER, WEIGHT, PERCENTS], one(ScalarType::Dynamic), kernel::<Percentiles<Long, InArray, true>>()),
        overload(&[REAL, WEIGHT, PERCENTS], one(ScalarType::Dynamic), kernel::<Percentiles<Real, InArray, true>>()),
        overload(
            &[DATETIME, WEIGHT, PERCENTS],
            one(ScalarType::Dynamic),
            kernel::<Percentiles<DateTime, InArray, true>>(),
        ),
        overload(
            &[TIMESPAN, WEIGHT, PERCENTS],
            one(ScalarType::Dynamic),
            kernel::<Percentiles<TimeSpan, InArray, true>>(),
        ),
        overload(&[OTHER, WEIGHT, PERCENTS], one(ScalarType::Dynamic), NO_ORDER),
        overload(
            &[INTEGER, WEIGHT, PERCENT_ARRAY],
            one(ScalarType::Dynamic),
            kernel::<Percentiles<Long, InArray, true>>(),
        ),
        overload(
            &[REAL, WEIGHT, PERCENT_ARRAY],
            one(ScalarType::Dynamic),
            kernel::<Percentiles<Real, InArray, true>>(),
        ),
        overload(
            &[DATETIME, WEIGHT, PERCENT_ARRAY],
            one(ScalarType::Dynamic),
            kernel::<Percentiles<DateTime, InArray, true>>(),
        ),
        overload(
            &[TIMESPAN, WEIGHT, PERCENT_ARRAY],
            one(ScalarType::Dynamic),
            kernel::<Percentiles<TimeSpan, InArray, true>>(),
        ),
        overload(&[OTHER, WEIGHT, PERCENT_ARRAY], one(ScalarType::Dynamic), NO_ORDER),
    ],
    result_name: ResultName::PrefixAndFirstArgument("percentiles"),
    examples: &[example(
        "range x from 1 to 10 step 1 | summarize percentilesw_array(x, 11 - x, 25, 50, 75)",
        "[2,4,6]",
    )],
};
