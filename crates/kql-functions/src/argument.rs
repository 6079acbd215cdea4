//! The arguments that a kernel gets: whole arrays and constants, read by type.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::ArrowPrimitiveType;

use crate::KernelError;

/// One argument of a kernel.
#[derive(Clone, Debug)]
pub enum Argument {
    /// One value a row.
    Array(ArrayRef),
    /// The same value for every row: an array of length one.
    Constant(ArrayRef),
}

impl Argument {
    /// The array behind it: `rows` long, or of length one for a constant.
    pub fn array(&self) -> &ArrayRef {
        match self {
            Argument::Array(array) | Argument::Constant(array) => array,
        }
    }

    /// Whether it is the same for every row.
    pub fn is_constant(&self) -> bool {
        matches!(self, Argument::Constant(_))
    }
}

/// The arguments of one kernel call. When all are constant, `rows` is 1.
#[derive(Debug)]
pub struct Arguments<'a> {
    arguments: &'a [Argument],
    rows: usize,
}

impl<'a> Arguments<'a> {
    /// Arguments for `rows` rows; every array is that long.
    pub fn new(arguments: &'a [Argument], rows: usize) -> Arguments<'a> {
        Arguments { arguments, rows }
    }

    /// How many values the kernel must give.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.arguments.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.arguments.is_empty()
    }

    /// All arguments.
    pub fn iter(&self) -> impl Iterator<Item = &'a Argument> {
        self.arguments.iter()
    }

    /// The argument at a position.
    pub fn get(&self, position: usize) -> Result<&'a Argument, KernelError> {
        self.arguments.get(position).ok_or_else(|| KernelError(format!("argument {} is missing", position + 1)))
    }

    /// A `string` or `dynamic` argument. Nulls of a string read as the empty string.
    pub fn strings(&self, position: usize) -> Result<Strings<'a>, KernelError> {
        let argument = self.get(position)?;
        let array = argument.array().as_string_view_opt().ok_or_else(|| wrong_type(position, argument))?;
        Ok(Strings { array, constant: argument.is_constant() })
    }

    /// A `bool` argument.
    pub fn bools(&self, position: usize) -> Result<Bools<'a>, KernelError> {
        let argument = self.get(position)?;
        let array = argument.array().as_boolean_opt().ok_or_else(|| wrong_type(position, argument))?;
        Ok(Bools { array, constant: argument.is_constant() })
    }

    /// An `int`, `long`, `real`, `datetime` or `timespan` argument, by its Arrow type.
    pub fn primitives<T: ArrowPrimitiveType>(&self, position: usize) -> Result<Primitives<'a, T>, KernelError> {
        let argument = self.get(position)?;
        let array = argument.array().as_primitive_opt::<T>().ok_or_else(|| wrong_type(position, argument))?;
        Ok(Primitives { array, constant: argument.is_constant() })
    }

    /// A `guid` argument.
    pub fn guids(&self, position: usize) -> Result<Guids<'a>, KernelError> {
        let argument = self.get(position)?;
        let array = argument.array().as_fixed_size_binary_opt().ok_or_else(|| wrong_type(position, argument))?;
        Ok(Guids { array, constant: argument.is_constant() })
    }

    /// The argument as an array of `rows` values; a constant is repeated.
    pub fn expanded(&self, position: usize) -> Result<ArrayRef, KernelError> {
        let argument = self.get(position)?;
        match argument {
            Argument::Array(array) => Ok(array.clone()),
            Argument::Constant(array) => {
                let indices = arrow::array::UInt32Array::from(vec![0; self.rows]);
                Ok(arrow::compute::take(array, &indices, None)?)
            }
        }
    }
}

fn wrong_type(position: usize, argument: &Argument) -> KernelError {
    KernelError(format!("argument {} has the unexpected type {}", position + 1, argument.array().data_type()))
}

/// A `string` or `dynamic` argument, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Strings<'a> {
    array: &'a StringViewArray,
    constant: bool,
}

impl<'a> Strings<'a> {
    /// The text of a row; a null is the empty string.
    pub fn value(&self, row: usize) -> &'a str {
        self.get(row).unwrap_or("")
    }

    /// The text of a row; a null (of a `dynamic`) is `None`.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        let row = if self.constant { 0 } else { row };
        (!self.array.is_null(row)).then(|| self.array.value(row))
    }

    /// The array itself, of length one when the argument is constant.
    pub fn array(&self) -> &'a StringViewArray {
        self.array
    }

    /// Whether it is the same for every row.
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// The one text of a constant; `None` when it differs by row.
    pub fn constant(&self) -> Option<&'a str> {
        self.constant.then(|| self.value(0))
    }
}

/// A `bool` argument, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Bools<'a> {
    array: &'a BooleanArray,
    constant: bool,
}

impl Bools<'_> {
    /// The value of a row.
    pub fn get(&self, row: usize) -> Option<bool> {
        let row = if self.constant { 0 } else { row };
        (!self.array.is_null(row)).then(|| self.array.value(row))
    }
}

/// A `guid` argument, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Guids<'a> {
    array: &'a FixedSizeBinaryArray,
    constant: bool,
}

impl<'a> Guids<'a> {
    /// The sixteen bytes of a row.
    pub fn get(&self, row: usize) -> Option<&'a [u8; 16]> {
        let row = if self.constant { 0 } else { row };
        if self.array.is_null(row) { None } else { self.array.value(row).try_into().ok() }
    }
}

/// A number or time argument, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Primitives<'a, T: ArrowPrimitiveType> {
    array: &'a PrimitiveArray<T>,
    constant: bool,
}

impl<'a, T: ArrowPrimitiveType> Primitives<'a, T> {
    /// The value of a row.
    pub fn get(&self, row: usize) -> Option<T::Native> {
        let row = if self.constant { 0 } else { row };
        (!self.array.is_null(row)).then(|| self.array.value(row))
    }

    /// The array itself, of length one when the argument is constant.
    pub fn array(&self) -> &'a PrimitiveArray<T> {
        self.array
    }

    /// The one value of a constant; the outer `None` means that it differs by row.
    pub fn constant(&self) -> Option<Option<T::Native>> {
        self.constant.then(|| self.get(0))
    }
}
