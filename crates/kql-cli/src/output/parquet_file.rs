//! `--format parquet`: a file that other tools read with the right types.
//!
//! `datetime` becomes a UTC timestamp in nanoseconds, or in microseconds where a value lies outside the
//! years 1677–2262 that nanoseconds can count; `timespan` becomes its text, `dynamic` its JSON text.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};
use kql_engine::QueryResult;
use kql_types::{ScalarType, Value, ticks};
use parquet::arrow::ArrowWriter;

/// Writes the result as one Parquet file.
pub fn write(out: &mut (dyn Write + Send), result: &QueryResult) -> Result<()> {
    let units: Vec<TimeUnit> = (0..result.columns.len()).map(|column| time_unit(result, column)).collect();
    let fields = result
        .columns
        .iter()
        .zip(&units)
        .map(|((name, scalar_type), unit)| Field::new(name, file_type(*scalar_type, *unit), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), None)?;
    for batch in &result.batches {
        let columns = batch
            .columns()
            .iter()
            .zip(&result.columns)
            .zip(&units)
            .map(|((array, (_, scalar_type)), unit)| file_array(array, *scalar_type, *unit))
            .collect::<Result<Vec<_>>>()?;
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
    }
    writer.close()?;
    Ok(())
}

/// Nanoseconds, unless a value of the column lies outside what they can count.
fn time_unit(result: &QueryResult, column: usize) -> TimeUnit {
    let fits = result.columns.get(column).is_none_or(|(_, scalar_type)| *scalar_type != ScalarType::DateTime)
        || result.batches.iter().filter_map(|batch| batch.columns().get(column)).all(|array| {
            array
                .as_primitive_opt::<Int64Type>()
                .is_some_and(|array| array.iter().flatten().all(|t| nanoseconds(t).is_some()))
        });
    if fits { TimeUnit::Nanosecond } else { TimeUnit::Microsecond }
}

fn nanoseconds(datetime: i64) -> Option<i64> {
    datetime.checked_sub(ticks::UNIX_EPOCH)?.checked_mul(100)
}

fn file_type(scalar_type: ScalarType, unit: TimeUnit) -> DataType {
    match scalar_type {
        ScalarType::DateTime => DataType::Timestamp(unit, Some("UTC".into())),
        ScalarType::TimeSpan | ScalarType::Guid => DataType::Utf8,
        other => other.arrow_type(),
    }
}

fn file_array(array: &ArrayRef, scalar_type: ScalarType, unit: TimeUnit) -> Result<ArrayRef> {
    Ok(match scalar_type {
        ScalarType::DateTime => {
            let values = array.as_primitive::<Int64Type>();
            if unit == TimeUnit::Nanosecond {
                let array: TimestampNanosecondArray = values.iter().map(|value| nanoseconds(value?)).collect();
                Arc::new(array.with_timezone("UTC"))
            } else {
                let microseconds = |value: i64| (value - ticks::UNIX_EPOCH).div_euclid(ticks::PER_MICROSECOND);
                let array: TimestampMicrosecondArray = values.iter().map(|value| value.map(microseconds)).collect();
                Arc::new(array.with_timezone("UTC"))
            }
        }
        ScalarType::TimeSpan | ScalarType::Guid => {
            let text = |row| Value::from_array(array.as_ref(), row, scalar_type).filter(|value| !value.is_null());
            Arc::new((0..array.len()).map(|row| text(row).map(|value| value.to_text())).collect::<StringArray>())
        }
        _ => Arc::clone(array),
    })
}
