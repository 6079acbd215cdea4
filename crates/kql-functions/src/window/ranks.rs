//! `row_number` and the ranks: counting rows and values.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::Int64Type;
use kql_types::ScalarType::{Bool, Long};

use super::{SERIALIZED, changes, overload, restarts};
use crate::documentation::example;
use crate::signature::{ParameterType, integer, parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ROW_IN_RUN, ResultName, ReturnType};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[ROW_NUMBER, ROW_RANK_DENSE, ROW_RANK_MIN, ROW_RANK, NUMBER_IN_RUN];

const RANKED: &[Parameter] = &[
    parameter_of("term", ParameterType::NotDynamic).describe("The value to rank; the table should be in its order."),
    parameter("restart", Bool).optional().describe("Where it is true, ranks start at 1 again."),
];

const ROW_NUMBER: Function = Function {
    name: "row_number",
    aliases: &[],
    documentation: Documentation {
        summary: "Numbers the rows.",
        returns: "The number of the row as a `long`.",
        notes: SERIALIZED,
        page: "row-number-function",
    },
    overloads: &[overload(
        &[
            integer("startingIndex").optional().describe("The number of the first row; 1 unless given."),
            parameter("restart", Bool).optional().describe("Where it is true, numbers start again."),
        ],
        ReturnType::Type(Long),
        row_number,
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "range n from 5 to 7 step 1 | extend r = row_number() | summarize tostring(make_list(r))",
        "[1,2,3]",
    )],
};

const ROW_RANK_DENSE: Function = Function {
    name: "row_rank_dense",
    aliases: &[],
    documentation: Documentation {
        summary: "Counts the distinct values up to this row.",
        returns: "The rank as a `long`, from 1; the rows of one value share it, and no rank is left out.",
        notes: SERIALIZED,
        page: "row-rank-dense-function",
    },
    overloads: &[overload(RANKED, ReturnType::Type(Long), row_rank_dense)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "datatable(n:long)[4, 4, 9] | serialize r = row_rank_dense(n) | summarize tostring(make_list(r))",
        "[1,1,2]",
    )],
};

const ROW_RANK_MIN: Function = Function {
    name: "row_rank_min",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the number of the first row that has this row's value.",
        returns: "The rank as a `long`, from 1; the rows of one value share the lowest of their numbers.",
        notes: SERIALIZED,
        page: "row-rank-min-function",
    },
    overloads: &[overload(RANKED, ReturnType::Type(Long), row_rank_min)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "datatable(n:long)[4, 4, 9] | serialize r = row_rank_min(n) | summarize tostring(make_list(r))",
        "[1,1,3]",
    )],
};

const ROW_RANK: Function = Function {
    name: "row_rank",
    aliases: &[],
    documentation: Documentation {
        summary: "Ranks the rows by a value; deprecated, use `row_rank_dense` or `row_rank_min`.",
        returns: "The rank as a `long`, from 1: that of `row_rank_dense`, or where `dense` is false that of `row_rank_min`.",
        notes: SERIALIZED,
        page: "",
    },
    overloads: &[overload(
        &[
            parameter_of("column", ParameterType::NotDynamic)
                .describe("The value to rank; the table should be in its order."),
            parameter("dense", Bool).constant().optional().describe("Whether no rank is left out; true unless given."),
        ],
        ReturnType::Type(Long),
        row_rank,
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("datatable(n:long)[4, 4, 9] | serialize r = row_rank(n) | summarize tostring(make_list(r))", "[1,1,2]"),
        example(
            "datatable(n:long)[4, 4, 9] | serialize r = row_rank(n, false) | summarize tostring(make_list(r))",
            "[1,1,3]",
        ),
    ],
};

const NUMBER_IN_RUN: Function = Function {
    name: ROW_IN_RUN,
    aliases: &[],
    documentation: Documentation {
        summary: "Numbers the rows of each run of equal values.",
        returns: "The number of the row in its run as a `long`, from 1.",
        notes: "Inserted by binding for operators that work key by key; no query can name it.",
        page: "window-functions",
    },
    overloads: &[overload(
        &[parameter_of("value", ParameterType::Scalar).repeated().describe("A value that all rows of a run share.")],
        ReturnType::Type(Long),
        row_in_run,
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[],
};

fn row_number(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let restarts = restarts(arguments, 1)?;
    let start = if arguments.is_empty() { None } else { Some(arguments.primitives::<Int64Type>(0)?) };
    let mut number: i64 = 0;
    let numbers = restarts.iter().enumerate().map(|(row, restart)| {
        number = match (restart, &start) {
            (false, _) => number.wrapping_add(1),
            (true, None) => 1,
            (true, Some(start)) => start.get(row).unwrap_or(1),
        };
        number
    });
    Ok(Arc::new(Int64Array::from_iter_values(numbers)))
}

fn row_rank(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let dense = arguments.len() < 2 || arguments.rows() == 0 || arguments.bools(1)?.get(0) != Some(false);
    let column = [arguments.get(0)?.clone()];
    let ranked = Arguments::new(&column, arguments.rows());
    if dense { row_rank_dense(&ranked) } else { row_rank_min(&ranked) }
}

fn row_rank_dense(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (changes, restarts) = (changes(&arguments.expanded(0)?)?, restarts(arguments, 1)?);
    let mut rank: i64 = 0;
    let ranks = changes.iter().zip(&restarts).map(|(change, restart)| {
        rank = if restart { 1 } else { rank + i64::from(change) };
        rank
    });
    Ok(Arc::new(Int64Array::from_iter_values(ranks)))
}

fn row_rank_min(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (changes, restarts) = (changes(&arguments.expanded(0)?)?, restarts(arguments, 1)?);
    let (mut rank, mut number): (i64, i64) = (0, 0);
    let ranks = changes.iter().zip(&restarts).map(|(change, restart)| {
        number = if restart { 1 } else { number + 1 };
        if change || restart {
            rank = number;
        }
        rank
    });
    Ok(Arc::new(Int64Array::from_iter_values(ranks)))
}

fn row_in_run(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut starts = changes(&arguments.expanded(0)?)?;
    for position in 1..arguments.len() {
        starts = &starts | &changes(&arguments.expanded(position)?)?;
    }
    let mut number: i64 = 0;
    let numbers = starts.iter().map(|start| {
        number = if start { 1 } else { number + 1 };
        number
    });
    Ok(Arc::new(Int64Array::from_iter_values(numbers)))
}
