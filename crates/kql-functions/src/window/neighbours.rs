//! `prev` and `next`: the value of a row nearby.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::{concat, take};
use arrow::datatypes::Int64Type;
use kql_types::ScalarType::{Bool, Long};

use super::{SERIALIZED, overload};
use crate::documentation::example;
use crate::signature::{ArgumentKind, ParameterType, PassedAs, integer, parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ROW_NEAR, ResultName, ReturnType};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PREV, NEXT, NEAR];

const PARAMETERS: &[Parameter] = &[
    parameter_of("column", ParameterType::Scalar).of_kind(ArgumentKind::Column).describe("The column to take from."),
    integer("offset").optional().describe("How many rows away; 1 unless given."),
    parameter_of("default_value", ParameterType::Scalar)
        .constant()
        .optional()
        .passed_as(PassedAs::TypeOf(0))
        .describe("The value where there is no such row; null unless given."),
];

const PREV: Function = Function {
    name: "prev",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the value that a column has some rows before this one.",
        returns: "A value of the column's type; the default, or null, where there is no such row.",
        notes: SERIALIZED,
        page: "prev-function",
    },
    overloads: &[overload(PARAMETERS, ReturnType::Parameter(0), prev)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("range n from 1 to 3 step 1 | extend p = prev(n) | summarize tostring(make_list(p))", "[1,2]"),
        example(
            "range n from 1 to 4 step 1 | extend p = prev(n, 2, 0) | summarize tostring(make_list(p))",
            "[0,0,1,2]",
        ),
    ],
};

const NEXT: Function = Function {
    name: "next",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the value that a column has some rows after this one.",
        returns: "A value of the column's type; the default, or null, where there is no such row.",
        notes: SERIALIZED,
        page: "next-function",
    },
    overloads: &[overload(PARAMETERS, ReturnType::Parameter(0), next)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("range n from 1 to 3 step 1 | extend p = next(n) | summarize tostring(make_list(p))", "[2,3]"),
        example(
            "range n from 1 to 3 step 1 | extend p = next(n, 1, -1) | summarize tostring(make_list(p))",
            "[2,3,-1]",
        ),
    ],
};

const NEAR: Function = Function {
    name: ROW_NEAR,
    aliases: &[],
    documentation: Documentation {
        summary: "Says whether a row nearby meets a condition.",
        returns: "A `bool`: whether the row itself, one of so many rows after it or one of so many rows before it does.",
        notes: "Inserted by binding for `evaluate rows_near()`; no query can name it.",
        page: "rows-near-plugin",
    },
    overloads: &[overload(
        &[
            parameter("condition", Bool).describe("The condition."),
            parameter("before", Long).describe("How many rows before one that meets it are near."),
            parameter("after", Long).describe("How many rows after one that meets it are near."),
        ],
        ReturnType::Type(Bool),
        near,
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[],
};

fn prev(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    shifted(arguments, offset(arguments)?)
}

fn next(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    shifted(arguments, offset(arguments)?.saturating_neg())
}

/// How far away the row is; the first row tells for all.
fn offset(arguments: &Arguments<'_>) -> Result<i64, KernelError> {
    match arguments.len() {
        0 | 1 => Ok(1),
        _ => match arguments.primitives::<Int64Type>(1)?.get(0) {
            Some(offset) => Ok(offset),
            None => Err(KernelError("the offset must not be null".to_owned())),
        },
    }
}

/// The column moved down by so many rows (up, when negative), the gap filled with the default.
fn shifted(arguments: &Arguments<'_>, by: i64) -> Result<ArrayRef, KernelError> {
    let column = arguments.expanded(0)?;
    let rows = column.len();
    let gap = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX).min(rows);
    let filling = match arguments.len() {
        0..=2 => new_null_array(column.data_type(), gap),
        _ => take(arguments.get(2)?.array(), &UInt32Array::from(vec![0; gap]), None)?,
    };
    let kept = rows - gap;
    Ok(if by >= 0 {
        concat(&[&filling, &column.slice(0, kept)])?
    } else {
        concat(&[&column.slice(gap, kept), &filling])?
    })
}

fn near(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let rows = arguments.rows();
    let condition = arguments.bools(0)?;
    let distance = |position: usize| -> Result<Option<usize>, KernelError> {
        let count = arguments.primitives::<Int64Type>(position)?;
        Ok((rows > 0).then(|| count.get(0).and_then(|count| usize::try_from(count).ok())).flatten())
    };
    let (before, after) = (distance(1)?, distance(2)?);
    let holds: Vec<bool> = (0..rows).map(|row| condition.get(row) == Some(true)).collect();
    let mut found = vec![false; rows];
    // One walk down for the rows after, one up for those before.
    let mut left: Option<usize> = None;
    for (holds, found) in holds.iter().zip(&mut found) {
        left = if *holds { after } else { left.and_then(|left| left.checked_sub(1)) };
        *found |= *holds || left.is_some();
    }
    left = None;
    for (holds, found) in holds.iter().zip(&mut found).rev() {
        left = if *holds { before } else { left.and_then(|left| left.checked_sub(1)) };
        *found |= left.is_some();
    }
    Ok(Arc::new(BooleanArray::from(found)))
}
