//! Parts and orders of arrays: `array_slice`, `array_split`, `array_shift_left`, `array_rotate_left`, `array_reverse`, ….

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::dynamic::{Builder, Dynamic, Kind};

use super::super::{Dynamics, any, array, write_array};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::integer;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    ARRAY_SLICE,
    ARRAY_SPLIT,
    ARRAY_SHIFT_LEFT,
    ARRAY_SHIFT_RIGHT,
    ARRAY_ROTATE_LEFT,
    ARRAY_ROTATE_RIGHT,
    ARRAY_REVERSE,
];

/// Gives each row the array that `write` makes of its elements; null where there is no array or `write` says so.
fn rearrange<'a>(
    arguments: &Arguments<'a>,
    mut write: impl FnMut(usize, &[Dynamic<'a>], &mut String) -> bool,
) -> Result<ArrayRef, KernelError> {
    let arrays = Dynamics::new(arguments, 0)?;
    let mut elements = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let Some(array) = arrays.array(row) else { return Ok(false) };
        elements.clear();
        elements.extend(array.elements());
        Ok(write(row, &elements, out))
    })
}

/// An index counted from the end when it is negative, held within `0..=length`.
fn place(index: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(length).max(0) } else { index.min(length) };
    usize::try_from(index).unwrap_or(0)
}

const ARRAY_SLICE: Function = Function {
    name: "array_slice",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes the elements of an array from one index to another.",
        returns: "An array of the elements from `start` to `end`, both of them in it; null when the value is not an array.",
        notes: "Negative indices count from the end; indices out of bounds are no error.",
        page: "array-slice-function",
    },
    overloads: &[overload!(
        [
            array("array").describe("The array to cut."),
            integer("start").describe("The index of the first element to take."),
            integer("end").describe("The index of the last element to take."),
        ] -> Dynamic,
        array_slice
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_slice(dynamic([1, 2, 3, 4]), 1, 2)", "[2,3]"),
        example("print array_slice(dynamic([1, 2, 3, 4]), -2, -1)", "[3,4]"),
    ],
};

fn array_slice(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (starts, ends) = (arguments.primitives::<Int64Type>(1)?, arguments.primitives::<Int64Type>(2)?);
    rearrange(arguments, |row, elements, out| {
        let (Some(start), Some(end)) = (starts.get(row), ends.get(row)) else { return false };
        let length = elements.len();
        // The end is in the slice; one before the first element leaves nothing.
        let before_first = end < 0 && end.unsigned_abs() > length as u64;
        let end = if before_first { 0 } else { place(end, length).saturating_add(1).min(length) };
        write_array(elements.get(place(start, length)..end).unwrap_or_default().iter().copied(), out);
        true
    })
}

const ARRAY_SPLIT: Function = Function {
    name: "array_split",
    aliases: &[],
    documentation: Documentation {
        summary: "Splits an array at one index or at several.",
        returns: "An array of arrays, one more than there are indices; null when the first argument is not an array.",
        notes: "A part begins at its index. Negative indices count from the end.",
        page: "array-split-function",
    },
    overloads: &[
        overload!(
            [array("array").describe("The array to split."), integer("index").describe("Where the second part begins.")]
                -> Dynamic,
            array_split_once
        ),
        overload!(
            [array("array").describe("The array to split."), array("indices").describe("Where further parts begin.")]
                -> Dynamic,
            array_split
        ),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_split(dynamic([1, 2, 3]), 1)", "[[1],[2,3]]"),
        example("print array_split(dynamic([1, 2, 3, 4]), dynamic([1, -1]))", "[[1],[2,3],[4]]"),
    ],
};

fn array_split_once(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let indices = arguments.primitives::<Int64Type>(1)?;
    rearrange(arguments, |row, elements, out| {
        let Some(index) = indices.get(row) else { return false };
        write_parts(elements, std::iter::once(index), out);
        true
    })
}

fn array_split(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let indices = Dynamics::new(arguments, 1)?;
    rearrange(arguments, |row, elements, out| {
        let Some(indices) = indices.array(row) else { return false };
        let Some(indices) = indices.elements().map(Dynamic::to_long).collect::<Option<Vec<i64>>>() else {
            return false;
        };
        write_parts(elements, indices.into_iter(), out);
        true
    })
}

fn write_parts(elements: &[Dynamic<'_>], indices: impl Iterator<Item = i64>, out: &mut String) {
    let length = elements.len();
    out.push('[');
    let mut from = 0;
    for index in indices {
        let to = place(index, length).max(from);
        write_array(elements.get(from..to).unwrap_or_default().iter().copied(), out);
        out.push(',');
        from = to;
    }
    write_array(elements.get(from..).unwrap_or_default().iter().copied(), out);
    out.push(']');
}

const ARRAY_SHIFT_LEFT: Function = Function {
    name: "array_shift_left",
    aliases: &[],
    documentation: Documentation {
        summary: "Moves the elements of an array towards its beginning.",
        returns: "An array of the same length; the elements at the end are the default value. Null when the value is not an array.",
        notes: "Without a default value it is null, for an array of strings the empty string. A negative count moves the other way.",
        page: "array-shift-left-function",
    },
    overloads: &[overload!(
        [
            array("array").describe("The array."),
            integer("shift_count").describe("By how many places."),
            any("default_value").optional().describe("What stands in the places left empty."),
        ] -> Dynamic,
        |arguments| array_shift(arguments, |count| count)
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_shift_left(dynamic([1, 2, 3]), 1)", "[2,3,null]"),
        example("print array_shift_left(dynamic([1, 2, 3]), 2, 0)", "[3,0,0]"),
    ],
};

const ARRAY_SHIFT_RIGHT: Function = Function {
    name: "array_shift_right",
    aliases: &[],
    documentation: Documentation {
        summary: "Moves the elements of an array towards its end.",
        returns: "An array of the same length; the elements at the beginning are the default value. Null when the value is not an array.",
        notes: "Without a default value it is null, for an array of strings the empty string. A negative count moves the other way.",
        page: "array-shift-right-function",
    },
    overloads: &[overload!(
        [
            array("array").describe("The array."),
            integer("shift_count").describe("By how many places."),
            any("default_value").optional().describe("What stands in the places left empty."),
        ] -> Dynamic,
        |arguments| array_shift(arguments, i64::saturating_neg)
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_shift_right(dynamic([1, 2, 3]), 1)", "[null,1,2]"),
        example("print array_shift_right(dynamic(['a', 'b']), 1)", "[\"\",\"a\"]"),
    ],
};

/// Shifts to the left by what `direction` makes of the count.
fn array_shift(arguments: &Arguments<'_>, direction: fn(i64) -> i64) -> Result<ArrayRef, KernelError> {
    let counts = arguments.primitives::<Int64Type>(1)?;
    let defaults = if arguments.len() > 2 { Some(Dynamics::new(arguments, 2)?) } else { None };
    rearrange(arguments, |row, elements, out| {
        let Some(count) = counts.get(row).map(direction) else { return false };
        let default = match &defaults {
            Some(defaults) => defaults.value(row),
            None if elements.first().is_some_and(|first| first.kind() == Kind::String) => Dynamic::new("\"\""),
            None => Dynamic::null(),
        };
        let length = elements.len();
        let empty = usize::try_from(count.unsigned_abs()).unwrap_or(length).min(length);
        let defaults = std::iter::repeat_n(default, empty);
        let mut builder = Builder::new(out);
        builder.begin_array();
        if count >= 0 {
            elements.iter().skip(empty).for_each(|element| builder.raw(*element));
            defaults.for_each(|default| builder.dynamic(default));
        } else {
            defaults.for_each(|default| builder.dynamic(default));
            elements.iter().take(length - empty).for_each(|element| builder.raw(*element));
        }
        builder.end_array();
        true
    })
}

const ARRAY_ROTATE_LEFT: Function = Function {
    name: "array_rotate_left",
    aliases: &[],
    documentation: Documentation {
        summary: "Rotates the elements of an array towards its beginning.",
        returns: "The array with its first elements moved behind the others; null when the value is not an array.",
        notes: "A negative count rotates the other way.",
        page: "array-rotate-left-function",
    },
    overloads: &[overload!(
        [array("array").describe("The array."), integer("rotate_count").describe("By how many places.")] -> Dynamic,
        |arguments| array_rotate(arguments, |count, length| count.rem_euclid(length))
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_rotate_left(dynamic([1, 2, 3, 4]), 1)", "[2,3,4,1]"),
        example("print array_rotate_left(dynamic([1, 2, 3, 4]), -1)", "[4,1,2,3]"),
    ],
};

const ARRAY_ROTATE_RIGHT: Function = Function {
    name: "array_rotate_right",
    aliases: &[],
    documentation: Documentation {
        summary: "Rotates the elements of an array towards its end.",
        returns: "The array with its last elements moved before the others; null when the value is not an array.",
        notes: "A negative count rotates the other way.",
        page: "array-rotate-right-function",
    },
    overloads: &[overload!(
        [array("array").describe("The array."), integer("rotate_count").describe("By how many places.")] -> Dynamic,
        |arguments| array_rotate(arguments, |count, length| (-count.rem_euclid(length)).rem_euclid(length))
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_rotate_right(dynamic([1, 2, 3, 4]), 1)", "[4,1,2,3]"),
        example("print array_rotate_right(dynamic([1, 2, 3, 4]), 6)", "[3,4,1,2]"),
    ],
};

/// Rotates to the left by what `places` makes of the count and the length, which is not zero.
fn array_rotate(arguments: &Arguments<'_>, places: fn(i64, i64) -> i64) -> Result<ArrayRef, KernelError> {
    let counts = arguments.primitives::<Int64Type>(1)?;
    rearrange(arguments, |row, elements, out| {
        let Some(count) = counts.get(row) else { return false };
        let length = i64::try_from(elements.len()).unwrap_or(i64::MAX).max(1);
        let first = usize::try_from(places(count, length)).unwrap_or(0);
        write_array(elements.iter().skip(first).chain(elements.iter().take(first)).copied(), out);
        true
    })
}

const ARRAY_REVERSE: Function = Function {
    name: "array_reverse",
    aliases: &[],
    documentation: Documentation {
        summary: "Turns the order of an array round.",
        returns: "The array from its last element to its first; null when the value is not an array.",
        notes: "",
        page: "array-reverse-function",
    },
    overloads: &[overload!([array("value").describe("The array.")] -> Dynamic, array_reverse)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_reverse(dynamic([1, 'a', [2, 3]]))", "[[2,3],\"a\",1]"),
        example("print isnull(array_reverse(dynamic('abc')))", "True"),
    ],
};

fn array_reverse(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    rearrange(arguments, |_, elements, out| {
        write_array(elements.iter().rev().copied(), out);
        true
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, long, longs, overload, show};

    #[test]
    fn slices() {
        let array = dynamic("[1,2,3,4,5]");
        let slice = |start: i64, end: i64| call("array_slice", &[array.clone(), long(start), long(end)]);
        assert_eq!(slice(1, 3), "[2,3,4]");
        assert_eq!(slice(0, 0), "[1]");
        assert_eq!(slice(-3, -2), "[3,4]");
        assert_eq!(slice(0, 100), "[1,2,3,4,5]");
        assert_eq!(slice(-100, 1), "[1,2]");
        assert_eq!(slice(3, 1), "[]");
        assert_eq!(slice(0, -6), "[]");
        assert_eq!(slice(i64::MIN, i64::MIN), "[]");
        assert_eq!(slice(i64::MAX, i64::MAX), "[]");
        assert_eq!(call("array_slice", &[dynamics(&[None, Some("{}")]), long(0), long(1)]), "null|null");
    }

    #[test]
    fn splits() {
        let array = dynamic("[1,2,3,4]");
        assert_eq!(
            call("array_split", &[array.clone(), longs(&[Some(0), Some(-1), Some(9), None])]),
            "[[],[1,2,3,4]]|[[1,2,3],[4]]|[[1,2,3,4],[]]|null"
        );
        let indices = dynamics(&[Some("[1,3]"), Some("[]"), Some("[3,1]"), Some("[\"x\"]"), None]);
        assert_eq!(
            show(overload("array_split", 1, &[array, indices])),
            "[[1],[2,3],[4]]|[[1,2,3,4]]|[[1,2,3],[],[4]]|null|null"
        );
    }

    #[test]
    fn shifts_and_rotations() {
        let array = dynamic("[1,2,3]");
        let counts = longs(&[Some(1), Some(-1), Some(7), Some(i64::MIN), None]);
        assert_eq!(
            call("array_shift_left", &[array.clone(), counts.clone()]),
            "[2,3,null]|[null,1,2]|[null,null,null]|[null,null,null]|null"
        );
        assert_eq!(
            call("array_shift_right", &[array.clone(), counts.clone(), dynamic("0")]),
            "[0,1,2]|[2,3,0]|[0,0,0]|[0,0,0]|null"
        );
        assert_eq!(call("array_rotate_left", &[array.clone(), counts.clone()]), "[2,3,1]|[3,1,2]|[2,3,1]|[2,3,1]|null");
        assert_eq!(call("array_rotate_right", &[array, counts]), "[3,1,2]|[2,3,1]|[3,1,2]|[3,1,2]|null");
        assert_eq!(call("array_rotate_left", &[dynamic("[]"), long(3)]), "[]");
        assert_eq!(call("array_shift_left", &[dynamic("[\"a\",\"b\"]"), long(1)]), "[\"b\",\"\"]");
    }

    #[test]
    fn reversed() {
        assert_eq!(call("array_reverse", &[dynamics(&[Some("[1,[2]]"), Some("[]"), Some("1")])]), "[[2],1]|[]|null");
    }
}
