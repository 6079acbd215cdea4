//! The aggregates, family by family.
//!
//! Each family builds its kernels from [`Aggregation`]s: a type that names an accumulator together with the
//! Arrow types of its states and its result. [`If`] makes the `…if` form of any of them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType};

use crate::aggregate::{AggregateKernel, Groups};
use crate::{Aggregate, GroupAccumulator, KernelError};

mod arena;
mod collect;
mod count;
mod declared;
mod extreme;
mod filter;
mod percentile;
mod rows;
mod schema;
mod seen;
mod sketch;
mod sum;
mod values;

use filter::If;

/// The families of this folder.
pub static FAMILIES: &[&[Aggregate]] = &[
    count::AGGREGATES,
    extreme::AGGREGATES,
    sum::AGGREGATES,
    collect::AGGREGATES,
    percentile::AGGREGATES,
    sketch::AGGREGATES,
    schema::AGGREGATES,
    declared::AGGREGATES,
];

/// An accumulator with the Arrow types of its states and its result; all three depend on the argument types.
trait Aggregation {
    /// See [`AggregateKernel::Accumulator`].
    const ROW_CHOSEN_BY: Option<usize> = None;

    /// The state of all groups of one partition.
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError>;

    /// The columns in which partial states travel.
    fn state(arguments: &[DataType]) -> Vec<DataType>;

    /// What `evaluate` gives.
    fn output(arguments: &[DataType]) -> DataType;
}

/// The kernel of an aggregation.
const fn kernel<A: Aggregation>() -> AggregateKernel {
    AggregateKernel::Accumulator {
        accumulator: A::accumulator,
        state: A::state,
        output: A::output,
        row_chosen_by: A::ROW_CHOSEN_BY,
    }
}

/// Moves the values of the groups out; those of the groups that stay move down.
fn take_groups<T>(values: &mut Vec<T>, groups: Groups) -> Vec<T> {
    match groups {
        Groups::All => std::mem::take(values),
        Groups::First(count) => {
            let rest = values.split_off(count.min(values.len()));
            std::mem::replace(values, rest)
        }
    }
}

/// The Arrow type of the argument at a position; `Null` when there is none, which no kernel takes.
fn type_of(arguments: &[DataType], position: usize) -> DataType {
    arguments.get(position).cloned().unwrap_or(DataType::Null)
}

/// The argument, or state column, at a position.
fn column(columns: &[ArrayRef], position: usize) -> Result<&ArrayRef, KernelError> {
    columns.get(position).ok_or_else(|| KernelError(format!("argument {} is missing", position + 1)))
}

/// A column of numbers or ticks.
fn primitives<T: ArrowPrimitiveType>(columns: &[ArrayRef], position: usize) -> Result<&PrimitiveArray<T>, KernelError> {
    let array = column(columns, position)?;
    array.as_primitive_opt::<T>().ok_or_else(|| unexpected(array.data_type()))
}

/// A column of truth values.
fn booleans(columns: &[ArrayRef], position: usize) -> Result<&BooleanArray, KernelError> {
    let array = column(columns, position)?;
    array.as_boolean_opt().ok_or_else(|| unexpected(array.data_type()))
}

/// A column of strings or dynamic values.
fn texts(columns: &[ArrayRef], position: usize) -> Result<&StringViewArray, KernelError> {
    let array = column(columns, position)?;
    array.as_string_view_opt().ok_or_else(|| unexpected(array.data_type()))
}

/// A column of strings with the empty string for null, which `string` does not have; other columns as they are.
fn without_null_strings(array: &ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(strings) if strings.null_count() > 0 => {
            Arc::new(strings.iter().map(|text| Some(text.unwrap_or(""))).collect::<StringViewArray>())
        }
        _ => array.clone(),
    }
}

/// The binder converts arguments to what a signature asks, so this tells of a wrong signature.
fn unexpected(data_type: &DataType) -> KernelError {
    KernelError(format!("the aggregate does not take values of the Arrow type {data_type}"))
}

/// Calls `each` with the row and the value of every row that is not null.
fn for_each_row<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, mut each: impl FnMut(usize, T::Native)) {
    let known = array.nulls().filter(|nulls| nulls.null_count() > 0);
    for (row, &value) in array.values().iter().enumerate() {
        if known.is_none_or(|known| known.is_valid(row)) {
            each(row, value);
        }
    }
}

/// Calls `each` with the group and the value of every row that is not null.
fn for_each<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    groups: &[usize],
    mut each: impl FnMut(usize, T::Native),
) {
    if array.null_count() == 0 {
        for (&group, &value) in groups.iter().zip(array.values().iter()) {
            each(group, value);
        }
    } else {
        for (&group, value) in groups.iter().zip(array.iter()) {
            if let Some(value) = value {
                each(group, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
