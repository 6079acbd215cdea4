//! `row_cumsum` and `row_window_session`: values that run along the rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, Int64Array, PrimitiveArray};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};
use kql_types::ScalarType::{Bool, DateTime, TimeSpan};

use super::{SERIALIZED, overload, restarts};
use crate::documentation::example;
use crate::signature::{ParameterType, parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, ResultName, ReturnType};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[ROW_CUMSUM, ROW_WINDOW_SESSION];

const ROW_CUMSUM: Function = Function {
    name: "row_cumsum",
    aliases: &[],
    documentation: Documentation {
        summary: "Sums the values up to this row.",
        returns: "The running sum, of the value's type. Nulls add nothing.",
        notes: SERIALIZED,
        page: "row-cumsum-function",
    },
    overloads: &[overload(
        &[
            parameter_of("term", ParameterType::Number).describe("The number to sum."),
            parameter("restart", Bool).optional().describe("Where it is true, the sum starts at 0 again."),
        ],
        ReturnType::Parameter(0),
        row_cumsum,
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "range n from 1 to 4 step 1 | extend s = row_cumsum(n) | summarize tostring(make_list(s))",
        "[1,3,6,10]",
    )],
};

const ROW_WINDOW_SESSION: Function = Function {
    name: "row_window_session",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the time at which the session of this row began.",
        returns: "The first time of the session; null where the time is null, after which a new session begins.",
        notes: SERIALIZED,
        page: "row-window-session-function",
    },
    overloads: &[overload(
        &[
            parameter("expr", DateTime).describe("The time of the row."),
            parameter("maxDistanceFromFirst", TimeSpan).describe("A session ends before it is this long."),
            parameter("maxDistanceBetweenNeighbors", TimeSpan).describe("A session ends where a gap is this long."),
            parameter("restart", Bool).optional().describe("Where it is true, a new session begins."),
        ],
        ReturnType::Parameter(0),
        row_window_session,
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "range t from datetime(2024-01-01) to datetime(2024-01-01 00:09) step 3m \
         | extend s = row_window_session(t, 5m, 4m) | summarize dcount(s)",
        "2",
    )],
};

fn row_cumsum(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let term = arguments.get(0)?.array().data_type();
    match term {
        DataType::Int32 => sums::<Int32Type>(arguments),
        DataType::Int64 => sums::<Int64Type>(arguments),
        DataType::Float64 => sums::<Float64Type>(arguments),
        DataType::Decimal128(..) => sums::<Decimal128Type>(arguments),
        other => Err(KernelError(format!("values of the Arrow type {other} cannot be summed"))),
    }
}

fn sums<T: ArrowPrimitiveType>(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let terms = arguments.primitives::<T>(0)?;
    let mut sum = T::Native::ZERO;
    let restarts = restarts(arguments, 1)?;
    let sums = restarts.iter().enumerate().map(|(row, restart)| {
        if restart {
            sum = T::Native::ZERO;
        }
        if let Some(term) = terms.get(row) {
            sum = sum.add_wrapping(term);
        }
        sum
    });
    let sums = PrimitiveArray::<T>::from_iter_values(sums);
    Ok(Arc::new(sums.with_data_type(terms.array().data_type().clone())))
}

fn row_window_session(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let times = arguments.primitives::<Int64Type>(0)?;
    let from_first = arguments.primitives::<Int64Type>(1)?;
    let between = arguments.primitives::<Int64Type>(2)?;
    // The start of the session and the time before, unless that was null.
    let mut session: Option<(i64, i64)> = None;
    let restarts = restarts(arguments, 3)?;
    let starts = restarts.iter().enumerate().map(|(row, restart)| {
        let Some(time) = times.get(row) else {
            session = None;
            return None;
        };
        let reaches = |since: i64, distance: Option<i64>| {
            distance.is_some_and(|distance| i128::from(time) - i128::from(since) >= i128::from(distance))
        };
        let start = match session {
            Some((first, before))
                if !restart && !reaches(first, from_first.get(row)) && !reaches(before, between.get(row)) =>
            {
                first
            }
            _ => time,
        };
        session = Some((start, time));
        Some(start)
    });
    Ok(Arc::new(starts.collect::<Int64Array>()))
}
