//! `sum`, `avg`, `stdev`, `variance`, `covariance`, the bitwise aggregates, and their forms.

use kql_types::ScalarType;

use super::{If, kernel};
use crate::aggregate::{AggregateKernel, AggregateOverload, AggregateReturn};
use crate::documentation::example;
use crate::signature::{parameter, parameter_of};
use crate::{Aggregate, Documentation, Parameter, ParameterType, PassedAs, ResultName, ReturnType};
use spread::{Covariance, Deviation, POPULATION, SAMPLE, Variance};
use total::{AllBits, And, MeanExact, MeanReal, Or, Sum, Xor};

mod spread;
mod total;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[
    SUM,
    SUM_IF,
    AVG,
    AVG_IF,
    STDEV,
    STDEV_IF,
    STDEVP,
    VARIANCE,
    VARIANCE_IF,
    VARIANCEP,
    VARIANCEP_IF,
    COVARIANCE,
    COVARIANCE_IF,
    COVARIANCEP,
    COVARIANCEP_IF,
    BINARY_ALL_AND,
    BINARY_ALL_OR,
    BINARY_ALL_XOR,
];

const REAL: AggregateReturn = returns(ScalarType::Real);
const SAME: AggregateReturn = AggregateReturn::One(ReturnType::Parameter(0));
const SUMMED_TYPE: AggregateReturn = AggregateReturn::One(ReturnType::Promoted(0));
const SUMMED: Parameter = parameter_of("expr", ParameterType::Summable).describe(VALUES);
const WHOLE: Parameter = parameter_of("expr", ParameterType::Integer).describe(VALUES);
const NUMBER: Parameter =
    parameter_of("expr", ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Real)).describe(VALUES);
const AVERAGED_INTEGER: Parameter = parameter_of("expr", ParameterType::Integer).describe(VALUES);
const PREDICATE: Parameter =
    parameter("predicate", ScalarType::Bool).describe("Only the rows for which this is true count; null is not true.");
const OF_TIMES: AggregateKernel = AggregateKernel::Unavailable("for datetime and timespan values");

const VALUES: &str = "The values; nulls are passed over.";
const NULLS: &str = "Nulls are passed over.";
const SUM_RETURNS: &str = "A value of the argument's type, `long` for `int`; 0 where no row has a value. A `long` that grows too large wraps around.";
const AVG_RETURNS: &str = "A `real` for whole numbers and reals, NaN where no row has a value; else a value of the argument's type, null where no row has one.";
const SPREAD_RETURNS: &str = "A `real`; 0 where there are too few values.";
const SPREAD_NOTES: &str = "Nulls are passed over. The variance is rounded to ten decimals.";

const fn returns(scalar_type: ScalarType) -> AggregateReturn {
    AggregateReturn::One(ReturnType::Type(scalar_type))
}

const fn averaged(scalar_type: ScalarType) -> Parameter {
    parameter("expr", scalar_type).describe(VALUES)
}

const fn overload(
    parameters: &'static [Parameter],
    returns: AggregateReturn,
    kernel: AggregateKernel,
) -> AggregateOverload {
    AggregateOverload { parameters, returns, kernel }
}

const SUM: Aggregate = Aggregate {
    name: "sum",
    aliases: &[],
    documentation: Documentation {
        summary: "The sum of the values of each group.",
        returns: SUM_RETURNS,
        notes: NULLS,
        page: "sum-aggregation-function",
    },
    overloads: &[overload(&[SUMMED], SUMMED_TYPE, kernel::<Sum>())],
    result_name: ResultName::PrefixAndFirstArgument("sum"),
    examples: &[
        example("range x from 1 to 4 step 1 | summarize sum(x)", "10"),
        example("range x from 1 to 4 step 1 | where x > 9 | summarize sum(x)", "0"),
        example("range x from 1 to 4 step 1 | summarize sum(x * 1m)", "00:10:00"),
    ],
};

const SUM_IF: Aggregate = Aggregate {
    name: "sumif",
    aliases: &[],
    documentation: Documentation {
        summary: "The sum of the values of each group for which a predicate is true.",
        returns: SUM_RETURNS,
        notes: NULLS,
        page: "sumif-aggregation-function",
    },
    overloads: &[overload(&[SUMMED, PREDICATE], SUMMED_TYPE, kernel::<If<Sum, 1>>())],
    result_name: ResultName::PrefixAndFirstArgument("sumif"),
    examples: &[example("range x from 1 to 4 step 1 | summarize sumif(x, x > 2)", "7")],
};

const AVG: Aggregate = Aggregate {
    name: "avg",
    aliases: &[],
    documentation: Documentation {
        summary: "The mean of the values of each group.",
        returns: AVG_RETURNS,
        notes: NULLS,
        page: "avg-aggregation-function",
    },
    overloads: &[
        overload(&[AVERAGED_INTEGER], REAL, kernel::<MeanReal>()),
        overload(&[averaged(ScalarType::Real)], REAL, kernel::<MeanReal>()),
        overload(&[averaged(ScalarType::Decimal)], returns(ScalarType::Decimal), kernel::<MeanExact>()),
        overload(&[averaged(ScalarType::TimeSpan)], returns(ScalarType::TimeSpan), kernel::<MeanExact>()),
        overload(&[averaged(ScalarType::DateTime)], returns(ScalarType::DateTime), kernel::<MeanExact>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("avg"),
    examples: &[
        example("range x from 1 to 4 step 1 | summarize avg(x)", "2.5"),
        example("range x from 1 to 4 step 1 | where x > 9 | summarize avg(x)", "NaN"),
        example("range x from 1 to 2 step 1 | summarize avg(x * 1h)", "01:30:00"),
    ],
};

const AVG_IF: Aggregate = Aggregate {
    name: "avgif",
    aliases: &[],
    documentation: Documentation {
        summary: "The mean of the values of each group for which a predicate is true.",
        returns: AVG_RETURNS,
        notes: NULLS,
        page: "avgif-aggregation-function",
    },
    overloads: &[
        overload(&[AVERAGED_INTEGER, PREDICATE], REAL, kernel::<If<MeanReal, 1>>()),
        overload(&[averaged(ScalarType::Real), PREDICATE], REAL, kernel::<If<MeanReal, 1>>()),
        overload(
            &[averaged(ScalarType::Decimal), PREDICATE],
            returns(ScalarType::Decimal),
            kernel::<If<MeanExact, 1>>(),
        ),
        overload(
            &[averaged(ScalarType::TimeSpan), PREDICATE],
            returns(ScalarType::TimeSpan),
            kernel::<If<MeanExact, 1>>(),
        ),
        overload(
            &[averaged(ScalarType::DateTime), PREDICATE],
            returns(ScalarType::DateTime),
            kernel::<If<MeanExact, 1>>(),
        ),
    ],
    result_name: ResultName::PrefixAndFirstArgument("avgif"),
    examples: &[example("range x from 1 to 4 step 1 | summarize avgif(x, x > 2)", "3.5")],
};

const STDEV: Aggregate = Aggregate {
    name: "stdev",
    aliases: &[],
    documentation: Documentation {
        summary: "The standard deviation of the values of each group, taken as a sample.",
        returns: SPREAD_RETURNS,
        notes: SPREAD_NOTES,
        page: "stdev-aggregation-function",
    },
    overloads: &[overload(&[NUMBER], REAL, kernel::<Deviation<SAMPLE>>()), overload(&[SUMMED], REAL, OF_TIMES)],
    result_name: ResultName::PrefixAndFirstArgument("stdev"),
    examples: &[example("range x from 1 to 10 step 1 | summarize round(stdev(x), 4)", "3.0277")],
};

const STDEV_IF: Aggregate = Aggregate {
    name: "stdevif",
    aliases: &[],
    documentation: Documentation {
        summary: "The standard deviation of the values of each group, taken as a sample, over the rows for which a predicate is true.",
        returns: SPREAD_RETURNS,
        notes: SPREAD_NOTES,
        page: "stdevif-aggregation-function",
    },
    overloads: &[
        overload(&[NUMBER, PREDICATE], REAL, kernel::<If<Deviation<SAMPLE>, 1>>()),
        overload(&[SUMMED, PREDICATE], REAL, OF_TIMES),
    ],
    result_name: ResultName::PrefixAndFirstArgument("stdevif"),
    examples: &[example("range x from 1 to 10 step 1 | summarize stdevif(x, x == 1 or x == 9)", "5.656854249492381")],
};

const STDEVP: Aggregate = Aggregate {
    name: "stdevp",
    aliases: &[],
    documentation: Documentation {
        summary: "The standard deviation of the values of each group, taken as the whole population.",
        returns: SPREAD_RETURNS,
        notes: SPREAD_NOTES,
        page: "stdevp-aggregation-function",
    },
    overloads: &[overload(&[NUMBER], REAL, kernel::<Deviation<POPULATION>>()), overload(&[SUMMED], REAL, OF_TIMES)],
    result_name: ResultName::PrefixAndFirstArgument("stdevp"),
    examples: &[example("range x from 1 to 10 step 1 | where x in (2, 8) | summarize stdevp(x)", "3.0")],
};

const VARIANCE: Aggregate = Aggregate {
    name: "variance",
    aliases: &[],
    documentation: Documentation {
        summary: "The variance of the values of each group, taken as a sample.",
        returns: SPREAD_RETURNS,
        notes: SPREAD_NOTES,
        page: "variance-aggregation-function",
    },
    overloads: &[overload(&[NUMBER], REAL, kernel::<Variance<SAMPLE>>()), overload(&[SUMMED], REAL, OF_TIMES)],
    result_name: ResultName::PrefixAndFirstArgument("variance"),
    examples: &[
        example("range x from 1 to 10 step 1 | where x in (2, 8) | summarize variance(x)", "18.0"),
        example("print x = 3 | summarize variance(x)", "0.0"),
    ],
};

const VARIANCE_IF: Aggregate = Aggregate {
    name: "varianceif",
    aliases: &[],
    documentation: Documentation {
        summary: "The variance of the values of each group, taken as a sample, over the rows for which a predicate is true.",
        returns: SPREAD_RETURNS,
        notes: SPREAD_NOTES,
        page: "varianceif-aggregation-function",
    },
    overloads: &[
        overload(&[NUMBER, PREDICATE], REAL, kernel::<If<Variance<SAMPLE>, 1>>()),
        overload(&[SUMMED, PREDICATE], REAL, OF_TIMES),
    ],
    result_name: ResultName::PrefixAndFirstArgument("varianceif"),
    examples: &[example("range x from 1 to 10 step 1 | summarize varianceif(x, x == 2 or x == 8)", "18.0")],
};

const VARIANCEP: Aggregate = Aggregate {
    name: "variancep",
    aliases: &[],
    documentation: Documentation {
        summary: "The variance of the values of each group, taken as the whole population.",
        returns: SPREAD_RETURNS,
        notes: SPREAD_NOTES,
        page: "variancep-aggregation-function",
    },
    overloads: &[overload(&[NUMBER], REAL, kernel::<Variance<POPULATION>>()), overload(&[SUMMED], REAL, OF_TIMES)],
    result_name: ResultName::PrefixAndFirstArgument("variancep"),
    examples: &[example("range x from 1 to 10 step 1 | where x in (2, 8) | summarize variancep(x)", "9.0")],
};

const VARIANCEP_IF: Aggregate = Aggregate {
    name: "variancepif",
    aliases: &[],
    documentation: Documentation {
        summary: "The variance of the values of each group, taken as the whole population, over the rows for which a predicate is true.",
        returns: SPREAD_RETURNS,
        notes: SPREAD_NOTES,
        page: "variancepif-aggregation-function",
    },
    overloads: &[
        overload(&[NUMBER, PREDICATE], REAL, kernel::<If<Variance<POPULATION>, 1>>()),
        overload(&[SUMMED, PREDICATE], REAL, OF_TIMES),
    ],
    result_name: ResultName::PrefixAndFirstArgument("variancepif"),
    examples: &[example("range x from 1 to 10 step 1 | summarize variancepif(x, x == 2 or x == 8)", "9.0")],
};

const COVARIANCE: Aggregate = Aggregate {
    name: "covariance",
    aliases: &[],
    documentation: Documentation {
        summary: "The covariance of two values of each group, taken as a sample.",
        returns: SPREAD_RETURNS,
        notes: NULLS,
        page: "covariance-aggregation-function",
    },
    overloads: &[
        overload(&[NUMBER, NUMBER], REAL, kernel::<Covariance<SAMPLE>>()),
        overload(&[SUMMED, SUMMED], REAL, OF_TIMES),
    ],
    result_name: ResultName::PrefixAndFirstArgument("covariance"),
    examples: &[example("range x from 1 to 3 step 1 | summarize covariance(x, x * 2)", "2.0")],
};

const COVARIANCE_IF: Aggregate = Aggregate {
    name: "covarianceif",
    aliases: &[],
    documentation: Documentation {
        summary: "The covariance of two values of each group, taken as a sample, over the rows for which a predicate is true.",
        returns: SPREAD_RETURNS,
        notes: NULLS,
        page: "covarianceif-aggregation-function",
    },
    overloads: &[
        overload(&[NUMBER, NUMBER, PREDICATE], REAL, kernel::<If<Covariance<SAMPLE>, 2>>()),
        overload(&[SUMMED, SUMMED, PREDICATE], REAL, OF_TIMES),
    ],
    result_name: ResultName::PrefixAndFirstArgument("covarianceif"),
    examples: &[example("range x from 1 to 3 step 1 | summarize covarianceif(x, x * 2, x < 3)", "1.0")],
};

const COVARIANCEP: Aggregate = Aggregate {
    name: "covariancep",
    aliases: &[],
    documentation: Documentation {
        summary: "The covariance of two values of each group, taken as the whole population.",
        returns: SPREAD_RETURNS,
        notes: NULLS,
        page: "covariancep-aggregation-function",
    },
    overloads: &[
        overload(&[NUMBER, NUMBER], REAL, kernel::<Covariance<POPULATION>>()),
        overload(&[SUMMED, SUMMED], REAL, OF_TIMES),
    ],
    result_name: ResultName::PrefixAndFirstArgument("covariancep"),
    examples: &[example("range x from 1 to 3 step 2 | summarize covariancep(x, x * 2)", "2.0")],
};

const COVARIANCEP_IF: Aggregate = Aggregate {
    name: "covariancepif",
    aliases: &[],
    documentation: Documentation {
        summary: "The covariance of two values of each group, taken as the whole population, over the rows for which a predicate is true.",
        returns: SPREAD_RETURNS,
        notes: NULLS,
        page: "covariancepif-aggregation-function",
    },
    overloads: &[
        overload(&[NUMBER, NUMBER, PREDICATE], REAL, kernel::<If<Covariance<POPULATION>, 2>>()),
        overload(&[SUMMED, SUMMED, PREDICATE], REAL, OF_TIMES),
    ],
    result_name: ResultName::PrefixAndFirstArgument("covariancepif"),
    examples: &[example("range x from 1 to 3 step 1 | summarize covariancepif(x, x * 2, x < 3)", "0.5")],
};

const BINARY_ALL_AND: Aggregate = Aggregate {
    name: "binary_all_and",
    aliases: &[],
    documentation: Documentation {
        summary: "The values of each group, combined bit by bit (&).",
        returns: "A number of the argument's type; null where no row has a value.",
        notes: NULLS,
        page: "binary-all-and-aggregation-function",
    },
    overloads: &[
        overload(&[WHOLE], SAME, kernel::<AllBits<And>>()),
        overload(&[SUMMED], SAME, AggregateKernel::Unavailable("for values that are neither int nor long")),
    ],
    result_name: ResultName::FirstArgument,
    examples: &[example("range x from 6 to 7 step 1 | summarize binary_all_and(x)", "6")],
};

const BINARY_ALL_OR: Aggregate = Aggregate {
    name: "binary_all_or",
    aliases: &[],
    documentation: Documentation {
        summary: "The values of each group, combined bit by bit (|).",
        returns: "A number of the argument's type; null where no row has a value.",
        notes: NULLS,
        page: "binary-all-or-aggregation-function",
    },
    overloads: &[
        overload(&[WHOLE], SAME, kernel::<AllBits<Or>>()),
        overload(&[SUMMED], SAME, AggregateKernel::Unavailable("for values that are neither int nor long")),
    ],
    result_name: ResultName::FirstArgument,
    examples: &[example("range x from 6 to 7 step 1 | summarize binary_all_or(x)", "7")],
};

const BINARY_ALL_XOR: Aggregate = Aggregate {
    name: "binary_all_xor",
    aliases: &[],
    documentation: Documentation {
        summary: "The values of each group, combined bit by bit (^).",
        returns: "A number of the argument's type; null where no row has a value.",
        notes: NULLS,
        page: "binary-all-xor-aggregation-function",
    },
    overloads: &[
        overload(&[WHOLE], SAME, kernel::<AllBits<Xor>>()),
        overload(&[SUMMED], SAME, AggregateKernel::Unavailable("for values that are neither int nor long")),
    ],
    result_name: ResultName::FirstArgument,
    examples: &[example("range x from 6 to 7 step 1 | summarize binary_all_xor(x)", "1")],
};
