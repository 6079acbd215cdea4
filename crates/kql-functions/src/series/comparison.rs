//! Comparison of two series, element by element.

use std::cmp::Ordering;

use arrow::array::ArrayRef;
use kql_types::dynamic::Builder;

use super::arithmetic::pairs;
use super::{Element, Elements, Series, number, series};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[SERIES_EQUALS, SERIES_NOT_EQUALS, SERIES_LESS, SERIES_LESS_EQUALS, SERIES_GREATER, SERIES_GREATER_EQUALS];

const LEFT: Parameter = series("series1").describe("The first series.");
const RIGHT: Parameter = series("series2").describe("The second series.");
const LEFT_NUMBER: Parameter = number("series1").describe("A number that stands for every element.");
const RIGHT_NUMBER: Parameter = number("series2").describe("A number that stands for every element.");

const RETURNS: &str = "An array of bools; null where an element is missing or no number, and past the end of the shorter series. Null when neither argument is an array.";

const SERIES_EQUALS: Function = Function {
    name: "series_equals",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells for each element of the first series whether it is equal to that of the second; either may be a number.",
        returns: RETURNS,
        notes: "",
        page: "series-equals-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_eq, false)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| compare(arguments, Ordering::is_eq, false)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_eq, false)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_equals(dynamic([1, 2, 3]), dynamic([4, 2.0]))", "[false,true,null]")],
};

const SERIES_NOT_EQUALS: Function = Function {
    name: "series_not_equals",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells for each element of the first series whether it differs from that of the second; either may be a number.",
        returns: RETURNS,
        notes: "",
        page: "series-not-equals-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_ne, true)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| compare(arguments, Ordering::is_ne, true)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_ne, true)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_not_equals(dynamic([1, 2, 3]), dynamic([4, 2.0]))", "[true,false,null]")],
};

const SERIES_LESS: Function = Function {
    name: "series_less",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells for each element of the first series whether it is less than that of the second; either may be a number.",
        returns: RETURNS,
        notes: "",
        page: "series-less-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_lt, false)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| compare(arguments, Ordering::is_lt, false)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_lt, false)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_less(dynamic([1, 2, 3]), dynamic([4, 2.0]))", "[true,false,null]")],
};

const SERIES_LESS_EQUALS: Function = Function {
    name: "series_less_equals",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells for each element of the first series whether it is at most that of the second; either may be a number.",
        returns: RETURNS,
        notes: "",
        page: "series-less-equals-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_le, false)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| compare(arguments, Ordering::is_le, false)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_le, false)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_less_equals(dynamic([1, 2, 3]), dynamic([4, 2.0]))", "[true,true,null]")],
};

const SERIES_GREATER: Function = Function {
    name: "series_greater",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells for each element of the first series whether it is greater than that of the second; either may be a number.",
        returns: RETURNS,
        notes: "",
        page: "series-greater-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_gt, false)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| compare(arguments, Ordering::is_gt, false)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_gt, false)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_greater(dynamic([1, 2, 3]), dynamic([4, 2.0]))", "[false,false,null]")],
};

const SERIES_GREATER_EQUALS: Function = Function {
    name: "series_greater_equals",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells for each element of the first series whether it is at least that of the second; either may be a number.",
        returns: RETURNS,
        notes: "",
        page: "series-greater-equals-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_ge, false)),
        overload!([LEFT, RIGHT_NUMBER] -> Dynamic, |arguments| compare(arguments, Ordering::is_ge, false)),
        overload!([LEFT_NUMBER, RIGHT] -> Dynamic, |arguments| compare(arguments, Ordering::is_ge, false)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_greater_equals(dynamic([1, 2, 3]), dynamic([4, 2.0]))", "[false,true,null]")],
};

/// Whether the order of each pair satisfies `test`; `unordered` is what holds for not a number.
fn compare(arguments: &Arguments<'_>, test: fn(Ordering) -> bool, unordered: bool) -> Result<ArrayRef, KernelError> {
    let (mut left, mut right) = (Series::new(arguments, 0)?, Series::new(arguments, 1)?);
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(left), Some(right)) = (left.elements(row), right.elements(row)) else { return Ok(false) };
        if let (Elements::Number(_), Elements::Number(_)) = (left, right) {
            return Ok(false);
        }
        let mut builder = Builder::new(out);
        builder.begin_array();
        for (left, right) in pairs(left, right) {
            let order = match (left, right) {
                (Element::Long(left), Element::Long(right)) => Some(left.cmp(&right)),
                _ => match (left.real(), right.real()) {
                    (Some(left), Some(right)) => left.partial_cmp(&right),
                    _ => {
                        builder.null();
                        continue;
                    }
                },
            };
            builder.bool(order.map_or(unordered, test));
        }
        builder.end_array();
        Ok(true)
    })
}
