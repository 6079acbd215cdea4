//! Choosing between values: `iff`, `case`, `coalesce`, and the tests for null and empty.
//!
//! A predicate that is null counts as false. A `string` is never null; it is empty where others are null.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Datum, Scalar};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::zip::zip;
use arrow::compute::{interleave, is_not_null, is_null};
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;

use crate::columnar::{booleans, repeated};
use crate::documentation::example;
use crate::function::{Alias, Kernel};
use crate::overload::overload;
use crate::signature::{parameter, parameter_of};
use crate::{
    Argument, Arguments, Documentation, Function, KernelError, Overload, Parameter, ParameterType, PassedAs,
    ResultName, ReturnType,
};

type Result<T = ArrayRef> = std::result::Result<T, KernelError>;

/// One of the values that are chosen from.
const fn choice(name: &'static str, description: &'static str) -> Parameter {
    parameter_of(name, ParameterType::CommonScalarOrDynamic).passed_as(PassedAs::Common).describe(description)
}

const STRING: ParameterType = ParameterType::OneOf(&[ScalarType::String]);
const DYNAMIC: ParameterType = ParameterType::OneOf(&[ScalarType::Dynamic]);
const VALUE: &str = "The value to test.";

macro_rules! test_overloads {
    (string: $string:expr, dynamic: $dynamic:expr, others: $others:expr) => {
        &[
            overload!([parameter_of("value", STRING).describe(VALUE)] -> Bool, $string),
            overload!([parameter_of("value", DYNAMIC).describe(VALUE)] -> Bool, $dynamic),
            overload!([parameter_of("value", ParameterType::Scalar).describe(VALUE)] -> Bool, $others),
        ]
    };
}

macro_rules! coalesce_overload {
    ($accepts:expr, $passed_as:expr, $returns:expr, $kernel:expr) => {
        Overload {
            parameters: &[
                parameter_of("arg", $accepts).passed_as($passed_as).describe("The value to prefer."),
                parameter_of("arg", $accepts).passed_as($passed_as).repeated().describe("The value to fall back to."),
            ],
            returns: $returns,
            kernel: Kernel::Vectorized($kernel),
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "iff",
        aliases: &[Alias { name: "iif", deprecated: false }],
        documentation: Documentation {
            summary: "Gives one of two values, as a predicate has it.",
            returns: "The second argument where the predicate is true, else the third.",
            notes: "A predicate that is null takes the third argument.",
            page: "iff-function",
        },
        overloads: &[Overload {
            parameters: &[
                parameter("if", ScalarType::Bool).describe("The predicate."),
                choice("then", "The value where the predicate is true."),
                choice("else", "The value where it is false or null."),
            ],
            returns: ReturnType::CommonNonDynamic,
            kernel: Kernel::Vectorized(iff),
        }],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print iff(2 > 1, 'more', 'less')", "more"),
            example("print iff(bool(null), 'more', 'less')", "less"),
        ],
    },
    Function {
        name: "case",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the value that stands behind the first predicate that is true.",
            returns: "The value of the first true predicate, else the last argument.",
            notes: "A predicate that is null counts as false.",
            page: "case-function",
        },
        overloads: &[Overload {
            parameters: &[
                parameter("predicate", ScalarType::Bool).repeated().describe("A predicate."),
                choice("then", "The value where the predicate before it is the first to be true.").repeated(),
                choice("else", "The value where no predicate is true."),
            ],
            returns: ReturnType::CommonNonDynamic,
            kernel: Kernel::Vectorized(case),
        }],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print case(1 > 2, 'first', 2 > 1, 'second', 'none')", "second"),
            example("print case(bool(null), 'first', 'none')", "none"),
        ],
    },
    Function {
        name: "coalesce",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the first argument that is not null, or not empty where they are strings.",
            returns: "The first argument that holds a value; the last one when none does.",
            notes: "",
            page: "coalesce-function",
        },
        overloads: &[
            coalesce_overload!(STRING, PassedAs::Itself, ReturnType::Type(ScalarType::String), coalesce_strings),
            coalesce_overload!(DYNAMIC, PassedAs::Itself, ReturnType::Type(ScalarType::Dynamic), coalesce_dynamics),
            coalesce_overload!(ParameterType::CommonScalar, PassedAs::Common, ReturnType::Common, coalesce_others),
        ],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print coalesce(tolong('not a number'), 42)", "42"),
            example("print coalesce('', 'a', 'b')", "a"),
        ],
    },
    Function {
        name: "isnull",
        aliases: &[],
        documentation: Documentation {
            summary: "Tells whether a value is null.",
            returns: "`true` or `false`; always `false` for a string.",
            notes: "A string is never null: use isempty().",
            page: "isnull-function",
        },
        overloads: test_overloads!(
            string: |a| Ok(repeated(a.rows(), false)),
            dynamic: |a| dynamic_test(a, |value| value.is_null()),
            others: |a| Ok(Arc::new(is_null(a.get(0)?.array())?))
        ),
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print isnull(long(null))", "True"),
            example("print isnull(parse_json('{}').missing)", "True"),
            example("print isnull('')", "False"),
        ],
    },
    Function {
        name: "isnotnull",
        aliases: &[Alias { name: "notnull", deprecated: true }],
        documentation: Documentation {
            summary: "Tells whether a value is not null.",
            returns: "`true` or `false`; always `true` for a string.",
            notes: "A string is never null: use isnotempty().",
            page: "isnotnull-function",
        },
        overloads: test_overloads!(
            string: |a| Ok(repeated(a.rows(), true)),
            dynamic: |a| dynamic_test(a, |value| !value.is_null()),
            others: |a| Ok(Arc::new(is_not_null(a.get(0)?.array())?))
        ),
        result_name: ResultName::None,
        deterministic: true,
        examples: &[example("print isnotnull(long(null))", "False"), example("print isnotnull('')", "True")],
    },
    Function {
        name: "isempty",
        aliases: &[],
        documentation: Documentation {
            summary: "Tells whether a string is empty or another value null.",
            returns: "`true` or `false`.",
            notes: "An empty array or bag is not empty in this sense.",
            page: "isempty-function",
        },
        overloads: test_overloads!(
            string: |a| string_test(a, str::is_empty),
            dynamic: |a| dynamic_test(a, is_empty),
            others: |a| Ok(Arc::new(is_null(a.get(0)?.array())?))
        ),
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print isempty('')", "True"),
            example("print isempty(' ')", "False"),
            example("print isempty(datetime(null))", "True"),
            example("print isempty(dynamic([]))", "False"),
        ],
    },
    Function {
        name: "isnotempty",
        aliases: &[Alias { name: "notempty", deprecated: true }],
        documentation: Documentation {
            summary: "Tells whether a string is not empty or another value not null.",
            returns: "`true` or `false`.",
            notes: "",
            page: "isnotempty-function",
        },
        overloads: test_overloads!(
            string: |a| string_test(a, |text| !text.is_empty()),
            dynamic: |a| dynamic_test(a, |value| !is_empty(value)),
            others: |a| Ok(Arc::new(is_not_null(a.get(0)?.array())?))
        ),
        result_name: ResultName::None,
        deterministic: true,
        examples: &[example("print isnotempty('a')", "True"), example("print isnotempty(long(null))", "False")],
    },
];

fn iff(arguments: &Arguments<'_>) -> Result {
    let predicate = arguments.expanded(0)?;
    let predicate = as_bools(&predicate)?;
    choose(predicate, arguments.get(1)?, arguments.get(2)?)
}

fn case(arguments: &Arguments<'_>) -> Result {
    let pairs = arguments.len() / 2;
    let predicates: Vec<_> = (0..pairs).map(|pair| arguments.bools(2 * pair)).collect::<Result<_>>()?;
    let mut values: Vec<&Argument> = (0..pairs).map(|pair| arguments.get(2 * pair + 1)).collect::<Result<_>>()?;
    values.push(arguments.get(2 * pairs)?);
    let choices: Vec<(usize, usize)> = (0..arguments.rows())
        .map(|row| {
            let chosen = predicates.iter().position(|predicate| predicate.get(row) == Some(true)).unwrap_or(pairs);
            let constant = values.get(chosen).is_none_or(|value| value.is_constant());
            (chosen, if constant { 0 } else { row })
        })
        .collect();
    let arrays: Vec<&dyn Array> = values.iter().map(|value| value.array().as_ref()).collect();
    Ok(interleave(&arrays, &choices)?)
}

fn coalesce_strings(arguments: &Arguments<'_>) -> Result {
    coalesce(arguments, |position| {
        let texts = arguments.strings(position)?;
        Ok(BooleanArray::new(BooleanBuffer::collect_bool(arguments.rows(), |row| !texts.value(row).is_empty()), None))
    })
}

fn coalesce_dynamics(arguments: &Arguments<'_>) -> Result {
    coalesce(arguments, |position| {
        let texts = arguments.strings(position)?;
        let holds = |row| texts.get(row).is_some_and(|text| !Dynamic::new(text).is_null());
        Ok(BooleanArray::new(BooleanBuffer::collect_bool(arguments.rows(), holds), None))
    })
}

fn coalesce_others(arguments: &Arguments<'_>) -> Result {
    coalesce(arguments, |position| Ok(is_not_null(&arguments.expanded(position)?)?))
}

/// The first argument for which `holds` is true, row by row.
fn coalesce(arguments: &Arguments<'_>, holds: impl Fn(usize) -> Result<BooleanArray>) -> Result {
    let last = arguments.len().saturating_sub(1);
    let mut result = arguments.expanded(last)?;
    for position in (0..last).rev() {
        result = choose(&holds(position)?, arguments.get(position)?, &Argument::Array(result))?;
    }
    Ok(result)
}

/// `then` where the mask is true, else `otherwise`.
fn choose(mask: &BooleanArray, then: &Argument, otherwise: &Argument) -> Result {
    let datum = |argument: &Argument| -> Box<dyn Datum> {
        match argument {
            Argument::Array(array) => Box::new(Arc::clone(array)),
            Argument::Constant(array) => Box::new(Scalar::new(Arc::clone(array))),
        }
    };
    Ok(zip(mask, datum(then).as_ref(), datum(otherwise).as_ref())?)
}

fn string_test(arguments: &Arguments<'_>, test: impl Fn(&str) -> bool) -> Result {
    let texts = arguments.strings(0)?;
    Ok(booleans(arguments.rows(), |row| test(texts.value(row))))
}

fn dynamic_test(arguments: &Arguments<'_>, test: impl Fn(Dynamic<'_>) -> bool) -> Result {
    let texts = arguments.strings(0)?;
    Ok(booleans(arguments.rows(), |row| test(texts.get(row).map_or(Dynamic::null(), Dynamic::new))))
}

/// Null or the empty string.
fn is_empty(value: Dynamic<'_>) -> bool {
    value.is_null() || value.text() == "\"\""
}

fn as_bools(array: &ArrayRef) -> Result<&BooleanArray> {
    array.as_boolean_opt().ok_or_else(|| KernelError(format!("a bool was expected, not {}", array.data_type())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, call_overload, dynamic, dynamics, long, longs, overload, show, strings, text};

    fn bools(values: &[Option<bool>]) -> Argument {
        Argument::Array(Arc::new(BooleanArray::from(values.to_vec())))
    }

    #[test]
    fn null_takes_the_last_choice() {
        let predicate = bools(&[Some(true), Some(false), None]);
        let values = longs(&[Some(1), Some(2), Some(3)]);
        assert_eq!(call("iff", &[predicate.clone(), values, long(9)]), "1|9|9");
        assert_eq!(call("iff", &[predicate.clone(), text("yes"), text("no")]), "yes|no|no");
        assert_eq!(call("iff", &[predicate, longs(&[None, None, None]), long(9)]), "null|9|9");
        assert_eq!(call("iff", &[bools(&[]), text("yes"), text("no")]), "");
    }

    #[test]
    fn case_takes_the_first_that_is_true() {
        let first = bools(&[None, Some(true), Some(false), Some(true)]);
        let second = bools(&[Some(true), Some(true), Some(false), None]);
        let values = longs(&[Some(1), Some(2), Some(3), None]);
        let arguments = [first, values, second, long(20), long(30)];
        assert_eq!(call("case", &arguments), "20|2|30|null");
        let constants = [Argument::Constant(Arc::new(BooleanArray::from(vec![true]))), text("a"), text("b")];
        assert_eq!(call("case", &constants), "a");
    }

    #[test]
    fn coalesce_passes_over_what_is_missing() {
        let arguments = [longs(&[Some(1), None, None]), longs(&[Some(2), Some(3), None]), long(4)];
        assert_eq!(show(overload("coalesce", 2, &arguments)), "1|3|4");
        assert_eq!(call("coalesce", &[strings(&["a", "", ""]), strings(&["b", "c", ""]), text("")]), "a|c|");
        let arguments = [dynamics(&[Some("[]"), Some("null"), None]), dynamic("{\"a\":1}")];
        assert_eq!(show(overload("coalesce", 1, &arguments)), "[]|{\"a\":1}|{\"a\":1}");
    }

    #[test]
    fn null_and_empty_are_told_apart_by_type() {
        assert_eq!(call("isnull", &[strings(&["", "a"])]), "false|false");
        assert_eq!(call("isempty", &[strings(&["", "a"])]), "true|false");
        let values = dynamics(&[None, Some("null"), Some("\"\""), Some("[]"), Some("0")]);
        assert_eq!(show(overload("isnull", 1, std::slice::from_ref(&values))), "true|true|false|false|false");
        assert_eq!(show(overload("isnotnull", 1, std::slice::from_ref(&values))), "false|false|true|true|true");
        assert_eq!(show(overload("isempty", 1, std::slice::from_ref(&values))), "true|true|true|false|false");
        assert_eq!(show(overload("isnotempty", 1, &[values])), "false|false|false|true|true");
        assert_eq!(show(overload("isempty", 2, &[longs(&[None, Some(0)])])), "true|false");
        let nulls = call_overload("isnotnull(scalar)", &[long(1)], 1);
        assert!(nulls.as_boolean().value(0));
    }
}
