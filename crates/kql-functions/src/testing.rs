//! How the unit tests of kernels call them and show what comes out.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, StringViewArray};
use kql_types::Value;

use crate::function::Kernel;
use crate::{Argument, Arguments, FunctionRef, KernelError, ReturnType, function};

/// A column of strings.
pub(crate) fn strings(values: &[&str]) -> Argument {
    Argument::Array(Arc::new(StringViewArray::from_iter_values(values)))
}

/// A column of `dynamic` values as JSON text; `None` is null.
pub(crate) fn dynamics(values: &[Option<&str>]) -> Argument {
    Argument::Array(Arc::new(values.iter().copied().collect::<StringViewArray>()))
}

/// A column of longs.
pub(crate) fn longs(values: &[Option<i64>]) -> Argument {
    Argument::Array(Arc::new(values.iter().copied().collect::<Int64Array>()))
}

/// A constant string.
pub(crate) fn text(value: &str) -> Argument {
    Argument::Constant(Value::String(value.to_owned()).to_array())
}

/// A constant long.
pub(crate) fn long(value: i64) -> Argument {
    Argument::Constant(Value::Long(value).to_array())
}

/// A constant `dynamic`, given as JSON text.
pub(crate) fn dynamic(json: &str) -> Argument {
    Argument::Constant(Value::Dynamic(json.to_owned()).to_array())
}

/// What the overload at `position` of a function gives.
pub(crate) fn overload(name: &str, position: usize, arguments: &[Argument]) -> Result<ArrayRef, KernelError> {
    let (function, _) = function(name).expect("the function exists");
    let Kernel::Vectorized(kernel) = function.overloads[position].kernel else { panic!("{name} has no kernel") };
    let columns = arguments.iter().filter(|argument| !argument.is_constant());
    let rows = columns.map(|argument| argument.array().len()).max().unwrap_or(1);
    kernel(&Arguments::new(arguments, rows))
}

/// What an overload gives, named as plans name it; checks what every kernel owes its caller.
pub(crate) fn call_overload(name: &str, arguments: &[Argument], rows: usize) -> ArrayRef {
    let reference = FunctionRef::from_name(name).unwrap_or_else(|| panic!("no overload is named {name}"));
    let Kernel::Vectorized(kernel) = reference.overload.kernel else { panic!("{name} has no kernel") };
    let result = kernel(&Arguments::new(arguments, rows)).expect("the kernel answers");
    assert_eq!(result.len(), rows, "{name} must give one value a row");
    if let ReturnType::Type(scalar_type) = reference.overload.returns {
        assert_eq!(*result.data_type(), scalar_type.arrow_type(), "{name} must give its type");
    }
    result
}

/// A stream of chance for tests that compare a quick way with a plain one; the same for the same seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// A number below `limit`, which is not 0 (SplitMix64).
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// One of these.
    pub(crate) fn pick<'p, T>(&mut self, from: &'p [T]) -> &'p T {
        &from[self.below(from.len())]
    }

    /// A text of fewer than `limit` characters out of a few, so that texts often hold each other; often empty.
    pub(crate) fn text(&mut self, limit: usize) -> String {
        const CHARACTERS: [char; 16] =
            ['a', 'A', 'b', 'B', 'a', 'k', 's', '1', ' ', '.', '-', '_', 'é', 'É', '\u{212a}', '😀'];
        // Most texts are ASCII alone, as most texts are.
        let characters = if self.below(3) == 0 { &CHARACTERS[..] } else { &CHARACTERS[..12] };
        (0..self.below(limit)).map(|_| *self.pick(characters)).collect()
    }
}

/// The rows that the first overload of a function gives, each as text between bars; a null is `null`.
pub(crate) fn call(name: &str, arguments: &[Argument]) -> String {
    show(overload(name, 0, arguments))
}

/// Rows as text between bars; a null is `null`, an error its message.
pub(crate) fn show(result: Result<ArrayRef, KernelError>) -> String {
    let array = match result {
        Ok(array) => array,
        Err(error) => return format!("error: {error}"),
    };
    let options = arrow::util::display::FormatOptions::default().with_null("null");
    let formatter = arrow::util::display::ArrayFormatter::try_new(&array, &options).expect("the type has a form");
    let rows: Vec<String> = (0..array.len()).map(|row| formatter.value(row).to_string()).collect();
    rows.join("|")
}
