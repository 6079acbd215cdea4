//! Operators with a list on their right: `in` and its forms, `has_any`, `has_all`.
//!
//! A `dynamic` array in a list contributes its elements. A list that does not depend on the row is prepared once
//! a batch.

use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Kind};

use crate::argument::Strings;
use crate::{Arguments, KernelError, Parameter, ParameterType, PassedAs};

pub mod membership;
pub mod terms;

type Result<T = arrow::array::ArrayRef> = std::result::Result<T, KernelError>;

const STRING: &[ScalarType] = &[ScalarType::String];
const DYNAMIC: &[ScalarType] = &[ScalarType::Dynamic];
const STRING_OR_DYNAMIC: &[ScalarType] = &[ScalarType::String, ScalarType::Dynamic];
const ANY: &[ScalarType] = &ScalarType::ALL;

/// The values of the list, each of one of these types.
const fn values(types: &'static [ScalarType]) -> Parameter {
    super::exactly("values", types).repeated()
}

/// The values of the list, each of one of these types and converted to one.
const fn values_as(types: &'static [ScalarType], scalar_type: ScalarType) -> Parameter {
    values(types).passed_as(PassedAs::Converted(scalar_type))
}

/// The values of the list, each a number of any type and converted to `scalar_type`.
const fn numbers_as(scalar_type: ScalarType) -> Parameter {
    crate::signature::parameter_of("values", ParameterType::Number)
        .repeated()
        .passed_as(PassedAs::Converted(scalar_type))
}

/// How a string argument contributes to a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Items {
    /// As the string it is.
    Text,
    /// As a `dynamic`: an array by its elements, another value by itself, null not at all.
    Elements,
}

impl Items {
    /// Calls `visit` with the text of every value that this argument contributes in a row.
    fn visit_texts(self, argument: Strings<'_>, row: usize, visit: &mut dyn FnMut(&str)) {
        match self {
            Items::Text => visit(argument.value(row)),
            Items::Elements => {
                visit_elements(argument, row, &mut |element| visit(&element.to_string_value()));
            }
        }
    }
}

/// Calls `visit` with every value that a `dynamic` argument contributes in a row.
fn visit_elements(argument: Strings<'_>, row: usize, visit: &mut dyn FnMut(Dynamic<'_>)) {
    let value = argument.get(row).map_or(Dynamic::null(), Dynamic::new);
    match value.kind() {
        Kind::Array => value.elements().for_each(visit),
        Kind::Null => {}
        _ => visit(value),
    }
}

/// The arguments after the first, as strings, and whether none of them depends on the row.
fn listed<'a>(arguments: &Arguments<'a>) -> Result<(Vec<Strings<'a>>, bool)> {
    let list = (1..arguments.len()).map(|position| arguments.strings(position)).collect::<Result<Vec<_>>>()?;
    Ok((list, is_constant(arguments)))
}

/// Whether no argument after the first depends on the row.
fn is_constant(arguments: &Arguments<'_>) -> bool {
    arguments.iter().skip(1).all(crate::Argument::is_constant)
}
