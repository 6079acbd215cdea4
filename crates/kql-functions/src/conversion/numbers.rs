//! To `bool` and to numbers.

use arrow::array::ArrayRef;
use arrow::datatypes::{Decimal128Type, Float64Type, Int32Type, Int64Type};
use kql_types::ScalarType;
use kql_types::arrow_mapping::{DECIMAL_PRECISION, DECIMAL_SCALE};
use kql_types::dynamic::Dynamic;
use kql_types::text;

use super::kernels::{
    BOOL, DATETIME, DECIMAL, DYNAMIC, INT, LONG, REAL, STRING, TIMESPAN, are_not_zero, bools_from_strings, from,
    from_bools, from_dynamics, from_numbers, from_strings, one_of, refused, same,
};
use crate::documentation::example;
use crate::function::Alias;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[TOBOOL, TOINT, TOLONG, TOREAL, TODECIMAL];

/// A decimal's one.
const ONE: i128 = 10i128.pow(DECIMAL_SCALE.unsigned_abs() as u32);

const TOBOOL: Function = Function {
    name: "tobool",
    aliases: &[Alias { name: "toboolean", deprecated: false }],
    documentation: Documentation {
        summary: "Converts a value to `bool`.",
        returns: "For numbers whether they are not zero, for strings `true`, `false` (in any case) and whole numbers; else null.",
        notes: "White space around the words is not taken: `tobool(' true')` is null.",
        page: "tobool-function",
    },
    overloads: &[
        from(BOOL, ScalarType::Bool, same),
        from(INT, ScalarType::Bool, are_not_zero::<Int32Type>),
        from(LONG, ScalarType::Bool, are_not_zero::<Int64Type>),
        from(REAL, ScalarType::Bool, are_not_zero::<Float64Type>),
        from(DECIMAL, ScalarType::Bool, are_not_zero::<Decimal128Type>),
        from(STRING, ScalarType::Bool, |arguments| bools_from_strings(arguments, text::parse_bool)),
        from(DYNAMIC, ScalarType::Bool, |arguments| bools_from_strings(arguments, |json| Dynamic::new(json).to_bool())),
        refused(&[one_of(&[ScalarType::DateTime, ScalarType::TimeSpan, ScalarType::Guid])], ScalarType::Bool),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print tobool('TRUE')", "True"),
        example("print tobool(0)", "False"),
        example("print isnull(tobool('yes'))", "True"),
    ],
};

const TOINT: Function = Function {
    name: "toint",
    aliases: &[],
    documentation: Documentation {
        summary: "Converts a value to `int`.",
        returns: "The number, its fraction cut off; a string that is no whole number of 32 bits gives null.",
        notes: "A `long` keeps its lower 32 bits, a `real` beyond the range gives the nearest `int`.",
        page: "toint-function",
    },
    overloads: &[
        from(BOOL, ScalarType::Int, |arguments| from_bools::<Int32Type>(arguments, i32::from)),
        from(INT, ScalarType::Int, same),
        from(LONG, ScalarType::Int, |arguments| {
            from_numbers::<Int64Type, Int32Type>(arguments, |value| Some(value as i32))
        }),
        from(REAL, ScalarType::Int, |arguments| {
            from_numbers::<Float64Type, Int32Type>(arguments, |value| value.is_finite().then_some(value as i32))
        }),
        from(DECIMAL, ScalarType::Int, |arguments| {
            from_numbers::<Decimal128Type, Int32Type>(arguments, |value| i32::try_from(value / ONE).ok())
        }),
        from(STRING, ScalarType::Int, |arguments| from_strings::<Int32Type>(arguments, text::parse_int)),
        from(DATETIME, ScalarType::Int, |arguments| {
            from_numbers::<Int64Type, Int32Type>(arguments, |value| Some(value as i32))
        }),
        from(TIMESPAN, ScalarType::Int, |arguments| {
            from_numbers::<Int64Type, Int32Type>(arguments, |value| Some(value as i32))
        }),
        from(DYNAMIC, ScalarType::Int, |arguments| from_dynamics::<Int32Type>(arguments, |value| value.to_int())),
        refused(&[one_of(&[ScalarType::Guid])], ScalarType::Int),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print toint(' 17 ')", "17"),
        example("print toint(-2.7)", "-2"),
        example("print isnull(toint('1.5'))", "True"),
    ],
};

const TOLONG: Function = Function {
    name: "tolong",
    aliases: &[],
    documentation: Documentation {
        summary: "Converts a value to `long`.",
        returns: "The number, its fraction cut off; the ticks of a `datetime` or `timespan`; a string that is no whole number of 64 bits gives null.",
        notes: "Strings may be hexadecimal (`0xff`) but hold no point: `tolong('1.5')` is null, `tolong(1.5)` is 1.",
        page: "tolong-function",
    },
    overloads: &[
        from(BOOL, ScalarType::Long, |arguments| from_bools::<Int64Type>(arguments, i64::from)),
        from(INT, ScalarType::Long, |arguments| {
            from_numbers::<Int32Type, Int64Type>(arguments, |value| Some(i64::from(value)))
        }),
        from(LONG, ScalarType::Long, same),
        from(REAL, ScalarType::Long, long_of_real),
        from(DECIMAL, ScalarType::Long, |arguments| {
            from_numbers::<Decimal128Type, Int64Type>(arguments, |value| i64::try_from(value / ONE).ok())
        }),
        from(STRING, ScalarType::Long, |arguments| from_strings::<Int64Type>(arguments, text::parse_long)),
        from(DATETIME, ScalarType::Long, same),
        from(TIMESPAN, ScalarType::Long, same),
        from(DYNAMIC, ScalarType::Long, |arguments| from_dynamics::<Int64Type>(arguments, |value| value.to_long())),
        refused(&[one_of(&[ScalarType::Guid])], ScalarType::Long),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print tolong('0x1F')", "31"),
        example("print tolong(1s)", "10000000"),
        example("print tolong(parse_json('{\"n\":7.9}').n)", "7"),
        example("print isnull(tolong('seven'))", "True"),
    ],
};

/// A real beyond the range gives the nearest long in a column, but the least long as a constant: Kusto computes
/// constants before the query runs, on another machine model.
fn long_of_real(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let constant = arguments.get(0)?.is_constant();
    from_numbers::<Float64Type, Int64Type>(arguments, |value| match value {
        value if !value.is_finite() => None,
        value if constant && !(-LIMIT..LIMIT).contains(&value) => Some(i64::MIN),
        value => Some(value as i64),
    })
}

const TOREAL: Function = Function {
    name: "toreal",
    aliases: &[Alias { name: "todouble", deprecated: false }],
    documentation: Documentation {
        summary: "Converts a value to `real`.",
        returns: "The number nearest to the value; the ticks of a `datetime` or `timespan`; a string that is no number gives null.",
        notes: "Strings take a point and an exponent, `NaN`, `Infinity`, but no separators: `toreal('1,234')` is null.",
        page: "toreal-function",
    },
    overloads: &[
        from(BOOL, ScalarType::Real, |arguments| from_bools::<Float64Type>(arguments, f64::from)),
        from(INT, ScalarType::Real, |arguments| {
            from_numbers::<Int32Type, Float64Type>(arguments, |value| Some(f64::from(value)))
        }),
        from(LONG, ScalarType::Real, |arguments| {
            from_numbers::<Int64Type, Float64Type>(arguments, |value| Some(value as f64))
        }),
        from(REAL, ScalarType::Real, same),
        from(DECIMAL, ScalarType::Real, |arguments| {
            from_numbers::<Decimal128Type, Float64Type>(arguments, |value| {
                text::parse_real(&text::format_decimal(value))
            })
        }),
        from(STRING, ScalarType::Real, |arguments| from_strings::<Float64Type>(arguments, text::parse_real)),
        from(DATETIME, ScalarType::Real, |arguments| {
            from_numbers::<Int64Type, Float64Type>(arguments, |value| Some(value as f64))
        }),
        from(TIMESPAN, ScalarType::Real, |arguments| {
            from_numbers::<Int64Type, Float64Type>(arguments, |value| Some(value as f64))
        }),
        from(DYNAMIC, ScalarType::Real, |arguments| from_dynamics::<Float64Type>(arguments, |value| value.to_real())),
        refused(&[one_of(&[ScalarType::Guid])], ScalarType::Real),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print toreal('2.5e2')", "250.0"),
        example("print todouble(7)", "7.0"),
        example("print isnull(toreal('1,5'))", "True"),
    ],
};

const TODECIMAL: Function = Function {
    name: "todecimal",
    aliases: &[],
    documentation: Documentation {
        summary: "Converts a value to `decimal`.",
        returns: "The number with up to 10 digits after the point; what is no number or has more than 28 digits before the point gives null.",
        notes: "A `real` becomes the shortest decimal that reads back as it: `todecimal(0.1)` is 0.1.",
        page: "todecimal-function",
    },
    overloads: &[
        from(BOOL, ScalarType::Decimal, |arguments| {
            from_bools::<Decimal128Type>(arguments, |value| if value { ONE } else { 0 })
        }),
        from(INT, ScalarType::Decimal, |arguments| {
            from_numbers::<Int32Type, Decimal128Type>(arguments, |value| Some(i128::from(value) * ONE))
        }),
        from(LONG, ScalarType::Decimal, |arguments| {
            from_numbers::<Int64Type, Decimal128Type>(arguments, |value| Some(i128::from(value) * ONE))
        }),
        from(REAL, ScalarType::Decimal, |arguments| {
            from_numbers::<Float64Type, Decimal128Type>(arguments, decimal_of_real)
        }),
        from(DECIMAL, ScalarType::Decimal, same),
        from(STRING, ScalarType::Decimal, |arguments| from_strings::<Decimal128Type>(arguments, text::parse_decimal)),
        from(DYNAMIC, ScalarType::Decimal, |arguments| {
            from_dynamics::<Decimal128Type>(arguments, |value| value.to_decimal())
        }),
        refused(&[one_of(&[ScalarType::DateTime, ScalarType::TimeSpan, ScalarType::Guid])], ScalarType::Decimal),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print todecimal('3.140')", "3.14"),
        example("print todecimal(0.1) + todecimal(0.2)", "0.3"),
        example("print isnull(todecimal('pi'))", "True"),
    ],
};

fn decimal_of_real(value: f64) -> Option<i128> {
    // Rust prints the shortest digits that read back, never an exponent.
    let too_large = 10f64.powi(i32::from(DECIMAL_PRECISION) - i32::from(DECIMAL_SCALE));
    if value.abs() < too_large { text::parse_decimal(&value.to_string()) } else { None }
}

#[cfg(test)]
mod tests {
    use kql_types::{ScalarType, Value};

    use crate::conversion;
    use crate::function::Kernel;
    use crate::testing::{overload, show};
    use crate::{Argument, Arguments};

    /// What the conversion that binding would insert makes of a value.
    fn convert(value: Value, to: ScalarType) -> String {
        let reference = conversion(value.scalar_type(), to).expect("the conversion exists");
        let Kernel::Vectorized(kernel) = reference.overload.kernel else { panic!("no kernel") };
        let array = kernel(&Arguments::new(&[Argument::Constant(value.to_array())], 1)).unwrap();
        assert_eq!(*array.data_type(), to.arrow_type());
        show(Ok(array))
    }

    #[test]
    fn every_pair_of_numbers_converts() {
        let numbers = [ScalarType::Bool, ScalarType::Int, ScalarType::Long, ScalarType::Real, ScalarType::Decimal];
        for from in numbers.into_iter().chain([ScalarType::String, ScalarType::Dynamic]) {
            for to in numbers {
                assert!(from == to || conversion(from, to).is_some(), "{from} to {to}");
            }
        }
    }

    #[test]
    fn reals_are_cut_off_and_held_in_range() {
        assert_eq!(convert(Value::Real(-3.99), ScalarType::Long), "-3");
        assert_eq!(convert(Value::Real(1e25), ScalarType::Long), i64::MIN.to_string());
        let column = Argument::Array(Value::Real(1e25).to_array());
        assert_eq!(show(overload("tolong", 3, &[column])), i64::MAX.to_string());
        assert_eq!(convert(Value::Real(-1e25), ScalarType::Int), i32::MIN.to_string());
        assert_eq!(convert(Value::Real(f64::INFINITY), ScalarType::Long), "null");
        assert_eq!(convert(Value::Real(f64::NAN), ScalarType::Int), "null");
        assert_eq!(convert(Value::Real(1e30), ScalarType::Decimal), "null");
        assert_eq!(convert(Value::Real(f64::NAN), ScalarType::Decimal), "null");
    }

    #[test]
    fn longs_wrap_into_ints_and_widen_exactly() {
        assert_eq!(convert(Value::Long((1 << 32) + 5), ScalarType::Int), "5");
        assert_eq!(convert(Value::Long(i64::MIN), ScalarType::Decimal), "-9223372036854775808.0000000000");
        assert_eq!(convert(Value::Decimal(2 * super::ONE + super::ONE / 2), ScalarType::Real), "2.5");
        assert_eq!(convert(Value::Decimal(-3 * super::ONE + 1), ScalarType::Long), "-2");
    }

    #[test]
    fn texts_are_read_or_null() {
        let text = |text: &str, to| convert(Value::String(text.to_owned()), to);
        assert_eq!(text("", ScalarType::Long), "null");
        assert_eq!(text("4294967296", ScalarType::Int), "null");
        assert_eq!(text("4294967296", ScalarType::Long), "4294967296");
        assert_eq!(text("-0.5", ScalarType::Real), "-0.5");
        assert_eq!(text("-1", ScalarType::Bool), "true");
        assert_eq!(text("0.50", ScalarType::Decimal), "0.5000000000");
    }

    #[test]
    fn dynamics_convert_by_what_they_hold() {
        let json = |text: &str, to| convert(Value::Dynamic(text.to_owned()), to);
        assert_eq!(json("\"12\"", ScalarType::Int), "12");
        assert_eq!(json("true", ScalarType::Real), "1.0");
        assert_eq!(json("{}", ScalarType::Bool), "null");
        assert_eq!(json("[1]", ScalarType::Decimal), "null");
        assert_eq!(json("null", ScalarType::Long), "null");
    }
}
