//! Applying one Rust function to whole columns: what most kernels over numbers and times are made of.
//!
//! Nulls give nulls, constants are read once, and a function that answers `None` gives a null.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, BooleanBuilder, PrimitiveArray, new_null_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::Decimal128Type;
use kql_types::ScalarType;

use crate::{Arguments, KernelError};

/// Applies `function` to every value of the only argument.
pub fn unary<A: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    function: impl Fn(A::Native) -> O::Native,
) -> Result<ArrayRef, KernelError> {
    finish::<O>(arguments.primitives::<A>(0)?.array().unary(function))
}

/// As [`unary`], where `None` becomes null.
pub fn unary_optional<A: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    function: impl Fn(A::Native) -> Option<O::Native>,
) -> Result<ArrayRef, KernelError> {
    finish::<O>(arguments.primitives::<A>(0)?.array().unary_opt(function))
}

/// Applies `function` to every pair of values of the first two arguments.
pub fn binary<A: ArrowPrimitiveType, B: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    function: impl Fn(A::Native, B::Native) -> O::Native,
) -> Result<ArrayRef, KernelError> {
    let (left, right) = (arguments.primitives::<A>(0)?, arguments.primitives::<B>(1)?);
    let result = match (left.constant(), right.constant()) {
        (Some(None), _) | (_, Some(None)) => return Ok(new_null_array(&output_type::<O>(), arguments.rows())),
        (Some(Some(left)), Some(Some(right))) => {
            PrimitiveArray::<O>::from_value(function(left, right), arguments.rows())
        }
        (Some(Some(left)), None) => right.array().unary(|right| function(left, right)),
        (None, Some(Some(right))) => left.array().unary(|left| function(left, right)),
        (None, None) => arrow::compute::binary(left.array(), right.array(), function)?,
    };
    finish(result)
}

/// As [`binary`], where `None` becomes null.
pub fn binary_optional<A: ArrowPrimitiveType, B: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    function: impl Fn(A::Native, B::Native) -> Option<O::Native>,
) -> Result<ArrayRef, KernelError> {
    let (left, right) = (arguments.primitives::<A>(0)?, arguments.primitives::<B>(1)?);
    let result: PrimitiveArray<O> = match (left.constant(), right.constant()) {
        (Some(None), _) | (_, Some(None)) => return Ok(new_null_array(&output_type::<O>(), arguments.rows())),
        (Some(Some(left)), None) => right.array().unary_opt(|right| function(left, right)),
        (None, Some(Some(right))) => left.array().unary_opt(|left| function(left, right)),
        _ => (0..arguments.rows()).map(|row| function(left.get(row)?, right.get(row)?)).collect(),
    };
    finish(result)
}

/// Applies `function` to every triple of values of the first three arguments; `None` becomes null.
pub fn ternary_optional<A, B, C, O>(
    arguments: &Arguments<'_>,
    function: impl Fn(A::Native, B::Native, C::Native) -> Option<O::Native>,
) -> Result<ArrayRef, KernelError>
where
    A: ArrowPrimitiveType,
    B: ArrowPrimitiveType,
    C: ArrowPrimitiveType,
    O: ArrowPrimitiveType,
{
    let first = arguments.primitives::<A>(0)?;
    let second = arguments.primitives::<B>(1)?;
    let third = arguments.primitives::<C>(2)?;
    let values = (0..arguments.rows()).map(|row| function(first.get(row)?, second.get(row)?, third.get(row)?));
    finish::<O>(values.collect())
}

/// Whether each value of the only argument satisfies `predicate`; null for null.
pub fn predicate<A: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    predicate: impl Fn(A::Native) -> bool,
) -> Result<ArrayRef, KernelError> {
    let array = arguments.primitives::<A>(0)?.array();
    Ok(Arc::new(BooleanArray::from_unary(array, predicate)))
}

/// `value` for every row, never null.
pub fn repeated(rows: usize, value: bool) -> ArrayRef {
    let values = if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) };
    Arc::new(BooleanArray::new(values, None))
}

/// One truth value a row.
pub fn booleans(rows: usize, truth: impl FnMut(usize) -> bool) -> ArrayRef {
    Arc::new(BooleanArray::new(BooleanBuffer::collect_bool(rows, truth), None))
}

/// One truth value or null a row.
pub fn optional_booleans(rows: usize, mut truth: impl FnMut(usize) -> Option<bool>) -> ArrayRef {
    let mut builder = BooleanBuilder::with_capacity(rows);
    (0..rows).for_each(|row| builder.append_option(truth(row)));
    Arc::new(builder.finish())
}

/// A primitive array as a kernel gives it: decimals in KQL's one precision and scale.
fn finish<O: ArrowPrimitiveType>(array: PrimitiveArray<O>) -> Result<ArrayRef, KernelError> {
    let array: ArrayRef = Arc::new(array);
    Ok(match array.as_primitive_opt::<Decimal128Type>() {
        Some(decimals) => Arc::new(decimals.clone().with_data_type(ScalarType::Decimal.arrow_type())),
        None => array,
    })
}

fn output_type<O: ArrowPrimitiveType>() -> arrow::datatypes::DataType {
    match O::DATA_TYPE {
        arrow::datatypes::DataType::Decimal128(..) => ScalarType::Decimal.arrow_type(),
        other => other,
    }
}
