//! Operators, each under its symbol as a function.

use kql_types::ScalarType;

use crate::signature::parameter_of;
use crate::{Function, Parameter, ParameterType, PassedAs};

mod arithmetic;
mod comparison;
pub mod decimal;
mod dynamic_number;
mod logic;
pub mod needle;
mod sets;
mod string_match;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    arithmetic::FUNCTIONS,
    comparison::FUNCTIONS,
    logic::FUNCTIONS,
    string_match::FUNCTIONS,
    sets::membership::FUNCTIONS,
    sets::terms::FUNCTIONS,
];

/// `int`, `long` or `real`: the numbers that reach a kernel as `real` when one of them is.
const REAL_OR_INTEGER: &[ScalarType] = &[ScalarType::Int, ScalarType::Long, ScalarType::Real];

/// An operand of exactly this type: operators convert nothing implicitly but numbers and `dynamic`, and those
/// have overloads of their own.
const fn exactly(name: &'static str, types: &'static [ScalarType]) -> Parameter {
    parameter_of(name, ParameterType::OneOf(types))
}

/// A string, or a `dynamic` that reaches the kernel as its text.
const fn text(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::StringOrDynamic).passed_as(PassedAs::Converted(ScalarType::String))
}

const fn datetime(name: &'static str) -> Parameter {
    exactly(name, &[ScalarType::DateTime])
}

const fn timespan(name: &'static str) -> Parameter {
    exactly(name, &[ScalarType::TimeSpan])
}

const fn dynamic(name: &'static str) -> Parameter {
    exactly(name, &[ScalarType::Dynamic])
}

/// A `dynamic` that reaches the kernel converted to this type.
const fn dynamic_as(name: &'static str, scalar_type: ScalarType) -> Parameter {
    dynamic(name).passed_as(PassedAs::Converted(scalar_type))
}

/// An `int` or `long` that reaches the kernel as a `long`.
const fn integer(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Integer).passed_as(PassedAs::Converted(ScalarType::Long))
}

/// An `int`, `long` or `real` that reaches the kernel as a `real`.
const fn real(name: &'static str) -> Parameter {
    exactly(name, REAL_OR_INTEGER).passed_as(PassedAs::Converted(ScalarType::Real))
}

/// Any number; it reaches the kernel as a `decimal`.
const fn number_as_decimal(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Decimal))
}

/// Any number; it reaches the kernel as a `real`.
const fn number_as_real(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Real))
}
