//! The columns of a result as files with types of their own have them (Parquet, Arrow, Avro).
//!
//! `datetime` becomes a UTC timestamp in nanoseconds, or in microseconds where a value lies outside the
//! years 1677–2262 that nanoseconds can count; `timespan` and `guid` become their text, `dynamic` its JSON text.

use std::fmt;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
    TimestampNanosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimeUnit};
use kql_types::{ScalarType, Value, ticks};

/// How each column lies in the file.
#[derive(Clone, Debug)]
pub struct FileColumns {
    types: Vec<ScalarType>,
    units: Vec<TimeUnit>,
    schema: SchemaRef,
}

/// A time that a column in nanoseconds cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfNanoseconds {
    pub column: usize,
}

impl fmt::Display for OutOfNanoseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a time of column {} lies outside of the years 1677 to 2262", self.column + 1)
    }
}

impl std::error::Error for OutOfNanoseconds {}

impl FileColumns {
    /// Times are in nanoseconds, but for the columns of these places.
    pub fn new(columns: &[(String, ScalarType)], in_microseconds: &[usize]) -> FileColumns {
        let unit = |place| {
            if in_microseconds.contains(&place) { TimeUnit::Microsecond } else { TimeUnit::Nanosecond }
        };
        let units: Vec<TimeUnit> = (0..columns.len()).map(unit).collect();
        let fields = columns.iter().zip(&units).map(|((name, scalar_type), unit)| field(name, *scalar_type, *unit));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        FileColumns { types: columns.iter().map(|(_, scalar_type)| *scalar_type).collect(), units, schema }
    }

    /// Nanoseconds wherever all values of these batches fit.
    pub fn fitting(columns: &[(String, ScalarType)], batches: &[RecordBatch]) -> FileColumns {
        let is_outside = |place: &usize| {
            columns.get(*place).is_some_and(|(_, scalar_type)| *scalar_type == ScalarType::DateTime)
                && batches.iter().filter_map(|batch| batch.columns().get(*place)).any(|array| !fits_nanoseconds(array))
        };
        FileColumns::new(columns, &(0..columns.len()).filter(is_outside).collect::<Vec<_>>())
    }

    /// The schema of the file.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// A batch of the result as one of the file.
    ///
    /// # Errors
    /// [`OutOfNanoseconds`].
    pub fn batch(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let columns = batch.columns().iter().zip(&self.types).zip(&self.units).enumerate();
        let arrays = columns.map(|(column, ((array, scalar_type), unit))| match (scalar_type, unit) {
            (ScalarType::DateTime, TimeUnit::Nanosecond) if !fits_nanoseconds(array) => {
                Err(OutOfNanoseconds { column }.into())
            }
            _ => file_array(array, *scalar_type, *unit),
        });
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?)
    }
}

fn fits_nanoseconds(array: &ArrayRef) -> bool {
    let times = array.as_primitive_opt::<Int64Type>();
    times.is_some_and(|times| times.iter().flatten().all(|time| nanoseconds(time).is_some()))
}

fn nanoseconds(datetime: i64) -> Option<i64> {
    datetime.checked_sub(ticks::UNIX_EPOCH)?.checked_mul(100)
}

/// Text that is JSON is marked as Arrow's extension types are, so that it is read as `dynamic` again.
fn field(name: &str, scalar_type: ScalarType, unit: TimeUnit) -> Field {
    let field = Field::new(name, file_type(scalar_type, unit), true);
    match scalar_type {
        ScalarType::Dynamic => {
            field.with_metadata([("ARROW:extension:name".to_owned(), "arrow.json".to_owned())].into())
        }
        _ => field,
    }
}

fn file_type(scalar_type: ScalarType, unit: TimeUnit) -> DataType {
    match scalar_type {
        ScalarType::DateTime => DataType::Timestamp(unit, Some("UTC".into())),
        // Views would take all that they look into along to the file.
        ScalarType::String | ScalarType::Dynamic | ScalarType::TimeSpan | ScalarType::Guid => DataType::Utf8,
        other => other.arrow_type(),
    }
}

fn file_array(array: &ArrayRef, scalar_type: ScalarType, unit: TimeUnit) -> Result<ArrayRef> {
    Ok(match scalar_type {
        ScalarType::String | ScalarType::Dynamic => cast(array, &DataType::Utf8)?,
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
