//! To `guid`.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryBuilder};
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;
use kql_types::text::parse_guid;

use super::kernels::{DYNAMIC, GUID, STRING, from, same};
use crate::documentation::example;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[TOGUID];

const TOGUID: Function = Function {
    name: "toguid",
    aliases: &[],
    documentation: Documentation {
        summary: "Converts a string to `guid`.",
        returns: "The guid; text without exactly 32 hexadecimal digits gives null.",
        notes: "Hyphens may stand anywhere between the digits.",
        page: "toguid-function",
    },
    overloads: &[
        from(GUID, ScalarType::Guid, same),
        from(STRING, ScalarType::Guid, |arguments| guids(arguments, parse_guid)),
        from(DYNAMIC, ScalarType::Guid, |arguments| guids(arguments, |json| Dynamic::new(json).to_guid())),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print toguid('12E8B78D55B446AEB06826D7A0080254')", "12e8b78d-55b4-46ae-b068-26d7a0080254"),
        example("print isnull(toguid('12e8b78d'))", "True"),
    ],
};

fn guids(arguments: &Arguments<'_>, parse: impl Fn(&str) -> Option<[u8; 16]>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    let mut builder = FixedSizeBinaryBuilder::with_capacity(arguments.rows(), 16);
    for row in 0..arguments.rows() {
        match texts.get(row).and_then(&parse) {
            Some(guid) => builder.append_value(guid)?,
            None => builder.append_null(),
        }
    }
    Ok(Arc::new(builder.finish()))
}
