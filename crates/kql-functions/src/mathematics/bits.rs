//! Bits of whole numbers.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;

use crate::columnar::{binary, binary_optional, unary};
use crate::documentation::example;
use crate::overload::{integer, overload};
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result = std::result::Result<ArrayRef, KernelError>;

/// A function of one or two whole numbers.
macro_rules! of_bits {
    ($name:literal, [$($parameter:literal),*], $kernel:expr, $page:literal, $summary:literal, $notes:literal, [$($example:expr),*]) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: $summary,
                returns: "A `long`; null when an argument is null.",
                notes: $notes,
                page: $page,
            },
            overloads: &[overload!([$(integer($parameter).describe("A whole number.")),*] -> Long, $kernel)],
            result_name: ResultName::FirstArgument,
            deterministic: true,
            examples: &[$($example),*],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    of_bits!(
        "binary_and",
        ["value1", "value2"],
        |a| pairs(a, |left, right| left & right),
        "binary-and-function",
        "Gives the bits that are set in both numbers.",
        "",
        [example("print binary_and(6, 3)", "2"), example("print binary_and(-1, 255)", "255")]
    ),
    of_bits!(
        "binary_or",
        ["value1", "value2"],
        |a| pairs(a, |left, right| left | right),
        "binary-or-function",
        "Gives the bits that are set in one of the numbers or both.",
        "",
        [example("print binary_or(5, 3)", "7"), example("print binary_or(0, 0)", "0")]
    ),
    of_bits!(
        "binary_xor",
        ["value1", "value2"],
        |a| pairs(a, |left, right| left ^ right),
        "binary-xor-function",
        "Gives the bits that are set in one of the numbers alone.",
        "",
        [example("print binary_xor(5, 3)", "6"), example("print binary_xor(7, 7)", "0")]
    ),
    of_bits!(
        "binary_not",
        ["value"],
        |a| unary::<Int64Type, Int64Type>(a, |value| !value),
        "binary-not-function",
        "Turns every bit of a number round.",
        "",
        [example("print binary_not(100)", "-101"), example("print binary_not(-1)", "0")]
    ),
    of_bits!(
        "binary_shift_left",
        ["value", "shift"],
        |a| shifted(a, i64::wrapping_shl),
        "binary-shift-left-function",
        "Moves the bits of a number up.",
        "The shift is taken modulo 64; a negative one gives null.",
        [example("print binary_shift_left(1, 4)", "16"), example("print binary_shift_left(1, -1)", "")]
    ),
    of_bits!(
        "binary_shift_right",
        ["value", "shift"],
        |a| shifted(a, i64::wrapping_shr),
        "binary-shift-right-function",
        "Moves the bits of a number down, keeping its sign.",
        "The shift is taken modulo 64; a negative one gives null.",
        [example("print binary_shift_right(16, 3)", "2"), example("print binary_shift_right(1, 2)", "0")]
    ),
    of_bits!(
        "bitset_count_ones",
        ["value"],
        |a| unary::<Int64Type, Int64Type>(a, |value| i64::from(value.count_ones())),
        "bitset-count-ones-function",
        "Counts the bits that are set in a number.",
        "",
        [example("print bitset_count_ones(42)", "3"), example("print bitset_count_ones(-1)", "64")]
    ),
];

fn pairs(arguments: &Arguments<'_>, operation: impl Fn(i64, i64) -> i64) -> Result {
    binary::<Int64Type, Int64Type, Int64Type>(arguments, operation)
}

fn shifted(arguments: &Arguments<'_>, shift: impl Fn(i64, u32) -> i64) -> Result {
    binary_optional::<Int64Type, Int64Type, Int64Type>(arguments, |value, by| {
        // Both shifts wrap at 64 by themselves.
        let by = u32::try_from(by.checked_rem(64)?).ok()?;
        Some(shift(value, by))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, long, longs};

    #[test]
    fn shifts_wrap_at_the_width() {
        let values = longs(&[Some(1), Some(-8), None]);
        assert_eq!(call("binary_shift_left", &[values.clone(), long(65)]), "2|-16|null");
        assert_eq!(call("binary_shift_right", &[values.clone(), long(1)]), "0|-4|null");
        assert_eq!(call("binary_shift_right", &[values, long(-3)]), "null|null|null");
        assert_eq!(call("binary_and", &[long(i64::MIN), long(-1)]), i64::MIN.to_string());
    }
}
