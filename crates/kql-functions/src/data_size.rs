//! `estimate_data_size`: how many bytes values take.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use kql_types::dynamic::{Dynamic, Kind};

use super::DATA_SIZE;
use crate::documentation::example;
use crate::overload::{dynamic, overload, unavailable};
use crate::signature::{
    ArgumentKind,
    ParameterType::{NotDynamic, Scalar},
    parameter_of,
};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[ESTIMATE_DATA_SIZE, SIZE_OF_ONE];

const COLUMN: Parameter = parameter_of("column", Scalar);

const ESTIMATE_DATA_SIZE: Function = Function {
    name: "estimate_data_size",
    aliases: &[],
    documentation: Documentation {
        summary: "Estimates how many bytes columns take in a row.",
        returns: "A long: 1 for a bool, 4 for an int, 8 for a long, real, datetime or timespan, 16 for a decimal or guid, a byte for each byte of a string's UTF-8; a `dynamic` more than its JSON text.",
        notes: "`*` means all columns.",
        page: "estimate-data-size-function",
    },
    overloads: &[
        unavailable!(
            [COLUMN.of_kind(ArgumentKind::Column).repeated().describe("A column.")] -> Long,
            SUMMED
        ),
        unavailable!([COLUMN.of_kind(ArgumentKind::StarOnly)] -> Long, SUMMED),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("range x from 1 to 10 step 1 | extend t = '1234567890' | summarize sum(estimate_data_size(*))", "180"),
        example("print a = 'é', b = int(1), c = true | project estimate_data_size(a, c)", "3"),
    ],
};

const SUMMED: &str = "binding writes it as the sum of its columns' sizes";

const SIZE_OF_ONE: Function = Function {
    name: DATA_SIZE,
    aliases: &[],
    documentation: Documentation {
        summary: "Estimates how many bytes a value takes.",
        returns: "A long.",
        notes: "Inserted by binding for `estimate_data_size`; no query can name it.",
        page: "estimate-data-size-function",
    },
    overloads: &[
        overload!([dynamic("value")] -> Long, size_of_dynamics),
        overload!([parameter_of("value", NotDynamic)] -> Long, size_of_scalars),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[],
};

fn size_of_scalars(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let array = arguments.get(0)?.array();
    if array.data_type() == &DataType::Utf8View {
        let texts = arguments.strings(0)?;
        return Ok(output::longs(arguments.rows(), |row| i64::try_from(texts.value(row).len()).ok()));
    }
    let size = match array.data_type() {
        DataType::FixedSizeBinary(length) => i64::from(*length),
        DataType::Boolean => 1,
        other => i64::try_from(other.primitive_width().unwrap_or(8)).unwrap_or(8),
    };
    Ok(Arc::new(Int64Array::from_value(size, arguments.rows())))
}

fn size_of_dynamics(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = arguments.strings(0)?;
    Ok(output::longs(arguments.rows(), |row| {
        let value = values.get(row).map_or(Dynamic::null(), Dynamic::new);
        i64::try_from(size_of_dynamic(value)).ok()
    }))
}

/// An array or bag holds its JSON text, and for each of its parts an offset of four bytes.
fn size_of_dynamic(value: Dynamic<'_>) -> usize {
    let text = value.text();
    match value.kind() {
        Kind::Null => 0,
        Kind::Bool => 1,
        Kind::Long | Kind::Real => 8,
        Kind::String => text.len().saturating_sub(2),
        Kind::Array | Kind::Bag => text.len() + 4 * (1 + text.bytes().filter(|byte| *byte == b',').count()),
    }
}
