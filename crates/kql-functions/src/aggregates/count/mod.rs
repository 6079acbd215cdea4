//! `count`, `countif`, `dcount`, `count_distinct` and their forms.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use kql_types::ScalarType;

use super::filter::truths;
use super::{Aggregation, If, booleans, for_each, kernel, primitives, take_groups};
use crate::aggregate::{AggregateKernel, AggregateOverload, AggregateReturn, Groups};
use crate::documentation::example;
use crate::function::Alias;
use crate::signature::{parameter, parameter_of};
use crate::{
    Aggregate, Documentation, GroupAccumulator, KernelError, Parameter, ParameterType, PassedAs, ResultName, ReturnType,
};
use distinct::DistinctCount;
use estimate::DistinctEstimate;

mod distinct;
mod estimate;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[COUNT, COUNT_IF, DCOUNT, DCOUNT_IF, COUNT_DISTINCT, COUNT_DISTINCT_IF];

const LONG: AggregateReturn = AggregateReturn::One(ReturnType::Type(ScalarType::Long));

const PREDICATE: Parameter =
    parameter("predicate", ScalarType::Bool).describe("Only the rows for which this is true count; null is not true.");

const COUNT: Aggregate = Aggregate {
    name: "count",
    aliases: &[Alias { name: "cnt", deprecated: true }],
    documentation: Documentation {
        summary: "Counts the rows of each group.",
        returns: "A `long`; 0 for no rows.",
        notes: "Given an argument, it still counts every row, those where the argument is null too; use `countif` to count some.",
        page: "count-aggregation-function",
    },
    overloads: &[
        AggregateOverload { parameters: &[], returns: LONG, kernel: kernel::<Count>() },
        AggregateOverload {
            parameters: &[parameter_of("expr", ParameterType::NotBool).describe("Evaluated, and of no effect.")],
            returns: LONG,
            kernel: kernel::<Count>(),
        },
        AggregateOverload {
            parameters: &[PREDICATE],
            returns: LONG,
            kernel: AggregateKernel::Unavailable("with a predicate; use countif()"),
        },
    ],
    result_name: ResultName::PrefixAndFirstArgument("count"),
    examples: &[example("range x from 1 to 3 step 1 | summarize count()", "3")],
};

const COUNT_IF: Aggregate = Aggregate {
    name: "countif",
    aliases: &[],
    documentation: Documentation {
        summary: "Counts the rows of each group for which a predicate is true.",
        returns: "A `long`; 0 for no rows.",
        notes: "A predicate that is null is not true.",
        page: "countif-aggregation-function",
    },
    overloads: &[AggregateOverload { parameters: &[PREDICATE], returns: LONG, kernel: kernel::<CountIf>() }],
    result_name: ResultName::PrefixAndFirstArgument("countif"),
    examples: &[example("range x from 1 to 5 step 1 | summarize countif(x > 3)", "2")],
};

const DYNAMIC: Parameter = parameter("expr", ScalarType::Dynamic).describe("The values to tell apart.");
const SCALAR: Parameter = parameter_of("expr", ParameterType::NotDynamic).describe("The values to tell apart.");
const AS_DYNAMIC: Parameter = SCALAR.passed_as(PassedAs::Converted(ScalarType::Dynamic));
const ACCURACY: Parameter = parameter_of("accuracy", ParameterType::NotDynamic)
    .passed_as(PassedAs::Converted(ScalarType::Long))
    .constant()
    .optional()
    .describe("How good the estimate is, from 0 (1.6 % off) over 1 (0.8 %, unless said) to 4 (0.2 %).");
const DISTINCT_NOTES: &str = "Nulls are not counted; the empty string is a value.";

const DCOUNT: Aggregate = Aggregate {
    name: "dcount",
    aliases: &[],
    documentation: Documentation {
        summary: "Estimates how many distinct values each group has.",
        returns: "A `long`; exact for small groups (up to 2048 values with the usual accuracy).",
        notes: DISTINCT_NOTES,
        page: "dcount-aggregation-function",
    },
    overloads: &[
        AggregateOverload {
            parameters: &[DYNAMIC, ACCURACY],
            returns: LONG,
            kernel: kernel::<DistinctEstimate<true>>(),
        },
        AggregateOverload {
            parameters: &[SCALAR, ACCURACY],
            returns: LONG,
            kernel: kernel::<DistinctEstimate<false>>(),
        },
    ],
    result_name: ResultName::PrefixAndFirstArgument("dcount"),
    examples: &[
        example("range x from 1 to 9 step 1 | summarize dcount(x % 4)", "4"),
        example("range x from 1 to 9 step 1 | summarize dcount(strcat('a', x), 2)", "9"),
    ],
};

const DCOUNT_IF: Aggregate = Aggregate {
    name: "dcountif",
    aliases: &[],
    documentation: Documentation {
        summary: "Estimates how many distinct values each group has in the rows for which a predicate is true.",
        returns: "A `long`; exact for small groups (up to 2048 values with the usual accuracy).",
        notes: DISTINCT_NOTES,
        page: "dcountif-aggregation-function",
    },
    overloads: &[
        AggregateOverload {
            parameters: &[DYNAMIC, PREDICATE, ACCURACY],
            returns: LONG,
            kernel: kernel::<If<DistinctEstimate<true>, 1>>(),
        },
        AggregateOverload {
            parameters: &[SCALAR, PREDICATE, ACCURACY],
            returns: LONG,
            kernel: kernel::<If<DistinctEstimate<false>, 1>>(),
        },
    ],
    result_name: ResultName::PrefixAndFirstArgument("dcountif"),
    examples: &[example("range x from 1 to 9 step 1 | summarize dcountif(x % 4, x > 6)", "3")],
};

const COUNT_DISTINCT: Aggregate = Aggregate {
    name: "count_distinct",
    aliases: &[],
    documentation: Documentation {
        summary: "Counts the distinct values of each group.",
        returns: "A `long`, exact.",
        notes: DISTINCT_NOTES,
        page: "count-distinct-aggregation-function",
    },
    overloads: &[AggregateOverload { parameters: &[AS_DYNAMIC], returns: LONG, kernel: kernel::<DistinctCount>() }],
    result_name: ResultName::PrefixAndFirstArgument("count_distinct"),
    examples: &[example("range x from 1 to 9 step 1 | summarize count_distinct(x % 4)", "4")],
};

const COUNT_DISTINCT_IF: Aggregate = Aggregate {
    name: "count_distinctif",
    aliases: &[],
    documentation: Documentation {
        summary: "Counts the distinct values of each group in the rows for which a predicate is true.",
        returns: "A `long`, exact.",
        notes: DISTINCT_NOTES,
        page: "count-distinctif-aggregation-function",
    },
    overloads: &[AggregateOverload {
        parameters: &[AS_DYNAMIC, PREDICATE],
        returns: LONG,
        kernel: kernel::<If<DistinctCount, 1>>(),
    }],
    result_name: ResultName::PrefixAndFirstArgument("count_distinctif"),
    examples: &[example("range x from 1 to 9 step 1 | summarize count_distinctif(x % 4, x > 6)", "3")],
};

/// Rows, whatever they hold.
struct Count;

impl Aggregation for Count {
    fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(CountAccumulator { counts: Vec::new() }))
    }

    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![DataType::Int64]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Int64
    }
}

/// Rows for which a predicate is true.
struct CountIf;

impl Aggregation for CountIf {
    fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(CountIfAccumulator(CountAccumulator { counts: Vec::new() })))
    }

    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![DataType::Int64]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Int64
    }
}

struct CountIfAccumulator(CountAccumulator);

impl GroupAccumulator for CountIfAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.0.resize(group_count);
        let selected = truths(booleans(arguments, 0)?)?;
        let selected = selected.values();
        match self.0.counts.as_mut_slice() {
            [count] => *count += selected.count_set_bits() as i64,
            counts => {
                for (&group, selected) in groups.iter().zip(selected) {
                    counts[group] += i64::from(selected);
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.0.merge(states, groups, group_count)
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        let selected = truths(booleans(arguments, 0)?)?;
        let counts = Int64Array::from_iter_values(selected.values().iter().map(i64::from));
        Ok(Some(vec![Arc::new(counts)]))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        self.0.state(groups)
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        self.0.evaluate(groups)
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

struct CountAccumulator {
    counts: Vec<i64>,
}

impl CountAccumulator {
    fn resize(&mut self, group_count: usize) {
        if self.counts.len() < group_count {
            self.counts.resize(group_count, 0);
        }
    }
}

impl GroupAccumulator for CountAccumulator {
    fn update(&mut self, _: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        for &group in groups {
            self.counts[group] += 1;
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        for_each(primitives::<Int64Type>(states, 0)?, groups, |group, count| {
            self.counts[group] = self.counts[group].wrapping_add(count);
        });
        Ok(())
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        let ones = |first: &ArrayRef| -> Vec<ArrayRef> { vec![Arc::new(Int64Array::from(vec![1; first.len()]))] };
        Ok(arguments.first().map(ones))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(vec![self.evaluate(groups)?])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        Ok(Arc::new(Int64Array::from(take_groups(&mut self.counts, groups))))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.counts.capacity() * size_of::<i64>()
    }
}
