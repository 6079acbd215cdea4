//! Arrays of a file's types as arrays of KQL's.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryBuilder, Int64Array, Scalar, StringViewArray,
    StringViewBuilder, new_null_array,
};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{CastOptions, cast_with_options, concat, is_null};
use datafusion::arrow::datatypes::{
    DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use datafusion::arrow::error::ArrowError;
use kql_types::dynamic::{Text, Walk};
use kql_types::{ScalarType, Value, text, ticks};

use super::types::scalar_type;
use super::{nested, variant};
use crate::columns::{epoch_time, epoch_time_of_real, parse_declared_time};

/// A cast that fails on a value that does not fit is better than one that makes it null.
const EXACT: CastOptions<'static> =
    CastOptions { safe: false, format_options: datafusion::arrow::util::display::FormatOptions::new() };

/// Converts an array of a file to the Arrow type of a KQL type. Null strings become empty.
///
/// # Errors
/// A value that the type cannot hold, or two types between which there is no way.
pub(crate) fn convert(array: &ArrayRef, target: ScalarType) -> Result<ArrayRef, ArrowError> {
    use DataType as D;
    match (array.data_type(), target) {
        (D::Null, ScalarType::String) => Ok(empty_strings(array.len())),
        (D::Null, _) => Ok(new_null_array(&target.arrow_type(), array.len())),
        (D::Dictionary(_, values), _) => convert(&cast_with_options(array, values, &EXACT)?, target),
        (D::RunEndEncoded(_, values), _) => convert(&cast_with_options(array, values.data_type(), &EXACT)?, target),
        (D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Binary | D::LargeBinary | D::BinaryView, _) => {
            let strings = cast_with_options(array, &D::Utf8View, &EXACT)?;
            convert_strings(&strings, target)
        }
        (D::FixedSizeBinary(16), ScalarType::Guid) => Ok(array.clone()),
        (D::Timestamp(unit, _), ScalarType::DateTime) => timestamp_ticks(array, *unit),
        (D::Date32 | D::Date64, ScalarType::DateTime) => {
            let timestamps = cast_with_options(array, &D::Timestamp(TimeUnit::Millisecond, None), &EXACT)?;
            timestamp_ticks(&timestamps, TimeUnit::Millisecond)
        }
        (D::Duration(unit), ScalarType::TimeSpan) => duration_ticks(array, *unit),
        (D::Time32(_) | D::Time64(_), ScalarType::TimeSpan) => {
            let times = cast_with_options(array, &D::Time64(TimeUnit::Nanosecond), &EXACT)?;
            let nanoseconds = cast_with_options(&times, &D::Int64, &EXACT)?;
            Ok(Arc::new(nanoseconds.as_primitive::<Int64Type>().unary::<_, Int64Type>(|value| value.div_euclid(100))))
        }
        (D::Struct(fields), ScalarType::Dynamic) if variant::is_variant(fields) => variant::to_json(array),
        (source, ScalarType::Dynamic) if source.is_nested() => nested::to_json(array),
        (source, ScalarType::DateTime) if source.is_integer() => {
            let numbers = cast_with_options(array, &D::Int64, &EXACT)?;
            Ok(Arc::new(numbers.as_primitive::<Int64Type>().iter().map(|n| epoch_time(n?)).collect::<Int64Array>()))
        }
        (source, ScalarType::DateTime) if source.is_floating() => {
            let numbers = cast_with_options(array, &D::Float64, &EXACT)?;
            let numbers = numbers.as_primitive::<Float64Type>();
            Ok(Arc::new(numbers.iter().map(|number| epoch_time_of_real(number?)).collect::<Int64Array>()))
        }
        (_, ScalarType::String | ScalarType::Dynamic) => as_text(array, target),
        (source, _) if source.is_nested() || source.is_temporal() => Err(no_way(source, target)),
        (D::FixedSizeBinary(_), _) => Err(no_way(array.data_type(), target)),
        _ => match target {
            ScalarType::Bool | ScalarType::Int | ScalarType::Long | ScalarType::Real | ScalarType::Decimal => {
                cast_with_options(array, &target.arrow_type(), &EXACT)
            }
            _ => Err(no_way(array.data_type(), target)),
        },
    }
}

/// Converts as [`convert`] does, but a value that does not fit is null; with how many values became null so.
///
/// # Errors
/// Two types between which there is no way.
pub(crate) fn convert_or_null(array: &ArrayRef, target: ScalarType) -> Result<(ArrayRef, u64), ArrowError> {
    let converted = match convert(array, target) {
        Ok(converted) => converted,
        Err(error) => {
            // Without a value there is nothing that could not fit: then it is the types.
            convert(&array.slice(0, 0), target).map_err(|_| error)?;
            let null = match target {
                ScalarType::String => empty_strings(1),
                _ => new_null_array(&target.arrow_type(), 1),
            };
            let values: Vec<ArrayRef> =
                (0..array.len()).map(|row| convert(&array.slice(row, 1), target).unwrap_or(null.clone())).collect();
            concat(&values.iter().map(|value| value.as_ref()).collect::<Vec<_>>())?
        }
    };
    if converted.null_count() == array.logical_null_count() {
        return Ok((converted, 0));
    }
    // An empty text is null in its own right.
    let texts = match scalar_type(array.data_type(), None) {
        Some(ScalarType::String) => Some(cast_with_options(array, &DataType::Utf8View, &EXACT)?),
        _ => None,
    };
    let nulls = array.logical_nulls();
    let is_nothing = |row: usize| {
        nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
            || texts.as_ref().is_some_and(|texts| texts.as_string_view().value(row).is_empty())
    };
    let lost = (0..array.len()).filter(|row| converted.is_null(*row) && !is_nothing(*row)).count();
    Ok((converted, lost as u64))
}

/// A value of a type of its own as text: KQL's of the value, and JSON's for a `dynamic` or of nested values.
fn as_text(array: &ArrayRef, target: ScalarType) -> Result<ArrayRef, ArrowError> {
    let own = scalar_type(array.data_type(), None).filter(|own| *own != ScalarType::String);
    let own = own.ok_or_else(|| no_way(array.data_type(), target))?;
    let values = convert(array, own)?;
    let texts = (0..values.len()).map(|row| match Value::from_array(&values, row, own)? {
        Value::Null(_) => None,
        Value::Bool(value) if target == ScalarType::Dynamic => Some(value.to_string()),
        Value::Dynamic(text) => Some(text),
        value => Some(value.to_text()),
    });
    let texts: ArrayRef = Arc::new(texts.collect::<StringViewArray>());
    convert_strings(&texts, target)
}

fn no_way(source: &DataType, target: ScalarType) -> ArrowError {
    ArrowError::CastError(format!("{source} is not read as {target}"))
}

fn empty_strings(length: usize) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n("", length)))
}

/// Converts text; what cannot be converted is null, as in Kusto's ingestion.
fn convert_strings(strings: &ArrayRef, target: ScalarType) -> Result<ArrayRef, ArrowError> {
    let values = strings.as_string_view();
    Ok(match target {
        ScalarType::String => fill_empty(strings)?,
        ScalarType::Dynamic => dynamic_texts(values),
        ScalarType::Bool => Arc::new(values.iter().map(|value| text::parse_bool(value?)).collect::<BooleanArray>()),
        ScalarType::Int => Arc::new(
            values.iter().map(|value| text::parse_int(value?)).collect::<datafusion::arrow::array::Int32Array>(),
        ),
        ScalarType::Long => Arc::new(values.iter().map(|value| text::parse_long(value?)).collect::<Int64Array>()),
        ScalarType::Real => Arc::new(
            values.iter().map(|value| text::parse_real(value?)).collect::<datafusion::arrow::array::Float64Array>(),
        ),
        ScalarType::Decimal => {
            let decimals = values.iter().map(|value| text::parse_decimal(value?));
            let decimals = decimals.collect::<datafusion::arrow::array::Decimal128Array>();
            Arc::new(decimals.with_data_type(target.arrow_type()))
        }
        ScalarType::DateTime => {
            Arc::new(values.iter().map(|value| parse_declared_time(value?)).collect::<Int64Array>())
        }
        ScalarType::TimeSpan => {
            Arc::new(values.iter().map(|value| text::parse_timespan(value?)).collect::<Int64Array>())
        }
        ScalarType::Guid => {
            let mut builder = FixedSizeBinaryBuilder::with_capacity(values.len(), 16);
            for value in values {
                match value.and_then(text::parse_guid) {
                    Some(bytes) => builder.append_value(bytes)?,
                    None => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
    })
}

/// The same strings, with the empty one for null.
fn fill_empty(strings: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if strings.null_count() == 0 {
        return Ok(strings.clone());
    }
    zip(&is_null(strings)?, &Scalar::new(empty_strings(1)), strings)
}

/// Text in a dynamic column: JSON is itself, other text a JSON string, no text null.
fn dynamic_texts(values: &StringViewArray) -> ArrayRef {
    let mut walk = Walk::new([]);
    let mut is_json = |row: usize| Text::of_row(values, row).is_some_and(|text| walk.is_json(text));
    if (0..values.len()).all(|row| values.is_null(row) || is_json(row)) {
        return Arc::new(values.clone());
    }
    let mut builder = StringViewBuilder::with_capacity(values.len());
    for (row, value) in values.iter().enumerate() {
        match value {
            None | Some("") => builder.append_null(),
            Some(value) if is_json(row) => builder.append_value(value),
            Some(value) => builder.append_value(serde_json::Value::from(value).to_string()),
        }
    }
    Arc::new(builder.finish())
}

/// Ticks of `datetime`; outside of years 1 to 9999 there is none.
fn timestamp_ticks(array: &ArrayRef, unit: TimeUnit) -> Result<ArrayRef, ArrowError> {
    let out_of_range = || ArrowError::CastError("a time outside of years 1 to 9999".to_owned());
    let at = |value: i64, per_unit: i64| {
        let ticks = value.checked_mul(per_unit)?.checked_add(ticks::UNIX_EPOCH)?;
        (0..=ticks::MAX_DATETIME).contains(&ticks).then_some(ticks)
    };
    macro_rules! ticks_of {
        ($unit:ty, $per_unit:expr) => {
            array
                .as_primitive::<$unit>()
                .try_unary::<_, Int64Type, _>(|value| at(value, $per_unit).ok_or_else(out_of_range))?
        };
    }
    Ok(Arc::new(match unit {
        TimeUnit::Second => ticks_of!(TimestampSecondType, ticks::PER_SECOND),
        TimeUnit::Millisecond => ticks_of!(TimestampMillisecondType, ticks::PER_MILLISECOND),
        TimeUnit::Microsecond => ticks_of!(TimestampMicrosecondType, ticks::PER_MICROSECOND),
        TimeUnit::Nanosecond => array
            .as_primitive::<TimestampNanosecondType>()
            .unary::<_, Int64Type>(|value| value.div_euclid(100) + ticks::UNIX_EPOCH),
    }))
}

fn duration_ticks(array: &ArrayRef, unit: TimeUnit) -> Result<ArrayRef, ArrowError> {
    macro_rules! ticks_of {
        ($unit:ty, $per_unit:expr) => {
            array.as_primitive::<$unit>().try_unary::<_, Int64Type, _>(|value| {
                value
                    .checked_mul($per_unit)
                    .ok_or_else(|| ArrowError::CastError("a duration that timespan cannot hold".to_owned()))
            })?
        };
    }
    Ok(Arc::new(match unit {
        TimeUnit::Second => ticks_of!(DurationSecondType, ticks::PER_SECOND),
        TimeUnit::Millisecond => ticks_of!(DurationMillisecondType, ticks::PER_MILLISECOND),
        TimeUnit::Microsecond => ticks_of!(DurationMicrosecondType, ticks::PER_MICROSECOND),
        TimeUnit::Nanosecond => {
            array.as_primitive::<DurationNanosecondType>().unary::<_, Int64Type>(|value| value.div_euclid(100))
        }
    }))
}
