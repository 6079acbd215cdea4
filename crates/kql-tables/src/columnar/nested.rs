//! Nested arrays as the JSON text of `dynamic`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::arrow::error::ArrowError;
use kql_types::{ScalarType, text};

use super::convert::convert;
use super::types::scalar_type;
use super::variant;

/// How deep a nested type may be.
const MAX_DEPTH: usize = 64;

/// The JSON text of each value of a list, struct or map; a null stays one.
pub(crate) fn to_json(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let writer = Writer::new(array, 0)?;
    let mut builder = StringViewBuilder::with_capacity(array.len());
    let mut json = String::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            builder.append_null();
            continue;
        }
        json.clear();
        writer.write(row, &mut json);
        builder.try_append_value(&json)?;
    }
    Ok(Arc::new(builder.finish()))
}

/// Writes the values of one array; its children are prepared once.
enum Writer {
    Scalar(ArrayRef, ScalarType),
    /// Texts that are JSON already.
    Json(ArrayRef),
    /// The array for its nulls and offsets, and its elements.
    List(ArrayRef, Vec<(usize, usize)>, Box<Writer>),
    /// Each field with its key, quoted.
    Struct(ArrayRef, Vec<(String, Writer)>),
    /// Entries by offsets, keys as text, values.
    Map(ArrayRef, Vec<(usize, usize)>, ArrayRef, Box<Writer>),
}

impl Writer {
    fn new(array: &ArrayRef, depth: usize) -> Result<Writer, ArrowError> {
        if depth > MAX_DEPTH {
            return Err(ArrowError::CastError("a type nested too deeply".to_owned()));
        }
        match array.data_type() {
            DataType::Struct(fields) if variant::is_variant(fields) => Ok(Writer::Json(variant::to_json(array)?)),
            DataType::Struct(_) => {
                let fields = array.as_struct();
                let mut writers = Vec::with_capacity(fields.num_columns());
                for (field, column) in fields.fields().iter().zip(fields.columns()) {
                    writers.push((quoted(field.name()), Writer::new(column, depth + 1)?));
                }
                Ok(Writer::Struct(array.clone(), writers))
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let keys = cast(map.keys(), &DataType::Utf8View)?;
                let values = Writer::new(map.values(), depth + 1)?;
                Ok(Writer::Map(array.clone(), ranges(map.value_offsets()), keys, Box::new(values)))
            }
            DataType::List(field) | DataType::FixedSizeList(field, _) | DataType::ListView(field) => {
                let list = cast(array, &DataType::LargeList(field.clone()))?;
                Writer::new(&list, depth + 1)
            }
            DataType::LargeListView(field) => {
                let list = cast(array, &DataType::LargeList(field.clone()))?;
                Writer::new(&list, depth + 1)
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                let elements = Writer::new(list.values(), depth + 1)?;
                Ok(Writer::List(array.clone(), ranges(list.value_offsets()), Box::new(elements)))
            }
            other => {
                let target = scalar_type(other, None)
                    .ok_or_else(|| ArrowError::CastError(format!("{other} has no place in dynamic")))?;
                // `convert` makes null strings empty; within dynamic they are null.
                let converted = convert(array, target)?;
                Ok(if array.null_count() > 0 && target == ScalarType::String {
                    Writer::Scalar(cast(array, &DataType::Utf8View)?, target)
                } else {
                    Writer::Scalar(converted, target)
                })
            }
        }
    }

    /// Appends the JSON of a row. Nested as deep as the type is, which `new` has bounded.
    fn write(&self, row: usize, json: &mut String) {
        let separate = |json: &mut String, opening: char| {
            if !json.ends_with(opening) {
                json.push(',');
            }
        };
        match self {
            Writer::Scalar(array, scalar_type) => write_scalar(array, *scalar_type, row, json),
            Writer::Json(texts) if texts.is_null(row) => json.push_str("null"),
            Writer::Json(texts) => json.push_str(texts.as_string_view().value(row)),
            Writer::List(array, ..) | Writer::Struct(array, _) | Writer::Map(array, ..) if array.is_null(row) => {
                json.push_str("null");
            }
            Writer::List(_, ranges, elements) => {
                json.push('[');
                let (start, end) = ranges.get(row).copied().unwrap_or_default();
                for (place, element) in (start..end).enumerate() {
                    if place > 0 {
                        json.push(',');
                    }
                    elements.write(element, json);
                }
                json.push(']');
            }
            Writer::Struct(_, fields) => {
                json.push('{');
                for (key, value) in fields {
                    separate(json, '{');
                    json.push_str(key);
                    json.push(':');
                    value.write(row, json);
                }
                json.push('}');
            }
            Writer::Map(_, ranges, keys, values) => {
                json.push('{');
                let keys = keys.as_string_view();
                let (start, end) = ranges.get(row).copied().unwrap_or_default();
                for entry in start..end.min(keys.len()) {
                    separate(json, '{');
                    json.push_str(&quoted(keys.value(entry)));
                    json.push(':');
                    values.write(entry, json);
                }
                json.push('}');
            }
        }
    }
}

/// The elements of each list, by its offsets.
fn ranges<O: Copy + TryInto<usize>>(offsets: &[O]) -> Vec<(usize, usize)> {
    let place = |offset: O| offset.try_into().unwrap_or_default();
    offsets.iter().zip(offsets.iter().skip(1)).map(|(start, end)| (place(*start), place(*end))).collect()
}

fn quoted(content: &str) -> String {
    serde_json::Value::from(content).to_string()
}

fn write_scalar(array: &ArrayRef, scalar_type: ScalarType, row: usize, json: &mut String) {
    if array.is_null(row) {
        json.push_str("null");
        return;
    }
    match scalar_type {
        ScalarType::Long => json.push_str(&array.as_primitive::<Int64Type>().value(row).to_string()),
        ScalarType::Real => {
            let value = array.as_primitive::<Float64Type>().value(row);
            let text = text::format_real(value);
            // JSON has no word for what is not finite.
            json.push_str(&if value.is_finite() { text } else { quoted(&text) });
        }
        ScalarType::String => json.push_str(&quoted(array.as_string_view().value(row))),
        _ => match kql_types::Value::from_array(array, row, scalar_type) {
            Some(value @ kql_types::Value::Int(_)) => json.push_str(&value.to_text()),
            Some(kql_types::Value::Bool(value)) => json.push_str(if value { "true" } else { "false" }),
            Some(value) => json.push_str(&quoted(&value.to_text())),
            None => json.push_str("null"),
        },
    }
}
