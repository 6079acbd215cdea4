//! Columns within the scan: plain arrays, or keys into the values of a dictionary.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, UInt32Array};
use datafusion::arrow::compute::{concat, filter, take};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::error::ArrowError;
use kql_types::ScalarType;

use super::super::convert::convert;

/// Some rows of a column, converted to its KQL type.
#[derive(Clone, Debug)]
pub(super) enum ScanColumn {
    Plain(ArrayRef),
    Dictionary {
        /// Without nulls.
        keys: Int32Array,
        /// The values; the last one stands for a null in the file.
        values: ArrayRef,
    },
}

impl ScanColumn {
    pub(super) fn filter(&self, mask: &BooleanArray) -> Result<ScanColumn, ArrowError> {
        Ok(match self {
            ScanColumn::Plain(array) => ScanColumn::Plain(filter(array, mask)?),
            ScanColumn::Dictionary { keys, values } => {
                ScanColumn::Dictionary { keys: filter(keys, mask)?.as_primitive().clone(), values: values.clone() }
            }
        })
    }

    pub(super) fn slice(&self, start: usize, length: usize) -> ScanColumn {
        match self {
            ScanColumn::Plain(array) => ScanColumn::Plain(array.slice(start, length)),
            ScanColumn::Dictionary { keys, values } => {
                ScanColumn::Dictionary { keys: keys.slice(start, length), values: values.clone() }
            }
        }
    }

    /// The values row by row.
    pub(super) fn plain(&self) -> Result<ArrayRef, ArrowError> {
        match self {
            ScanColumn::Plain(array) => Ok(array.clone()),
            ScanColumn::Dictionary { keys, values } => spread(values, keys),
        }
    }

    /// All rows of several pieces; a dictionary where all of them share it.
    pub(super) fn concat(mut pieces: Vec<ScanColumn>) -> Result<ScanColumn, ArrowError> {
        if pieces.len() == 1
            && let Some(only) = pieces.pop()
        {
            return Ok(only);
        }
        if let Some(ScanColumn::Dictionary { values: first, .. }) = pieces.first() {
            let shared = |piece: &ScanColumn| match piece {
                ScanColumn::Dictionary { keys, values } if Arc::ptr_eq(values, first) => Some(keys.clone()),
                _ => None,
            };
            if let Some(keys) = pieces.iter().map(shared).collect::<Option<Vec<Int32Array>>>() {
                let keys = concat(&keys.iter().map(|keys| keys as &dyn Array).collect::<Vec<_>>())?;
                return Ok(ScanColumn::Dictionary { keys: keys.as_primitive().clone(), values: first.clone() });
            }
        }
        let arrays = pieces.iter().map(ScanColumn::plain).collect::<Result<Vec<_>, _>>()?;
        Ok(ScanColumn::Plain(concat(&arrays.iter().map(|array| array.as_ref()).collect::<Vec<_>>())?))
    }
}

/// The value of each key.
pub(super) fn spread(values: &ArrayRef, keys: &Int32Array) -> Result<ArrayRef, ArrowError> {
    take(values, keys, None)
}

/// Converts the dictionaries of one column of one row group; a dictionary that comes again is not converted again.
#[derive(Debug)]
pub(super) struct DictionaryReader {
    target: ScalarType,
    last: Option<(ArrayRef, ArrayRef)>,
}

impl DictionaryReader {
    pub(super) fn new(target: ScalarType) -> DictionaryReader {
        DictionaryReader { target, last: None }
    }

    /// A dictionary array of the file as a column. With more values than `most_values` it is worth less than plain ones.
    pub(super) fn read(&mut self, array: &ArrayRef, most_values: usize) -> Result<ScanColumn, ArrowError> {
        let Some(dictionary) = array.as_dictionary_opt::<Int32Type>() else {
            return Ok(ScanColumn::Plain(convert(array, self.target)?));
        };
        let raw = dictionary.values();
        let values = match &self.last {
            Some((known, values)) if is_same(known, raw) => values.clone(),
            _ => {
                let with_null = UInt32Array::from_iter(
                    (0..raw.len()).map(|place| u32::try_from(place).ok()).chain(std::iter::once(None)),
                );
                let values = convert(&take(raw, &with_null, None)?, self.target)?;
                self.last = Some((raw.clone(), values.clone()));
                values
            }
        };
        let keys = dictionary.keys();
        let null = i32::try_from(raw.len()).map_err(|error| ArrowError::ComputeError(error.to_string()))?;
        let keys = match keys.nulls() {
            Some(nulls) if nulls.null_count() > 0 => {
                let keys = keys.values().iter().zip(nulls.iter());
                keys.map(|(key, is_valid)| if is_valid { *key } else { null }).collect()
            }
            _ => Int32Array::new(keys.values().clone(), None),
        };
        let column = ScanColumn::Dictionary { keys, values };
        if raw.len() > most_values { Ok(ScanColumn::Plain(column.plain()?)) } else { Ok(column) }
    }
}

/// Whether two arrays of text lie in the same memory. The first must be kept, lest the memory be used again.
fn is_same(first: &ArrayRef, second: &ArrayRef) -> bool {
    match (first.as_string_opt::<i32>(), second.as_string_opt::<i32>()) {
        (Some(first), Some(second)) => {
            first.len() == second.len()
                && std::ptr::eq(first.value_data().as_ptr(), second.value_data().as_ptr())
                && std::ptr::eq(first.value_offsets().as_ptr(), second.value_offsets().as_ptr())
        }
        _ => false,
    }
}
