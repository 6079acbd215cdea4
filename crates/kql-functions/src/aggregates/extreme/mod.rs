//! `min`, `max`, `arg_min`, `arg_max`, `take_any` and their forms.

use super::{If, kernel};
use crate::aggregate::{AggregateOverload, AggregateReturn};
use crate::documentation::example;
use crate::function::Alias;
use crate::signature::{ArgumentKind, parameter, parameter_of};
use crate::{Aggregate, Documentation, Parameter, ParameterType, ResultName, ReturnType};
use chosen::{ArgExtreme, TakeAnyRow, TakeAnyValue};
use kql_types::ScalarType;
use least_greatest::Extreme;

mod best;
mod chosen;
mod least_greatest;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[MIN, MIN_IF, MAX, MAX_IF, ARG_MIN, ARG_MAX, TAKE_ANY, TAKE_ANY_IF, ANY_IF];

const SAME: AggregateReturn = AggregateReturn::One(ReturnType::Parameter(0));
const ORDERED: Parameter =
    parameter_of("expr", ParameterType::Orderable).describe("The values to compare; nulls are passed over.");
const TAKEN: Parameter = parameter_of("expr", ParameterType::Scalar).describe("The value to take.");
const PREDICATE: Parameter =
    parameter("predicate", ScalarType::Bool).describe("Only the rows for which this is true count; null is not true.");

const NULL_FOR_NONE: &str = "A value of the argument's type; null where no row has a value.";
const NAN_WINS: &str = "A NaN among the values is the answer, for the least and the greatest alike.";

const MIN: Aggregate = Aggregate {
    name: "min",
    aliases: &[],
    documentation: Documentation {
        summary: "The least value of each group.",
        returns: NULL_FOR_NONE,
        notes: NAN_WINS,
        page: "min-aggregation-function",
    },
    overloads: &[AggregateOverload { parameters: &[ORDERED], returns: SAME, kernel: kernel::<Extreme<false>>() }],
    result_name: ResultName::PrefixAndFirstArgument("min"),
    examples: &[
        example("range x from 3 to 9 step 2 | summarize min(x)", "3"),
        example("range x from 3 to 9 step 2 | summarize min(tostring(x))", "3"),
        example("range x from 1 to 2 step 1 | where x > 5 | summarize min(x)", ""),
    ],
};

const MIN_IF: Aggregate = Aggregate {
    name: "minif",
    aliases: &[],
    documentation: Documentation {
        summary: "The least value of each group among the rows for which a predicate is true.",
        returns: NULL_FOR_NONE,
        notes: NAN_WINS,
        page: "minif-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[ORDERED, PREDICATE],
        returns: SAME,
        kernel: kernel::<If<Extreme<false>, 1>>(),
    }],
    result_name: ResultName::PrefixAndFirstArgument("minif"),
    examples: &[example("range x from 1 to 9 step 1 | summarize minif(x, x % 4 == 0)", "4")],
};

const MAX: Aggregate = Aggregate {
    name: "max",
    aliases: &[],
    documentation: Documentation {
        summary: "The greatest value of each group.",
        returns: NULL_FOR_NONE,
        notes: NAN_WINS,
        page: "max-aggregation-function",
    },
    overloads: &[AggregateOverload { parameters: &[ORDERED], returns: SAME, kernel: kernel::<Extreme<true>>() }],
    result_name: ResultName::PrefixAndFirstArgument("max"),
    examples: &[
        example("range x from 3 to 9 step 2 | summarize max(x)", "9"),
        example("range x from 1 to 5 step 1 | summarize max(x * 1h)", "05:00:00"),
    ],
};

const MAX_IF: Aggregate = Aggregate {
    name: "maxif",
    aliases: &[],
    documentation: Documentation {
        summary: "The greatest value of each group among the rows for which a predicate is true.",
        returns: NULL_FOR_NONE,
        notes: NAN_WINS,
        page: "maxif-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[ORDERED, PREDICATE],
        returns: SAME,
        kernel: kernel::<If<Extreme<true>, 1>>(),
    }],
    result_name: ResultName::PrefixAndFirstArgument("maxif"),
    examples: &[example("range x from 1 to 9 step 1 | summarize maxif(x, x % 4 == 0)", "8")],
};

const RETURNED: Parameter = parameter_of("returned", ParameterType::Scalar)
    .of_kind(ArgumentKind::StarAllowed)
    .optional()
    .repeated()
    .describe("What to return of the row; `*` for all columns.");

const NULL_KEYS: &str = "A row whose first argument is null is chosen only where no row has a value there. Of equal rows the first that is read is chosen.";

const ARG_MIN: Aggregate = Aggregate {
    name: "arg_min",
    aliases: &[Alias { name: "argmin", deprecated: true }],
    documentation: Documentation {
        summary: "Finds the row of each group where the first argument is least.",
        returns: "A column for each argument, with its values in that row.",
        notes: NULL_KEYS,
        page: "arg-min-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[parameter_of("minimized", ParameterType::Orderable).describe("What is to be least."), RETURNED],
        returns: AggregateReturn::EachArgument,
        kernel: kernel::<ArgExtreme<false>>(),
    }],
    result_name: ResultName::PrefixAndFirstArgument("min"),
    examples: &[example("range x from 1 to 9 step 1 | summarize arg_min((x - 4) * (x - 4), x) | project x", "4")],
};

const ARG_MAX: Aggregate = Aggregate {
    name: "arg_max",
    aliases: &[Alias { name: "argmax", deprecated: true }],
    documentation: Documentation {
        summary: "Finds the row of each group where the first argument is greatest.",
        returns: "A column for each argument, with its values in that row.",
        notes: NULL_KEYS,
        page: "arg-max-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[
            parameter_of("maximized", ParameterType::Orderable).describe("What is to be greatest."),
            RETURNED,
        ],
        returns: AggregateReturn::EachArgument,
        kernel: kernel::<ArgExtreme<true>>(),
    }],
    result_name: ResultName::PrefixAndFirstArgument("max"),
    examples: &[example("range x from 1 to 9 step 1 | summarize arg_max(x % 7, x) | project x", "6")],
};

const PREFERS_FILLED: &str = "Of a single value the first that is neither null nor empty is taken, where there is one; of several, the first row that is read.";

const TAKE_ANY: Aggregate = Aggregate {
    name: "take_any",
    aliases: &[Alias { name: "any", deprecated: true }],
    documentation: Documentation {
        summary: "Takes one row of each group.",
        returns: "A column for each argument, with its values in that row.",
        notes: PREFERS_FILLED,
        page: "take-any-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[TAKEN.of_kind(ArgumentKind::StarAllowed).repeated()],
        returns: AggregateReturn::EachArgument,
        kernel: kernel::<TakeAnyRow>(),
    }],
    result_name: ResultName::FirstArgument,
    examples: &[example("print x = 7 | summarize take_any(x)", "7")],
};

const TAKE_ANY_IF: Aggregate = Aggregate {
    name: "take_anyif",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes the value of one row of each group for which a predicate is true.",
        returns: NULL_FOR_NONE,
        notes: PREFERS_FILLED,
        page: "take-anyif-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[TAKEN, PREDICATE],
        returns: SAME,
        kernel: kernel::<If<TakeAnyValue, 1>>(),
    }],
    result_name: ResultName::FirstArgument,
    examples: &[example("range x from 1 to 9 step 1 | summarize take_anyif(x, x == 5)", "5")],
};

const ANY_IF: Aggregate = Aggregate {
    name: "anyif",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes the value of one row of each group for which a predicate is true; deprecated, use `take_anyif`.",
        returns: NULL_FOR_NONE,
        notes: PREFERS_FILLED,
        page: "take-anyif-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[TAKEN, PREDICATE],
        returns: SAME,
        kernel: kernel::<If<TakeAnyValue, 1>>(),
    }],
    result_name: ResultName::PrefixAndFirstArgument("anyif"),
    examples: &[example("range x from 1 to 9 step 1 | summarize anyif(x, x == 5)", "5")],
};
