//! `count`, `countif`, `dcount`, `count_distinct` and their forms.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use kql_types::ScalarType;

use super::{Aggregation, If, for_each, kernel, primitives, take_groups};
use crate::aggregate::{AggregateKernel, AggregateOverload, AggregateReturn, Groups};
use crate::documentation::example;
use crate::function::Alias;
use crate::signature::{parameter, parameter_of};
use crate::{
    Aggregate, Documentation, GroupAccumulator, KernelError, Parameter, ParameterType, ResultName, ReturnType,
};

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[COUNT, COUNT_IF];

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
            kernel: AggregateKernel::Unavailable("with a predicate is deprecated and not supported; use countif"),
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
    overloads: &[AggregateOverload { parameters: &[PREDICATE], returns: LONG, kernel: kernel::<If<Count, 0>>() }],
    result_name: ResultName::PrefixAndFirstArgument("countif"),
    examples: &[example("range x from 1 to 5 step 1 | summarize countif(x > 3)", "2")],
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
