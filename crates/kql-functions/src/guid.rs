//! Guids made anew.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryBuilder};
use uuid::Uuid;

use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[NEW_GUID];

const NEW_GUID: Function = Function {
    name: "new_guid",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes a random guid.",
        returns: "A new guid of version 4.",
        notes: "Every row gets another one.",
        page: "new-guid-function",
    },
    overloads: &[overload!([] -> Guid, new_guid)],
    result_name: ResultName::None,
    deterministic: false,
    examples: &[example("print strlen(tostring(new_guid()))", "36")],
};

fn new_guid(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut builder = FixedSizeBinaryBuilder::with_capacity(arguments.rows(), 16);
    for _ in 0..arguments.rows() {
        builder.append_value(Uuid::new_v4().as_bytes())?;
    }
    Ok(Arc::new(builder.finish()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use arrow::array::AsArray;

    use super::new_guid;
    use crate::Arguments;

    #[test]
    fn every_row_gets_another_guid_of_version_4() {
        let guids = new_guid(&Arguments::new(&[], 100)).unwrap();
        let guids = guids.as_fixed_size_binary();
        let different: HashSet<&[u8]> = guids.iter().flatten().collect();
        assert_eq!(different.len(), 100);
        assert!(different.iter().all(|guid| guid[6] >> 4 == 4));
    }
}
