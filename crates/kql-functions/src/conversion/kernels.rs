//! What all conversions share: their parameters and the shapes of their kernels.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;

use crate::function::Kernel;
use crate::signature::{parameter, parameter_of};
use crate::{Arguments, KernelError, Overload, Parameter, ParameterType, ReturnType, output};

pub(super) type Convert = fn(&Arguments<'_>) -> Result<ArrayRef, KernelError>;

pub(super) const BOOL: &[Parameter] = &[value(ScalarType::Bool)];
pub(super) const INT: &[Parameter] = &[value(ScalarType::Int)];
pub(super) const LONG: &[Parameter] = &[value(ScalarType::Long)];
pub(super) const REAL: &[Parameter] = &[value(ScalarType::Real)];
pub(super) const DECIMAL: &[Parameter] = &[value(ScalarType::Decimal)];
pub(super) const STRING: &[Parameter] = &[value(ScalarType::String)];
pub(super) const DATETIME: &[Parameter] = &[value(ScalarType::DateTime)];
pub(super) const TIMESPAN: &[Parameter] = &[value(ScalarType::TimeSpan)];
pub(super) const GUID: &[Parameter] = &[value(ScalarType::Guid)];
pub(super) const DYNAMIC: &[Parameter] = &[value(ScalarType::Dynamic)];

const fn value(scalar_type: ScalarType) -> Parameter {
    parameter("value", scalar_type).describe("The value to convert.")
}

/// The conversion from the one type of `parameters`.
pub(super) const fn from(parameters: &'static [Parameter], returns: ScalarType, kernel: Convert) -> Overload {
    Overload { parameters, returns: ReturnType::Type(returns), kernel: Kernel::Vectorized(kernel) }
}

/// Types that the signature takes but of which no query should expect a value: such a call is refused when run.
pub(super) const fn refused(parameters: &'static [Parameter], returns: ScalarType) -> Overload {
    const WHY: &str = "what such a value converts to is not defined";
    Overload { parameters, returns: ReturnType::Type(returns), kernel: Kernel::Unavailable(WHY) }
}

/// A value of one of the types that are refused.
pub(super) const fn one_of(types: &'static [ScalarType]) -> Parameter {
    parameter_of("value", ParameterType::OneOf(types)).describe("The value to convert.")
}

/// The value is of the type already.
pub(super) fn same(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    arguments.expanded(0)
}

/// A column of one number type.
fn numbers<T: ArrowPrimitiveType>(values: PrimitiveArray<T>) -> ArrayRef {
    match T::DATA_TYPE {
        DataType::Decimal128(_, _) => Arc::new(values.with_data_type(ScalarType::Decimal.arrow_type())),
        _ => Arc::new(values),
    }
}

/// Numbers from numbers; `None` is null.
pub(super) fn from_numbers<S: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    convert: impl Fn(S::Native) -> Option<T::Native>,
) -> Result<ArrayRef, KernelError> {
    Ok(numbers(arguments.primitives::<S>(0)?.array().unary_opt::<_, T>(convert)))
}

/// Numbers from bools.
pub(super) fn from_bools<T: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    convert: impl Fn(bool) -> T::Native,
) -> Result<ArrayRef, KernelError> {
    let values = arguments.bools(0)?;
    Ok(numbers::<T>((0..arguments.rows()).map(|row| values.get(row).map(&convert)).collect()))
}

/// Numbers from strings; `None` is null.
pub(super) fn from_strings<T: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    parse: impl Fn(&str) -> Option<T::Native>,
) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    Ok(numbers::<T>((0..arguments.rows()).map(|row| texts.get(row).and_then(&parse)).collect()))
}

/// Numbers from dynamics; `None` is null.
pub(super) fn from_dynamics<T: ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    convert: impl Fn(Dynamic<'_>) -> Option<T::Native>,
) -> Result<ArrayRef, KernelError> {
    from_strings::<T>(arguments, |text| convert(Dynamic::new(text)))
}

/// Bools from the numbers that are not zero.
pub(super) fn are_not_zero<S: ArrowPrimitiveType>(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = arguments.primitives::<S>(0)?;
    Ok(output::bools(arguments.rows(), |row| values.get(row).map(|value| value != S::Native::default())))
}

/// Bools from texts.
pub(super) fn bools_from_strings(
    arguments: &Arguments<'_>,
    parse: impl Fn(&str) -> Option<bool>,
) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    Ok(output::bools(arguments.rows(), |row| texts.get(row).and_then(&parse)))
}

/// Text from the values of one Arrow type: `write` appends the text of a value that is not null. The text of a
/// null is empty, so this makes strings; [`dynamics_from`] makes dynamics.
pub(super) fn strings_from<V>(
    arguments: &Arguments<'_>,
    values: impl Fn(usize) -> Option<V>,
    write: impl Fn(V, &mut String),
) -> Result<ArrayRef, KernelError> {
    output::strings(arguments.rows(), |row, out| {
        if let Some(value) = values(row) {
            write(value, out);
        }
        Ok(())
    })
}

/// Dynamics from the values of one Arrow type: `write` appends the JSON text of a value that is not null.
pub(super) fn dynamics_from<V>(
    arguments: &Arguments<'_>,
    values: impl Fn(usize) -> Option<V>,
    write: impl Fn(V, &mut String),
) -> Result<ArrayRef, KernelError> {
    output::dynamics(arguments.rows(), |row, out| {
        let value = values(row);
        let is_some = value.is_some();
        if let Some(value) = value {
            write(value, out);
        }
        Ok(is_some)
    })
}

/// The rows of a `bool` argument.
pub(super) fn bools<'a>(arguments: &Arguments<'a>) -> Result<impl Fn(usize) -> Option<bool> + 'a, KernelError> {
    let values = arguments.bools(0)?;
    Ok(move |row| values.get(row))
}

/// The rows of an `int` argument.
pub(super) fn ints<'a>(arguments: &Arguments<'a>) -> Result<impl Fn(usize) -> Option<i32> + 'a, KernelError> {
    let values = arguments.primitives::<Int32Type>(0)?;
    Ok(move |row| values.get(row))
}

/// The rows of a `long`, `datetime` or `timespan` argument.
pub(super) fn longs<'a>(arguments: &Arguments<'a>) -> Result<impl Fn(usize) -> Option<i64> + 'a, KernelError> {
    let values = arguments.primitives::<Int64Type>(0)?;
    Ok(move |row| values.get(row))
}

/// The rows of a `real` argument.
pub(super) fn reals<'a>(arguments: &Arguments<'a>) -> Result<impl Fn(usize) -> Option<f64> + 'a, KernelError> {
    let values = arguments.primitives::<Float64Type>(0)?;
    Ok(move |row| values.get(row))
}

/// The rows of a `decimal` argument.
pub(super) fn decimals<'a>(arguments: &Arguments<'a>) -> Result<impl Fn(usize) -> Option<i128> + 'a, KernelError> {
    let values = arguments.primitives::<Decimal128Type>(0)?;
    Ok(move |row| values.get(row))
}

/// The rows of a `guid` argument.
pub(super) fn guids<'a>(arguments: &Arguments<'a>) -> Result<impl Fn(usize) -> Option<&'a [u8; 16]> + 'a, KernelError> {
    let values = arguments.guids(0)?;
    Ok(move |row| values.get(row))
}
