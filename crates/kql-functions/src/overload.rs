//! Shorthand for writing signatures beside their kernels.

use kql_types::ScalarType;

use crate::signature::parameter_of;
use crate::{Parameter, ParameterType, PassedAs};

/// `overload!([parameters] -> Type, kernel)`: an [`Overload`](crate::Overload) whose result has one fixed type.
macro_rules! overload {
    ([$($parameter:expr),* $(,)?] -> $returns:ident, $kernel:expr) => {
        $crate::function::Overload {
            parameters: &[$($parameter),*],
            returns: $crate::signature::ReturnType::Type(::kql_types::ScalarType::$returns),
            kernel: $crate::function::Kernel::Vectorized($kernel),
        }
    };
}

/// `unavailable!([parameters] -> Type, "why")`: a signature that binds and is refused when run.
macro_rules! unavailable {
    ([$($parameter:expr),* $(,)?] -> $returns:ident, $why:expr) => {
        $crate::function::Overload {
            parameters: &[$($parameter),*],
            returns: $crate::signature::ReturnType::Type(::kql_types::ScalarType::$returns),
            kernel: $crate::function::Kernel::Unavailable($why),
        }
    };
}

/// `several!([parameters] -> COLUMNS, kernel)`: an [`Overload`](crate::Overload) that gives several columns.
macro_rules! several {
    ([$($parameter:expr),* $(,)?] -> $columns:expr, $kernel:expr) => {
        $crate::function::Overload {
            parameters: &[$($parameter),*],
            returns: $crate::signature::ReturnType::Columns($columns),
            kernel: $crate::function::Kernel::Vectorized($kernel),
        }
    };
}

pub(crate) use {overload, several, unavailable};

/// `int`, `long` or `real`: the numbers that reach a kernel as `real` when one of them is.
pub(crate) const REAL_OR_INTEGER: &[ScalarType] = &[ScalarType::Int, ScalarType::Long, ScalarType::Real];

/// A parameter of exactly one of these types: nothing but numbers and `dynamic` converts implicitly, and those have
/// overloads of their own.
pub(crate) const fn exactly(name: &'static str, types: &'static [ScalarType]) -> Parameter {
    parameter_of(name, ParameterType::OneOf(types))
}

/// A string, or a `dynamic` that reaches the kernel as its text.
pub(crate) const fn text(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::StringOrDynamic).passed_as(PassedAs::Converted(ScalarType::String))
}

/// A `datetime`.
pub(crate) const fn datetime(name: &'static str) -> Parameter {
    exactly(name, &[ScalarType::DateTime])
}

/// A `timespan`.
pub(crate) const fn timespan(name: &'static str) -> Parameter {
    exactly(name, &[ScalarType::TimeSpan])
}

/// A `dynamic`.
pub(crate) const fn dynamic(name: &'static str) -> Parameter {
    exactly(name, &[ScalarType::Dynamic])
}

/// A `dynamic` that reaches the kernel converted to this type.
pub(crate) const fn dynamic_as(name: &'static str, scalar_type: ScalarType) -> Parameter {
    dynamic(name).passed_as(PassedAs::Converted(scalar_type))
}

/// An `int` or `long` that reaches the kernel as a `long`.
pub(crate) const fn integer(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Integer).passed_as(PassedAs::Converted(ScalarType::Long))
}

/// An `int`, `long` or `real` that reaches the kernel as a `real`.
pub(crate) const fn real(name: &'static str) -> Parameter {
    exactly(name, REAL_OR_INTEGER).passed_as(PassedAs::Converted(ScalarType::Real))
}

/// Any number; it reaches the kernel as a `decimal`.
pub(crate) const fn number_as_decimal(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Decimal))
}

/// Any number; it reaches the kernel as a `real`.
pub(crate) const fn number_as_real(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Real))
}
