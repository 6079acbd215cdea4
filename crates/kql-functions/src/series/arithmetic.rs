//! Arithmetic on two series, element by element.

use arrow::array::ArrayRef;

use super::{Element, Elements, Series, number, series, write_elements};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SERIES_ADD, SERIES_SUBTRACT, SERIES_MULTIPLY, SERIES_DIVIDE, SERIES_POW];

const LEFT: Parameter = series("series1").describe("The first series.");
const RIGHT: Parameter = series("series2").describe("The second series.");
const LEFT_NUMBER: Parameter = number("series1").describe("A number that stands for every element.");
const RIGHT_NUMBER: Parameter = number("series2").describe("A number that stands for every element.");

const RETURNS: &str = "A `long` where both elements are, else a `real`; null where an element is missing or no number, and past the end of the shorter series. Null when neither argument is an array.";

const SERIES_ADD: Function = Function {
    name: "series_add",
    aliases: &[],
    documentation: Documentation {
        summary: "Adds two series element by element, or a number to each element.",
        returns: RETURNS,
        notes: "",
        page: "series-add-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| combine(arguments, add)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| combine(arguments, add)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| combine(arguments, add)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_add(dynamic([1, 2.5]), dynamic([10, 1]))", "[11,3.5]"),
        example("print x = series_add(dynamic([1, null]), 2)", "[3,null]"),
    ],
};

const SERIES_SUBTRACT: Function = Function {
    name: "series_subtract",
    aliases: &[],
    documentation: Documentation {
        summary: "Subtracts the second series from the first element by element; either may be a number.",
        returns: RETURNS,
        notes: "",
        page: "series-subtract-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| combine(arguments, subtract)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| combine(arguments, subtract)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| combine(arguments, subtract)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_subtract(dynamic([5, 2]), dynamic([1, 2]))", "[4,0]"),
        example("print x = series_subtract(10, dynamic([1, 2]))", "[9,8]"),
    ],
};

const SERIES_MULTIPLY: Function = Function {
    name: "series_multiply",
    aliases: &[],
    documentation: Documentation {
        summary: "Multiplies two series element by element, or each element by a number.",
        returns: RETURNS,
        notes: "",
        page: "series-multiply-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| combine(arguments, multiply)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| combine(arguments, multiply)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| combine(arguments, multiply)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_multiply(dynamic([1, 2, 3]), dynamic([4, 5]))", "[4,10,null]")],
};

const SERIES_DIVIDE: Function = Function {
    name: "series_divide",
    aliases: &[],
    documentation: Documentation {
        summary: "Divides the first series by the second element by element; either may be a number.",
        returns: "A `real` each; dividing by zero gives an infinity or not a number, which a dynamic holds as text. Null where an element is missing or no number, and past the end of the shorter series.",
        notes: "",
        page: "series-divide-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| combine(arguments, divide)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| combine(arguments, divide)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| combine(arguments, divide)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_divide(dynamic([1, 3]), dynamic([2, 2]))", "[0.5,1.5]"),
        example("print x = series_divide(dynamic([1, -1]), 0)", "[\"Infinity\",\"-Infinity\"]"),
    ],
};

const SERIES_POW: Function = Function {
    name: "series_pow",
    aliases: &[],
    documentation: Documentation {
        summary: "Raises each element of the first series to the power in the second; either may be a number.",
        returns: "A `real` each; null where an element is missing or no number, and past the end of the shorter series.",
        notes: "",
        page: "series-pow-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| combine(arguments, power)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| combine(arguments, power)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| combine(arguments, power)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_pow(dynamic([4, 3]), dynamic([0.5, 2]))", "[2.0,9.0]"),
        example("print x = series_pow(2, dynamic([3]))", "[8.0]"),
    ],
};

fn add(left: Element, right: Element) -> Element {
    arithmetic(left, right, i64::wrapping_add, |left, right| left + right)
}

fn subtract(left: Element, right: Element) -> Element {
    arithmetic(left, right, i64::wrapping_sub, |left, right| left - right)
}

fn multiply(left: Element, right: Element) -> Element {
    arithmetic(left, right, i64::wrapping_mul, |left, right| left * right)
}

fn divide(left: Element, right: Element) -> Element {
    reals(left, right, |left, right| left / right)
}

fn power(left: Element, right: Element) -> Element {
    reals(left, right, f64::powf)
}

/// In whole numbers where both are.
fn arithmetic(left: Element, right: Element, longs: fn(i64, i64) -> i64, of_reals: fn(f64, f64) -> f64) -> Element {
    match (left, right) {
        (Element::Long(left), Element::Long(right)) => Element::Long(longs(left, right)),
        _ => reals(left, right, of_reals),
    }
}

fn reals(left: Element, right: Element, function: fn(f64, f64) -> f64) -> Element {
    match (left.real(), right.real()) {
        (Some(left), Some(right)) => Element::Real(function(left, right)),
        _ => Element::Missing,
    }
}

/// Applies `function` to the elements of both arguments pair by pair.
fn combine(arguments: &Arguments<'_>, function: fn(Element, Element) -> Element) -> Result<ArrayRef, KernelError> {
    let (mut left, mut right) = (Series::new(arguments, 0)?, Series::new(arguments, 1)?);
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(left), Some(right)) = (left.elements(row), right.elements(row)) else { return Ok(false) };
        if let (Elements::Number(_), Elements::Number(_)) = (left, right) {
            return Ok(false);
        }
        write_elements(pairs(left, right).map(|(left, right)| function(left, right)), out);
        Ok(true)
    })
}

/// The elements of both side by side, as many as the longer has; what the shorter lacks is missing.
pub(super) fn pairs(
    left: Elements<'_, Element>,
    right: Elements<'_, Element>,
) -> impl Iterator<Item = (Element, Element)> {
    (0..left.len().max(right.len())).map(move |index| {
        let at = |side: &Elements<'_, Element>| side.get(index).unwrap_or(Element::Missing);
        (at(&left), at(&right))
    })
}
