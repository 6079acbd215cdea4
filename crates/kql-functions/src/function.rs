//! Scalar functions and operators: one static item each.

use std::fmt;

use arrow::array::ArrayRef;
use kql_types::ScalarType;

use crate::{Arguments, Documentation, Example, Parameter, ResultName, ReturnType};

/// A scalar function, or an operator such as `==` under its symbol. Its identity is its name.
#[derive(Debug)]
pub struct Function {
    pub name: &'static str,
    /// Other names, deprecated ones among them.
    pub aliases: &'static [Alias],
    pub documentation: Documentation,
    /// Tried in order; the first whose parameters take the arguments without conversion wins, else the first that takes them with one.
    pub overloads: &'static [Overload],
    pub result_name: ResultName,
    /// Gives the same value for the same arguments; `rand` and `new_guid` do not.
    pub deterministic: bool,
    pub examples: &'static [Example],
}

/// Another name of a function.
#[derive(Debug)]
pub struct Alias {
    pub name: &'static str,
    /// Using it earns a deprecation warning.
    pub deprecated: bool,
}

/// One signature with its kernel. In plans it is named `name(type, …)`, so overloads are told apart by name.
#[derive(Debug)]
pub struct Overload {
    pub parameters: &'static [Parameter],
    pub returns: ReturnType,
    pub kernel: Kernel,
}

/// How an overload is computed.
#[derive(Clone, Copy)]
pub enum Kernel {
    /// On whole arrays.
    Vectorized(fn(&Arguments<'_>) -> Result<ArrayRef, KernelError>),
    /// On the columns of all rows at once, in order: a window function, for serialized tables. Every argument comes
    /// as an array.
    Window(fn(&Arguments<'_>) -> Result<ArrayRef, KernelError>),
    /// Known by signature only: a query that calls it binds and is refused by name when run. The text says why.
    Unavailable(&'static str),
    /// As [`Kernel::Unavailable`], as it speaks of what only the service has.
    CloudOnly,
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kernel::Vectorized(_) => "Vectorized",
            Kernel::Window(_) => "Window",
            Kernel::Unavailable(_) => "Unavailable",
            Kernel::CloudOnly => "CloudOnly",
        })
    }
}

impl Overload {
    /// The types of the arguments as they reach the kernel decide its Arrow output; this is that KQL type.
    pub fn return_type(&self, arguments: &[ScalarType]) -> Option<ScalarType> {
        match self.returns {
            ReturnType::Type(scalar_type) => Some(scalar_type),
            ReturnType::Parameter(at) => arguments.get(at).copied(),
            ReturnType::Promoted(at) => arguments
                .get(at)
                .map(|scalar_type| if *scalar_type == ScalarType::Int { ScalarType::Long } else { *scalar_type }),
            ReturnType::Widest => arguments.iter().copied().filter(|t| t.is_number()).max(),
            ReturnType::Computed(compute) => Some(compute(arguments)),
            ReturnType::Columns(_) | ReturnType::ColumnEach(_) => Some(ScalarType::Dynamic),
            ReturnType::Common | ReturnType::CommonNonDynamic | ReturnType::Literal(_) => None,
        }
    }
}

/// Why a kernel could not answer: one sentence, without place (the caller knows it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelError(pub String);

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KernelError {}

impl From<arrow::error::ArrowError> for KernelError {
    fn from(error: arrow::error::ArrowError) -> KernelError {
        KernelError(error.to_string())
    }
}
