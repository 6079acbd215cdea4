//! `series_…`: functions over arrays of numbers, as `make-series` and `make_list` give them.
//!
//! A series is read once a row into a reused vector, a constant one once a batch. What is no array gives null.

use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic, Kind};

use crate::argument::Strings;
use crate::signature::parameter_of;
use crate::{Arguments, Function, KernelError, Parameter, ParameterType, PassedAs};

mod arithmetic;
mod comparison;
mod decompose;
mod fill;
mod filter;
mod fit;
mod fourier;
mod mapping;
mod outliers;
mod periods;
mod polynomial;
mod reduction;
mod statistics;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    arithmetic::FUNCTIONS,
    comparison::FUNCTIONS,
    mapping::FUNCTIONS,
    reduction::FUNCTIONS,
    statistics::FUNCTIONS,
    fill::FUNCTIONS,
    filter::FUNCTIONS,
    fit::FUNCTIONS,
    polynomial::FUNCTIONS,
    fourier::FUNCTIONS,
    outliers::FUNCTIONS,
    periods::FUNCTIONS,
    decompose::FUNCTIONS,
];

/// A `dynamic` that should hold an array of numbers.
const fn series(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::DynamicArray)
}

/// A number, which reaches the kernel as the `dynamic` that holds it.
const fn number(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Dynamic))
}

/// An element of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Element {
    /// Null, or anything that is no number.
    Missing,
    Long(i64),
    Real(f64),
}

impl Element {
    /// The number, where there is one.
    fn real(self) -> Option<f64> {
        match self {
            Element::Missing => None,
            Element::Long(value) => Some(value as f64),
            Element::Real(value) => Some(value),
        }
    }

    fn write(self, builder: &mut Builder<'_>) {
        match self {
            Element::Missing => builder.null(),
            Element::Long(value) => builder.long(value),
            Element::Real(value) => builder.real(value),
        }
    }
}

/// What the elements of a series are read as.
trait FromDynamic: Copy {
    /// The element that a JSON value is.
    fn from_dynamic(value: Dynamic<'_>) -> Self;
}

impl FromDynamic for Element {
    fn from_dynamic(value: Dynamic<'_>) -> Element {
        match value.kind() {
            Kind::Long => value.as_i64().map_or(Element::Missing, Element::Long),
            Kind::Real => value.as_f64().map_or(Element::Missing, Element::Real),
            // JSON has no other way to write these, so dynamic arrays hold them as strings.
            Kind::String => match value.as_str().as_deref() {
                Some("NaN") => Element::Real(f64::NAN),
                Some("Infinity") => Element::Real(f64::INFINITY),
                Some("-Infinity") => Element::Real(f64::NEG_INFINITY),
                _ => Element::Missing,
            },
            _ => Element::Missing,
        }
    }
}

/// A real, where a missing element is not a number.
impl FromDynamic for f64 {
    fn from_dynamic(value: Dynamic<'_>) -> f64 {
        Element::from_dynamic(value).real().unwrap_or(f64::NAN)
    }
}

/// The elements of an argument in one row.
#[derive(Clone, Copy, Debug)]
enum Elements<'e, T> {
    Array(&'e [T]),
    /// A plain number, which stands for every element.
    Number(T),
}

impl<T: Copy> Elements<'_, T> {
    /// The element at an index, `None` past the end.
    fn get(&self, index: usize) -> Option<T> {
        match self {
            Elements::Array(elements) => elements.get(index).copied(),
            Elements::Number(number) => Some(*number),
        }
    }

    fn len(&self) -> usize {
        match self {
            Elements::Array(elements) => elements.len(),
            Elements::Number(_) => 0,
        }
    }
}

/// What a row of an argument holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Array,
    Number,
    Other,
}

/// A series argument, read row by row into one vector.
#[derive(Debug)]
struct Series<'a, T> {
    texts: Strings<'a>,
    elements: Vec<T>,
    shape: Option<Shape>,
}

impl<'a, T: FromDynamic> Series<'a, T> {
    fn new(arguments: &Arguments<'a>, position: usize) -> Result<Series<'a, T>, KernelError> {
        Ok(Series { texts: arguments.strings(position)?, elements: Vec::new(), shape: None })
    }

    /// The argument at a position, where it was given.
    fn optional(arguments: &Arguments<'a>, position: usize) -> Result<Option<Series<'a, T>>, KernelError> {
        if position < arguments.len() { Series::new(arguments, position).map(Some) } else { Ok(None) }
    }

    /// Reads the row; a constant is read the first time only.
    fn read(&mut self, row: usize) -> Shape {
        if let Some(shape) = self.shape.filter(|_| self.texts.is_constant()) {
            return shape;
        }
        self.elements.clear();
        let value = self.texts.get(row).map_or(Dynamic::null(), Dynamic::new);
        let shape = match value.kind() {
            Kind::Array => {
                self.elements.extend(value.elements().map(T::from_dynamic));
                Shape::Array
            }
            Kind::Long | Kind::Real => {
                self.elements.push(T::from_dynamic(value));
                Shape::Number
            }
            _ => Shape::Other,
        };
        self.shape = Some(shape);
        shape
    }

    /// The elements of an array; `None` when the row holds none.
    fn array(&mut self, row: usize) -> Option<&[T]> {
        (self.read(row) == Shape::Array).then_some(self.elements.as_slice())
    }

    /// The elements of an array, or a plain number.
    fn elements(&mut self, row: usize) -> Option<Elements<'_, T>> {
        match self.read(row) {
            Shape::Array => Some(Elements::Array(&self.elements)),
            Shape::Number => self.elements.first().copied().map(Elements::Number),
            Shape::Other => None,
        }
    }
}

/// Appends an array of reals.
fn write_reals(values: impl IntoIterator<Item = f64>, builder: &mut Builder<'_>) {
    builder.begin_array();
    values.into_iter().for_each(|value| builder.real(value));
    builder.end_array();
}

/// Appends an array of elements.
fn write_elements(elements: impl IntoIterator<Item = Element>, out: &mut String) {
    let mut builder = Builder::new(out);
    builder.begin_array();
    elements.into_iter().for_each(|element| element.write(&mut builder));
    builder.end_array();
}
