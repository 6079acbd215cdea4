//! How each KQL type lies in Arrow memory (the table is in ARCHITECTURE.md).
//!
//! `datetime` and `timespan` are plain `Int64` ticks: only the bound plan knows that such a column is
//! a time. Nanosecond timestamps cannot hold 1601 or 9999, microseconds lose Sentinel's seventh digit.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, FixedSizeBinaryBuilder, Float64Array, Int32Array,
    Int64Array, StringViewArray, new_null_array,
};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};

use crate::{ScalarType, Value};

/// Digits of a `decimal` in memory.
pub const DECIMAL_PRECISION: u8 = 38;
/// Digits after the point of a `decimal` in memory. Kusto's decimals float, with 34 digits in all; fixed ones must
/// share theirs out, and `parse_version` needs 28 before the point for versions such as `2019.0.2000.5`.
pub const DECIMAL_SCALE: i8 = 10;

impl ScalarType {
    /// The Arrow type in which values of this KQL type lie.
    pub fn arrow_type(self) -> DataType {
        match self {
            ScalarType::Bool => DataType::Boolean,
            ScalarType::Int => DataType::Int32,
            ScalarType::Long | ScalarType::DateTime | ScalarType::TimeSpan => DataType::Int64,
            ScalarType::Real => DataType::Float64,
            ScalarType::Decimal => DataType::Decimal128(DECIMAL_PRECISION, DECIMAL_SCALE),
            ScalarType::String | ScalarType::Dynamic => DataType::Utf8View,
            ScalarType::Guid => DataType::FixedSizeBinary(16),
        }
    }
}

impl Value {
    /// An array of one element that holds this value.
    pub fn to_array(&self) -> ArrayRef {
        match self {
            Value::Null(ScalarType::String) => Arc::new(StringViewArray::from_iter_values([""])),
            Value::Null(scalar_type) => new_null_array(&scalar_type.arrow_type(), 1),
            Value::Bool(value) => Arc::new(BooleanArray::from(vec![*value])),
            Value::Int(value) => Arc::new(Int32Array::from(vec![*value])),
            Value::Long(value) | Value::DateTime(value) | Value::TimeSpan(value) => {
                Arc::new(Int64Array::from(vec![*value]))
            }
            Value::Real(value) => Arc::new(Float64Array::from(vec![*value])),
            Value::Decimal(value) => {
                Arc::new(Decimal128Array::from(vec![*value]).with_data_type(ScalarType::Decimal.arrow_type()))
            }
            Value::String(value) | Value::Dynamic(value) => Arc::new(StringViewArray::from_iter_values([value])),
            Value::Guid(bytes) => {
                let mut builder = FixedSizeBinaryBuilder::with_capacity(1, 16);
                // The builder refuses only another width, and sixteen bytes are sixteen bytes.
                match builder.append_value(bytes) {
                    Ok(()) => Arc::new(builder.finish()),
                    Err(_) => new_null_array(&ScalarType::Guid.arrow_type(), 1),
                }
            }
        }
    }

    /// The value of `array` at `row`, read as `scalar_type`. A null string is the empty string.
    /// Returns `None` when the row is out of bounds or the array is not of the type's Arrow form.
    pub fn from_array(array: &dyn Array, row: usize, scalar_type: ScalarType) -> Option<Value> {
        if row >= array.len() || *array.data_type() != scalar_type.arrow_type() {
            return None;
        }
        if array.is_null(row) {
            return Some(Value::null(scalar_type));
        }
        Some(match scalar_type {
            ScalarType::Bool => Value::Bool(array.as_boolean().value(row)),
            ScalarType::Int => Value::Int(array.as_primitive::<Int32Type>().value(row)),
            ScalarType::Long => Value::Long(array.as_primitive::<Int64Type>().value(row)),
            ScalarType::DateTime => Value::DateTime(array.as_primitive::<Int64Type>().value(row)),
            ScalarType::TimeSpan => Value::TimeSpan(array.as_primitive::<Int64Type>().value(row)),
            ScalarType::Real => Value::Real(array.as_primitive::<Float64Type>().value(row)),
            ScalarType::Decimal => Value::Decimal(array.as_primitive::<Decimal128Type>().value(row)),
            ScalarType::String => Value::String(array.as_string_view().value(row).to_owned()),
            ScalarType::Dynamic => Value::Dynamic(array.as_string_view().value(row).to_owned()),
            ScalarType::Guid => Value::Guid(array.as_fixed_size_binary().value(row).try_into().ok()?),
        })
    }
}
