//! `make_list`, `make_set`, `make_bag` and their forms.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Kind, write_string};

use super::members::Members;
use super::{Aggregation, If, kernel, primitives, texts};
use crate::aggregate::{AggregateOverload, AggregateReturn, Groups};
use crate::documentation::example;
use crate::signature::{parameter, parameter_of};
use crate::{
    Aggregate, Documentation, GroupAccumulator, KernelError, Parameter, ParameterType, PassedAs, ResultName, ReturnType,
};

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
        overload(&[DYNAMIC_VALUE, MAX_SIZE], kernel::<Collect<List, KEEP_NULLS, MOST>>()),
        overload(&[VALUE, MAX_SIZE], kernel::<Collect<List, SKIP_NULLS, MOST>>()),
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
        overload(&[DYNAMIC_VALUE, PREDICATE, MAX_SIZE], kernel::<If<Collect<List, KEEP_NULLS, MOST>, 1>>()),
        overload(&[VALUE, PREDICATE, MAX_SIZE], kernel::<If<Collect<List, SKIP_NULLS, MOST>, 1>>()),
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
        kernel::<Collect<List, KEEP_NULLS, MOST>>(),
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
        overload(&[DYNAMIC_VALUE, MAX_SIZE], kernel::<Collect<Set, KEEP_NULLS, MOST>>()),
        overload(&[VALUE, MAX_SIZE], kernel::<Collect<Set, SKIP_NULLS, MOST>>()),
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
        overload(&[DYNAMIC_VALUE, PREDICATE, MAX_SIZE], kernel::<If<Collect<Set, KEEP_NULLS, MOST>, 1>>()),
        overload(&[VALUE, PREDICATE, MAX_SIZE], kernel::<If<Collect<Set, SKIP_NULLS, MOST>, 1>>()),
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
    overloads: &[overload(&[BAG, MAX_SIZE], kernel::<Collect<Bag, SKIP_NULLS, MOST>>())],
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
    overloads: &[overload(&[BAG, PREDICATE, MAX_SIZE], kernel::<If<Collect<Bag, SKIP_NULLS, MOST>, 1>>())],
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
        overload(&[DYNAMIC_VALUE, MAX_SIZE_DEPRECATED], kernel::<Collect<List, KEEP_NULLS, MOST_DEPRECATED>>()),
        overload(&[VALUE, MAX_SIZE_DEPRECATED], kernel::<Collect<List, SKIP_NULLS, MOST_DEPRECATED>>()),
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
        overload(&[DYNAMIC_VALUE, MAX_SIZE_DEPRECATED], kernel::<Collect<Set, KEEP_NULLS, MOST_DEPRECATED>>()),
        overload(&[VALUE, MAX_SIZE_DEPRECATED], kernel::<Collect<Set, SKIP_NULLS, MOST_DEPRECATED>>()),
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
    overloads: &[overload(&[BAG, MAX_SIZE_DEPRECATED], kernel::<Collect<Bag, SKIP_NULLS, MOST_DEPRECATED>>())],
    result_name: ResultName::PrefixAndFirstArgument("dictionary"),
    examples: &[example("print x = bag_pack('a', 1) | summarize make_dictionary(x)", r#"{"a":1}"#)],
};

const fn overload(parameters: &'static [Parameter], kernel: crate::aggregate::AggregateKernel) -> AggregateOverload {
    AggregateOverload { parameters, returns: DYNAMIC, kernel }
}

const KEEP_NULLS: bool = true;
const SKIP_NULLS: bool = false;

/// What values are collected into.
trait Collection: Send + 'static {
    const OPEN: char;
    const CLOSE: char;

    /// Members that fit the collection.
    fn members() -> Members;

    /// Adds what a value of a row has to give.
    fn add_value(members: &mut Members, group: usize, value: Dynamic<'_>, limit: usize) -> Result<(), KernelError>;

    /// Adds the members of a collection made elsewhere.
    fn add_members(members: &mut Members, group: usize, made: Dynamic<'_>, limit: usize) -> Result<(), KernelError>;
}

/// An array.
struct List;
/// An array of distinct elements.
struct Set;
/// A bag.
struct Bag;

impl Collection for List {
    const OPEN: char = '[';
    const CLOSE: char = ']';

    fn members() -> Members {
        Members::list()
    }

    fn add_value(members: &mut Members, group: usize, value: Dynamic<'_>, limit: usize) -> Result<(), KernelError> {
        if value.kind() == Kind::Array {
            return add_elements(members, group, value, limit);
        }
        add_element(members, group, value, limit)
    }

    fn add_members(members: &mut Members, group: usize, made: Dynamic<'_>, limit: usize) -> Result<(), KernelError> {
        add_elements(members, group, made, limit)
    }
}

impl Collection for Set {
    const OPEN: char = '[';
    const CLOSE: char = ']';

    fn members() -> Members {
        Members::set()
    }

    fn add_value(members: &mut Members, group: usize, value: Dynamic<'_>, limit: usize) -> Result<(), KernelError> {
        List::add_value(members, group, value, limit)
    }

    fn add_members(members: &mut Members, group: usize, made: Dynamic<'_>, limit: usize) -> Result<(), KernelError> {
        add_elements(members, group, made, limit)
    }
}

impl Collection for Bag {
    const OPEN: char = '{';
    const CLOSE: char = '}';

    fn members() -> Members {
        Members::set()
    }

    fn add_value(members: &mut Members, group: usize, value: Dynamic<'_>, limit: usize) -> Result<(), KernelError> {
        for (key, value) in value.members() {
            if members.count(group) >= limit {
                break;
            }
            members.add(group, |text| {
                let start = text.len();
                write_string(&key, text);
                let identity = text.len() - start;
                text.push(':');
                write_canonical(value, text);
                Some(identity)
            })?;
        }
        Ok(())
    }

    fn add_members(members: &mut Members, group: usize, made: Dynamic<'_>, limit: usize) -> Result<(), KernelError> {
        Bag::add_value(members, group, made, limit)
    }
}

fn add_element(members: &mut Members, group: usize, element: Dynamic<'_>, limit: usize) -> Result<(), KernelError> {
    if members.count(group) >= limit {
        return Ok(());
    }
    members.add(group, |text| {
        write_canonical(element, text);
        None
    })
}

/// Most values are strings without escapes, which are canonical as they are.
fn write_canonical(value: Dynamic<'_>, text: &mut String) {
    let content = value.text().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match content {
        Some(content) if memchr::memchr2(b'"', b'\\', content.as_bytes()).is_none() => text.push_str(value.text()),
        _ => value.write_canonical(text),
    }
}

fn add_elements(members: &mut Members, group: usize, array: Dynamic<'_>, limit: usize) -> Result<(), KernelError> {
    for element in array.elements() {
        if members.count(group) >= limit {
            break;
        }
        add_element(members, group, element, limit)?;
    }
    Ok(())
}

/// Collects the dynamic values of the first argument, as many as the second says or `DEFAULT_LIMIT`.
struct Collect<C, const NULLS: bool, const DEFAULT_LIMIT: i64>(std::marker::PhantomData<C>);

impl<C: Collection, const NULLS: bool, const DEFAULT_LIMIT: i64> Aggregation for Collect<C, NULLS, DEFAULT_LIMIT> {
    fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(CollectAccumulator::<C> {
            members: C::members(),
            keep_nulls: NULLS,
            limit: None,
            default_limit: DEFAULT_LIMIT,
            collection: std::marker::PhantomData,
        }))
    }

    /// The collection, and how large it may grow.
    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![DataType::Utf8View, DataType::Int64]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Utf8View
    }
}

struct CollectAccumulator<C> {
    members: Members,
    keep_nulls: bool,
    /// As the query names it.
    limit: Option<i64>,
    default_limit: i64,
    collection: std::marker::PhantomData<C>,
}

impl<C: Collection> CollectAccumulator<C> {
    /// The limit is the same in every row; it is null in the state of a partition that saw none.
    fn set_limit(&mut self, limits: &Int64Array) -> Result<(), KernelError> {
        match limits.iter().flatten().next() {
            Some(limit) if limit < 0 => Err(KernelError("the size must not be negative".to_owned())),
            Some(limit) => {
                self.limit = Some(limit.min(MOST));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn limit(&self) -> usize {
        usize::try_from(self.limit.unwrap_or(self.default_limit)).unwrap_or(0)
    }
}

impl<C: Collection> GroupAccumulator for CollectAccumulator<C> {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.members.resize(group_count);
        if arguments.len() > 1 {
            self.set_limit(primitives::<Int64Type>(arguments, 1)?)?;
        }
        let limit = self.limit();
        let values = texts(arguments, 0)?;
        for (row, &group) in groups.iter().enumerate() {
            let value = if values.is_null(row) { Dynamic::null() } else { Dynamic::new(values.value(row)) };
            if self.keep_nulls || !value.is_null() {
                C::add_value(&mut self.members, group, value, limit)?;
            }
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.members.resize(group_count);
        self.set_limit(primitives::<Int64Type>(states, 1)?)?;
        let limit = self.limit();
        let made = texts(states, 0)?;
        for (row, &group) in groups.iter().enumerate() {
            if !made.is_null(row) {
                C::add_members(&mut self.members, group, Dynamic::new(made.value(row)), limit)?;
            }
        }
        Ok(())
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let made = self.evaluate(groups)?;
        let limits = Int64Array::from(vec![self.limit; made.len()]);
        Ok(vec![made, Arc::new(limits)])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        Ok(Arc::new(self.members.take(groups, C::OPEN, C::CLOSE)?))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.members.size()
    }
}
