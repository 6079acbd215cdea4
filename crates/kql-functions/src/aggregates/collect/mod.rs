//! `make_list`, `make_set`, `make_bag` and their forms.

use arrow::array::{Array, Int64Array};
use kql_types::ScalarType;

use super::{If, kernel};
use crate::aggregate::{AggregateKernel, AggregateOverload, AggregateReturn};
use crate::documentation::example;
use crate::signature::{parameter, parameter_of};
use crate::{Aggregate, Documentation, KernelError, Parameter, ParameterType, PassedAs, ResultName, ReturnType};
use arrays::{Collect, List, OfDynamics, OfScalars, OfStrings, Set};
use bags::Bags;

mod arrays;
mod bags;
mod members;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[
    MAKE_LIST,
    MAKE_LIST_IF,
    MAKE_LIST_WITH_NULLS,
    MAKE_SET,
    MAKE_SET_IF,
    MAKE_BAG,
    MAKE_BAG_IF,
    MAKELIST,
    MAKESET,
    MAKE_DICTIONARY,
];

/// The most members, and how many there are when a query names no size.
const MOST: i64 = 1_048_576;
/// How many members the deprecated forms give when a query names no size.
const MOST_DEPRECATED: i64 = 128;

const DYNAMIC: AggregateReturn = AggregateReturn::One(ReturnType::Type(ScalarType::Dynamic));
const VALUE: Parameter = parameter_of("expr", ParameterType::NotDynamic)
    .passed_as(PassedAs::Converted(ScalarType::Dynamic))
    .describe("The values; nulls are passed over.");
/// Strings need no conversion: they are quoted where an array is handed out.
const STRING: Parameter = parameter("expr", ScalarType::String).describe("The values.");
const DYNAMIC_VALUE: Parameter =
    parameter("expr", ScalarType::Dynamic).describe("The values; of an array its elements are taken.");
const BAG: Parameter = parameter_of("expr", ParameterType::DynamicBag)
    .passed_as(PassedAs::Converted(ScalarType::Dynamic))
    .describe("The bags; what is no bag is passed over.");
const PREDICATE: Parameter =
    parameter("predicate", ScalarType::Bool).describe("Only the rows for which this is true count; null is not true.");
const MAX_SIZE: Parameter = parameter_of("maxSize", ParameterType::Integer)
    .passed_as(PassedAs::Converted(ScalarType::Long))
    .constant()
    .optional()
    .describe("The most members to collect; 1048576 unless said, and at most.");
const MAX_SIZE_DEPRECATED: Parameter = MAX_SIZE.describe("The most members to collect; 128 unless said.");

const ARRAY_RETURNS: &str = "A `dynamic` array; empty where no row has a value.";
const LIST_NOTES: &str = "The elements stand in the order of the input. An array among the values is taken apart into its elements. Null values of a `dynamic` are kept, those of other types are passed over.";
const SET_NOTES: &str = "The elements stand in the order in which they were first seen. An array among the values is taken apart into its elements. Null values of a `dynamic` are kept, those of other types are passed over.";
const BAG_RETURNS: &str = "A `dynamic` bag; empty where no row has a bag.";
const BAG_NOTES: &str = "Of the values of one key the first that was seen is kept.";

const MAKE_LIST: Aggregate = Aggregate {
    name: "make_list",
    aliases: &[],
    documentation: Documentation {
        summary: "Collects the values of each group into an array.",
        returns: ARRAY_RETURNS,
        notes: LIST_NOTES,
        page: "make-list-aggregation-function",
    },
    overloads: &[
        overload(&[DYNAMIC_VALUE, MAX_SIZE], kernel::<Collect<List, OfDynamics, MOST>>()),
        overload(&[STRING, MAX_SIZE], kernel::<Collect<List, OfStrings, MOST>>()),
        overload(&[VALUE, MAX_SIZE], kernel::<Collect<List, OfScalars, MOST>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("list"),
    examples: &[
        example("range x from 1 to 3 step 1 | summarize make_list(x)", "[1,2,3]"),
        example("range x from 1 to 3 step 1 | summarize make_list(iff(x == 2, long(null), x))", "[1,3]"),
        example("range x from 1 to 3 step 1 | summarize make_list(pack_array(x, 0), 3)", "[1,0,2]"),
    ],
};

const MAKE_LIST_IF: Aggregate = Aggregate {
    name: "make_list_if",
    aliases: &[],
    documentation: Documentation {
        summary: "Collects the values of the rows of each group for which a predicate is true into an array.",
        returns: ARRAY_RETURNS,
        notes: LIST_NOTES,
        page: "make-list-if-aggregation-function",
    },
    overloads: &[
        overload(&[DYNAMIC_VALUE, PREDICATE, MAX_SIZE], kernel::<If<Collect<List, OfDynamics, MOST>, 1>>()),
        overload(&[STRING, PREDICATE, MAX_SIZE], kernel::<If<Collect<List, OfStrings, MOST>, 1>>()),
        overload(&[VALUE, PREDICATE, MAX_SIZE], kernel::<If<Collect<List, OfScalars, MOST>, 1>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("list"),
    examples: &[example("range x from 1 to 5 step 1 | summarize make_list_if(x, x % 2 == 1)", "[1,3,5]")],
};

const MAKE_LIST_WITH_NULLS: Aggregate = Aggregate {
    name: "make_list_with_nulls",
    aliases: &[],
    documentation: Documentation {
        summary: "Collects the values of each group into an array, nulls as well.",
        returns: ARRAY_RETURNS,
        notes: "The elements stand in the order of the input. An array among the values is taken apart into its elements.",
        page: "make-list-with-nulls-aggregation-function",
    },
    overloads: &[overload(
        &[parameter_of("expr", ParameterType::Scalar)
            .passed_as(PassedAs::Converted(ScalarType::Dynamic))
            .describe("The values.")],
        kernel::<Collect<List, OfDynamics, MOST>>(),
    )],
    result_name: ResultName::PrefixAndFirstArgument("list"),
    examples: &[example(
        "range x from 1 to 3 step 1 | summarize make_list_with_nulls(iff(x == 2, long(null), x))",
        "[1,null,3]",
    )],
};

const MAKE_SET: Aggregate = Aggregate {
    name: "make_set",
    aliases: &[],
    documentation: Documentation {
        summary: "Collects the distinct values of each group into an array.",
        returns: ARRAY_RETURNS,
        notes: SET_NOTES,
        page: "make-set-aggregation-function",
    },
    overloads: &[
        overload(&[DYNAMIC_VALUE, MAX_SIZE], kernel::<Collect<Set, OfDynamics, MOST>>()),
        overload(&[STRING, MAX_SIZE], kernel::<Collect<Set, OfStrings, MOST>>()),
        overload(&[VALUE, MAX_SIZE], kernel::<Collect<Set, OfScalars, MOST>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("set"),
    examples: &[
        example("range x from 1 to 9 step 1 | summarize make_set(x % 3)", "[1,2,0]"),
        example("range x from 1 to 9 step 1 | summarize make_set(x, 2)", "[1,2]"),
    ],
};

const MAKE_SET_IF: Aggregate = Aggregate {
    name: "make_set_if",
    aliases: &[],
    documentation: Documentation {
        summary: "Collects the distinct values of the rows of each group for which a predicate is true into an array.",
        returns: ARRAY_RETURNS,
        notes: SET_NOTES,
        page: "make-set-if-aggregation-function",
    },
    overloads: &[
        overload(&[DYNAMIC_VALUE, PREDICATE, MAX_SIZE], kernel::<If<Collect<Set, OfDynamics, MOST>, 1>>()),
        overload(&[STRING, PREDICATE, MAX_SIZE], kernel::<If<Collect<Set, OfStrings, MOST>, 1>>()),
        overload(&[VALUE, PREDICATE, MAX_SIZE], kernel::<If<Collect<Set, OfScalars, MOST>, 1>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("set"),
    examples: &[example("range x from 1 to 9 step 1 | summarize make_set_if(x % 4, x > 6)", "[3,0,1]")],
};

const MAKE_BAG: Aggregate = Aggregate {
    name: "make_bag",
    aliases: &[],
    documentation: Documentation {
        summary: "Merges the bags of each group into one.",
        returns: BAG_RETURNS,
        notes: BAG_NOTES,
        page: "make-bag-aggregation-function",
    },
    overloads: &[overload(&[BAG, MAX_SIZE], kernel::<Bags<MOST>>())],
    result_name: ResultName::PrefixAndFirstArgument("bag"),
    examples: &[example(
        "range x from 1 to 3 step 1 | summarize make_bag(bag_pack(strcat('k', x % 2), x))",
        r#"{"k1":1,"k0":2}"#,
    )],
};

const MAKE_BAG_IF: Aggregate = Aggregate {
    name: "make_bag_if",
    aliases: &[],
    documentation: Documentation {
        summary: "Merges the bags of the rows of each group for which a predicate is true into one.",
        returns: BAG_RETURNS,
        notes: BAG_NOTES,
        page: "make-bag-if-aggregation-function",
    },
    overloads: &[overload(&[BAG, PREDICATE, MAX_SIZE], kernel::<If<Bags<MOST>, 1>>())],
    result_name: ResultName::PrefixAndFirstArgument("bag"),
    examples: &[example(
        "range x from 1 to 3 step 1 | summarize make_bag_if(bag_pack(strcat('k', x), x), x > 1)",
        r#"{"k2":2,"k3":3}"#,
    )],
};

const MAKELIST: Aggregate = Aggregate {
    name: "makelist",
    aliases: &[],
    documentation: Documentation {
        summary: "Collects the first values of each group into an array; deprecated, use `make_list`.",
        returns: ARRAY_RETURNS,
        notes: LIST_NOTES,
        page: "make-list-aggregation-function",
    },
    overloads: &[
        overload(&[DYNAMIC_VALUE, MAX_SIZE_DEPRECATED], kernel::<Collect<List, OfDynamics, MOST_DEPRECATED>>()),
        overload(&[STRING, MAX_SIZE_DEPRECATED], kernel::<Collect<List, OfStrings, MOST_DEPRECATED>>()),
        overload(&[VALUE, MAX_SIZE_DEPRECATED], kernel::<Collect<List, OfScalars, MOST_DEPRECATED>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("list"),
    examples: &[example("range x from 1 to 200 step 1 | summarize array_length(makelist(x))", "128")],
};

const MAKESET: Aggregate = Aggregate {
    name: "makeset",
    aliases: &[],
    documentation: Documentation {
        summary: "Collects the first distinct values of each group into an array; deprecated, use `make_set`.",
        returns: ARRAY_RETURNS,
        notes: SET_NOTES,
        page: "make-set-aggregation-function",
    },
    overloads: &[
        overload(&[DYNAMIC_VALUE, MAX_SIZE_DEPRECATED], kernel::<Collect<Set, OfDynamics, MOST_DEPRECATED>>()),
        overload(&[STRING, MAX_SIZE_DEPRECATED], kernel::<Collect<Set, OfStrings, MOST_DEPRECATED>>()),
        overload(&[VALUE, MAX_SIZE_DEPRECATED], kernel::<Collect<Set, OfScalars, MOST_DEPRECATED>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("set"),
    examples: &[example("range x from 1 to 200 step 1 | summarize array_length(makeset(x))", "128")],
};

const MAKE_DICTIONARY: Aggregate = Aggregate {
    name: "make_dictionary",
    aliases: &[],
    documentation: Documentation {
        summary: "Merges the bags of each group into one; deprecated, use `make_bag`.",
        returns: BAG_RETURNS,
        notes: BAG_NOTES,
        page: "make-bag-aggregation-function",
    },
    overloads: &[overload(&[BAG, MAX_SIZE_DEPRECATED], kernel::<Bags<MOST_DEPRECATED>>())],
    result_name: ResultName::PrefixAndFirstArgument("dictionary"),
    examples: &[example("print x = bag_pack('a', 1) | summarize make_dictionary(x)", r#"{"a":1}"#)],
};

const fn overload(parameters: &'static [Parameter], kernel: AggregateKernel) -> AggregateOverload {
    AggregateOverload { parameters, returns: DYNAMIC, kernel }
}

/// The size that a query names: the same in every row, and null in the state of a partition that saw none.
fn named_limit(limits: &Int64Array) -> Result<Option<i64>, KernelError> {
    if limits.null_count() == limits.len() {
        return Ok(None);
    }
    match limits.iter().flatten().next() {
        Some(limit) if limit < 0 => Err(KernelError("the size must not be negative".to_owned())),
        limit => Ok(limit.map(|limit| limit.min(MOST))),
    }
}
