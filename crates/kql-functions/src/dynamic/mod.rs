//! Functions over `dynamic` values: paths, arrays, bags, sets.

use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic, Kind};

use crate::argument::Strings;
use crate::signature::parameter_of;
use crate::{Arguments, Function, KernelError, Parameter, ParameterType, PassedAs};

mod array;
mod bag;
pub(crate) mod path;
mod paths;
mod set;

pub use paths::{PathCall, PathsReader};

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    path::FUNCTIONS,
    array::measure::FUNCTIONS,
    array::make::FUNCTIONS,
    array::cut::FUNCTIONS,
    array::sort::FUNCTIONS,
    bag::pack::FUNCTIONS,
    bag::keys::FUNCTIONS,
    bag::treepath::FUNCTIONS,
    set::FUNCTIONS,
];

/// A `dynamic` that should hold an array.
const fn array(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::DynamicArray)
}

/// A `dynamic` that should hold a property bag.
const fn bag(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::DynamicBag)
}

/// Any scalar, which reaches the kernel as the `dynamic` that holds it.
const fn any(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Scalar).passed_as(PassedAs::Converted(ScalarType::Dynamic))
}

/// A `dynamic` argument, row by row.
#[derive(Clone, Copy, Debug)]
struct Dynamics<'a> {
    texts: Strings<'a>,
}

impl<'a> Dynamics<'a> {
    fn new(arguments: &Arguments<'a>, position: usize) -> Result<Dynamics<'a>, KernelError> {
        Ok(Dynamics { texts: arguments.strings(position)? })
    }

    /// All arguments from a position on.
    fn all(arguments: &Arguments<'a>, from: usize) -> Result<Vec<Dynamics<'a>>, KernelError> {
        (from..arguments.len()).map(|position| Dynamics::new(arguments, position)).collect()
    }

    /// The value of a row, null where there is none.
    fn value(&self, row: usize) -> Dynamic<'a> {
        self.texts.get(row).map_or(Dynamic::null(), Dynamic::new)
    }

    /// The array of a row; `None` when the value is not an array.
    fn array(&self, row: usize) -> Option<Dynamic<'a>> {
        Some(self.value(row)).filter(|value| value.kind() == Kind::Array)
    }

    /// The bag of a row; `None` when the value is not a bag.
    fn bag(&self, row: usize) -> Option<Dynamic<'a>> {
        Some(self.value(row)).filter(|value| value.kind() == Kind::Bag)
    }

    /// The one value of a constant.
    fn constant(&self) -> Option<Dynamic<'a>> {
        self.texts.is_constant().then(|| self.value(0))
    }
}

/// Appends an array of values that lie in valid JSON.
fn write_array<'a>(elements: impl IntoIterator<Item = Dynamic<'a>>, out: &mut String) {
    let mut builder = Builder::new(out);
    builder.begin_array();
    elements.into_iter().for_each(|element| builder.raw(element));
    builder.end_array();
}
