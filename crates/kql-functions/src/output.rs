//! Result arrays of kernels, built row by row without an allocation a row.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringViewBuilder};

use crate::KernelError;

/// A `string` array: `write` fills the (empty) buffer with the text of a row.
pub(crate) fn strings(
    rows: usize,
    mut write: impl FnMut(usize, &mut String) -> Result<(), KernelError>,
) -> Result<ArrayRef, KernelError> {
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        text.clear();
        write(row, &mut text)?;
        builder.try_append_value(&text)?;
    }
    Ok(Arc::new(builder.finish()))
}

/// A `string` array whose texts lie somewhere already, such as parts of an argument.
pub(crate) fn slices<'a>(
    rows: usize,
    mut slice: impl FnMut(usize) -> Result<&'a str, KernelError>,
) -> Result<ArrayRef, KernelError> {
    let mut builder = StringViewBuilder::with_capacity(rows);
    for row in 0..rows {
        builder.try_append_value(slice(row)?)?;
    }
    Ok(Arc::new(builder.finish()))
}

/// A `dynamic` array: `write` fills the (empty) buffer with the JSON text of a row and says whether there is
/// a value; without one the row is null.
pub(crate) fn dynamics(
    rows: usize,
    mut write: impl FnMut(usize, &mut String) -> Result<bool, KernelError>,
) -> Result<ArrayRef, KernelError> {
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut json = String::new();
    for row in 0..rows {
        json.clear();
        if write(row, &mut json)? {
            builder.try_append_value(&json)?;
        } else {
            builder.append_null();
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// A `long` array.
pub(crate) fn longs(rows: usize, value: impl FnMut(usize) -> Option<i64>) -> ArrayRef {
    Arc::new((0..rows).map(value).collect::<Int64Array>())
}

/// A `bool` array.
pub(crate) fn bools(rows: usize, value: impl FnMut(usize) -> Option<bool>) -> ArrayRef {
    Arc::new((0..rows).map(value).collect::<BooleanArray>())
}
