//! Rounding: `bin` and `bin_at`, `ceiling`, `round`, `abs` and `sign`.

use arrow::array::ArrayRef;
use arrow::datatypes::{Decimal128Type, Float64Type, Int64Type};
use kql_types::ScalarType;
use kql_types::ticks::checked_datetime;

use crate::columnar::{binary, binary_optional, ternary_optional, unary, unary_optional};
use crate::documentation::example;
use crate::function::Alias;
use crate::operators::decimal;
use crate::overload::{
    datetime, exactly, integer, number_as_decimal, number_as_real, overload, real, timespan, unavailable,
};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName};

type Result = std::result::Result<ArrayRef, KernelError>;

const VALUE: &str = "The value to round.";
const SIZE: &str = "The size of a bin.";
const FIXED: &str = "A value at which a bin starts.";
const PRECISION: &str = "How many digits to keep after the point, 0 by default; negative to round to tens, hundreds ….";
const BIN_OF_NUMBER: &str = "bins of times have their size in a timespan: use a timespan literal such as 1h";

const INT: &[ScalarType] = &[ScalarType::Int];
const LONG: &[ScalarType] = &[ScalarType::Long];
const REAL: &[ScalarType] = &[ScalarType::Real];
const DECIMAL: &[ScalarType] = &[ScalarType::Decimal];

/// The digits that `round` keeps.
const fn precision() -> Parameter {
    parameter("precision", ScalarType::Long).constant().optional().describe(PRECISION)
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "bin",
        aliases: &[Alias { name: "floor", deprecated: false }],
        documentation: Documentation {
            summary: "Rounds a value down to a multiple of a bin size.",
            returns: "The nearest multiple of the bin size at or below the value; null when an argument is null or the size is zero.",
            notes: "Datetimes are counted from 0001-01-01, a Monday, so `bin(t, 7d)` starts weeks on Monday.",
            page: "bin-function",
        },
        overloads: &[
            overload!([integer("value").describe(VALUE), integer("roundTo").describe(SIZE)] -> Long, bin_longs),
            overload!([real("value").describe(VALUE), real("roundTo").describe(SIZE)] -> Real, bin_reals),
            overload!(
                [number_as_decimal("value").describe(VALUE), number_as_decimal("roundTo").describe(SIZE)] -> Decimal,
                bin_decimals
            ),
            overload!([timespan("value").describe(VALUE), timespan("roundTo").describe(SIZE)] -> TimeSpan, bin_longs),
            overload!([datetime("value").describe(VALUE), datetime("roundTo").describe(SIZE)] -> DateTime, bin_datetimes),
            overload!([datetime("value").describe(VALUE), timespan("roundTo").describe(SIZE)] -> DateTime, bin_datetimes),
        ],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[
            example("print bin(17, 5)", "15"),
            example("print bin(-5.5, 2)", "-6.0"),
            example("print bin(26h, 1d)", "1.00:00:00"),
            example("print bin(datetime(2024-02-29 13:45:12), 1h)", "2024-02-29T13:00:00.0000000Z"),
        ],
    },
    Function {
        name: "bin_at",
        aliases: &[],
        documentation: Documentation {
            summary: "Rounds a value down to the start of its bin, where one bin starts at a fixed point.",
            returns: "The nearest value at or below that lies a multiple of the bin size away from the fixed point; null when an argument is null or the size is zero.",
            notes: "",
            page: "bin-at-function",
        },
        overloads: &[
            overload!(
                [integer("value").describe(VALUE), integer("bin_size").describe(SIZE), integer("fixed_point").describe(FIXED)] -> Long,
                bin_longs_at
            ),
            overload!(
                [real("value").describe(VALUE), real("bin_size").describe(SIZE), real("fixed_point").describe(FIXED)] -> Real,
                bin_reals_at
            ),
            overload!(
                [
                    number_as_decimal("value").describe(VALUE),
                    number_as_decimal("bin_size").describe(SIZE),
                    number_as_decimal("fixed_point").describe(FIXED),
                ] -> Decimal,
                bin_decimals_at
            ),
            overload!(
                [timespan("value").describe(VALUE), timespan("bin_size").describe(SIZE), timespan("fixed_point").describe(FIXED)] -> TimeSpan,
                bin_longs_at
            ),
            overload!(
                [datetime("value").describe(VALUE), timespan("bin_size").describe(SIZE), datetime("fixed_point").describe(FIXED)] -> DateTime,
                bin_datetimes_at
            ),
            unavailable!(
                [timespan("value").describe(VALUE), number_as_real("bin_size").describe(SIZE), timespan("fixed_point").describe(FIXED)] -> TimeSpan,
                BIN_OF_NUMBER
            ),
            unavailable!(
                [datetime("value").describe(VALUE), number_as_real("bin_size").describe(SIZE), datetime("fixed_point").describe(FIXED)] -> DateTime,
                BIN_OF_NUMBER
            ),
        ],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[
            example("print bin_at(6.5, 2.5, 7)", "4.5"),
            example(
                "print bin_at(datetime(2024-05-17 10:00), 1d, datetime(2024-01-01 12:00))",
                "2024-05-16T12:00:00.0000000Z",
            ),
        ],
    },
    Function {
        name: "ceiling",
        aliases: &[],
        documentation: Documentation {
            summary: "Rounds a number up to a whole one.",
            returns: "The smallest whole number at or above, in the type of the argument.",
            notes: "",
            page: "ceiling-function",
        },
        overloads: &[
            overload!([exactly("number", INT).describe(VALUE)] -> Int, |a| a.expanded(0)),
            overload!([exactly("number", LONG).describe(VALUE)] -> Long, |a| a.expanded(0)),
            overload!([exactly("number", REAL).describe(VALUE)] -> Real, |a| unary::<Float64Type, Float64Type>(a, f64::ceil)),
            overload!(
                [exactly("number", DECIMAL).describe(VALUE)] -> Decimal,
                |a| unary_optional::<Decimal128Type, Decimal128Type>(a, |value| decimal::bin(value.checked_neg()?, decimal::ONE)?.checked_neg())
            ),
        ],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[example("print ceiling(0.9)", "1.0"), example("print ceiling(-1.1)", "-1.0")],
    },
    Function {
        name: "round",
        aliases: &[],
        documentation: Documentation {
            summary: "Rounds a number to some digits after the point.",
            returns: "The rounded number, in the type of the argument; halves go away from zero.",
            notes: "",
            page: "round-function",
        },
        overloads: &[
            overload!([exactly("number", INT).describe(VALUE), precision()] -> Int, round_ints),
            overload!([exactly("number", LONG).describe(VALUE), precision()] -> Long, round_longs),
            overload!([exactly("number", REAL).describe(VALUE), precision()] -> Real, round_reals),
            overload!([exactly("number", DECIMAL).describe(VALUE), precision()] -> Decimal, round_decimals),
        ],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[
            example("print round(2.5)", "3.0"),
            example("print round(2.98765, 3)", "2.988"),
            example("print round(1263.5, -2)", "1300.0"),
        ],
    },
    Function {
        name: "abs",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the absolute value of a number or timespan.",
            returns: "The value without its sign, `long` for an `int`.",
            notes: "",
            page: "abs-function",
        },
        overloads: &[
            overload!([integer("number").describe("The value.")] -> Long, |a| unary::<Int64Type, Int64Type>(a, i64::wrapping_abs)),
            overload!([exactly("number", REAL).describe("The value.")] -> Real, |a| unary::<Float64Type, Float64Type>(a, f64::abs)),
            overload!([exactly("number", DECIMAL).describe("The value.")] -> Decimal, |a| unary::<Decimal128Type, Decimal128Type>(a, i128::wrapping_abs)),
            overload!([timespan("number").describe("The value.")] -> TimeSpan, |a| unary_optional::<Int64Type, Int64Type>(a, i64::checked_abs)),
        ],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[example("print abs(-5)", "5"), example("print abs(-1.5h)", "01:30:00")],
    },
    Function {
        name: "sign",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the sign of a number.",
            returns: "1, 0 or -1 as a `real`; 0 for NaN.",
            notes: "",
            page: "sign-function",
        },
        overloads: &[overload!(
            [number_as_real("number").describe("The number.")] -> Real,
            |a| unary::<Float64Type, Float64Type>(a, |value| f64::from(i8::from(value > 0.0) - i8::from(value < 0.0)))
        )],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[example("print sign(-42)", "-1.0"), example("print sign(0.0)", "0.0")],
    },
];

fn bin_longs(arguments: &Arguments<'_>) -> Result {
    binary_optional::<Int64Type, Int64Type, Int64Type>(arguments, floor_to)
}

fn bin_datetimes(arguments: &Arguments<'_>) -> Result {
    binary_optional::<Int64Type, Int64Type, Int64Type>(arguments, |value, size| {
        checked_datetime(floor_to(value, size)?)
    })
}

fn bin_reals(arguments: &Arguments<'_>) -> Result {
    binary::<Float64Type, Float64Type, Float64Type>(arguments, floor_real_to)
}

fn bin_decimals(arguments: &Arguments<'_>) -> Result {
    binary_optional::<Decimal128Type, Decimal128Type, Decimal128Type>(arguments, decimal::bin)
}

fn bin_longs_at(arguments: &Arguments<'_>) -> Result {
    ternary_optional::<Int64Type, Int64Type, Int64Type, Int64Type>(arguments, floor_to_at)
}

fn bin_datetimes_at(arguments: &Arguments<'_>) -> Result {
    ternary_optional::<Int64Type, Int64Type, Int64Type, Int64Type>(arguments, |value, size, fixed| {
        checked_datetime(floor_to_at(value, size, fixed)?)
    })
}

fn bin_reals_at(arguments: &Arguments<'_>) -> Result {
    ternary_optional::<Float64Type, Float64Type, Float64Type, Float64Type>(arguments, |value, size, fixed| {
        Some(floor_real_to(value - fixed, size) + fixed)
    })
}

fn bin_decimals_at(arguments: &Arguments<'_>) -> Result {
    ternary_optional::<Decimal128Type, Decimal128Type, Decimal128Type, Decimal128Type>(
        arguments,
        |value, size, fixed| decimal::add(decimal::bin(decimal::subtract(value, fixed)?, size)?, fixed),
    )
}

/// The multiple of `size` at or below `value`.
fn floor_to(value: i64, size: i64) -> Option<i64> {
    if size == 0 {
        return None;
    }
    // The remainder of a division by -1 is 0, though the quotient may have no place.
    value.checked_sub(value.wrapping_rem_euclid(size.checked_abs()?))
}

fn floor_to_at(value: i64, size: i64, fixed: i64) -> Option<i64> {
    floor_to(value.checked_sub(fixed)?, size)?.checked_add(fixed)
}

fn floor_real_to(value: f64, size: f64) -> f64 {
    (value / size).floor() * size
}

/// Applies `round` to every value with the precision, which is null where it is null.
fn rounded<T: arrow::array::ArrowPrimitiveType>(
    arguments: &Arguments<'_>,
    round: impl Fn(T::Native, i64) -> Option<T::Native>,
) -> Result {
    if arguments.len() < 2 {
        return unary_optional::<T, T>(arguments, |value| round(value, 0));
    }
    binary_optional::<T, Int64Type, T>(arguments, round)
}

fn round_ints(arguments: &Arguments<'_>) -> Result {
    rounded::<arrow::datatypes::Int32Type>(arguments, |value, precision| {
        i32::try_from(round_whole(i128::from(value), precision, 0)?).ok()
    })
}

fn round_longs(arguments: &Arguments<'_>) -> Result {
    rounded::<Int64Type>(arguments, |value, precision| {
        i64::try_from(round_whole(i128::from(value), precision, 0)?).ok()
    })
}

fn round_decimals(arguments: &Arguments<'_>) -> Result {
    let scale = i64::from(kql_types::arrow_mapping::DECIMAL_SCALE);
    rounded::<Decimal128Type>(arguments, |value, precision| round_whole(value, precision, scale))
}

/// Rounds a number that has `scale` digits after the point, halves away from zero.
fn round_whole(value: i128, precision: i64, scale: i64) -> Option<i128> {
    let cut = scale.saturating_sub(precision);
    if cut <= 0 {
        return Some(value);
    }
    let Some(unit) = u32::try_from(cut).ok().and_then(|cut| 10_i128.checked_pow(cut)) else { return Some(0) };
    let half = if value < 0 { -(unit / 2) } else { unit / 2 };
    Some(value.checked_add(half)? / unit * unit)
}

fn round_reals(arguments: &Arguments<'_>) -> Result {
    rounded::<Float64Type>(arguments, |value, precision| {
        if precision == 0 {
            return Some(value.round());
        }
        // A real holds no digits beyond these, and the powers of ten in between are finite.
        let precision = i32::try_from(precision.clamp(-308, 308)).ok()?;
        let unit = 10_f64.powi(precision.abs());
        let rounded = if precision > 0 { (value * unit).round() / unit } else { (value / unit).round() * unit };
        Some(if rounded.is_finite() { rounded } else { value })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, AsArray, Float64Array};
    use kql_types::Value;

    use super::*;
    use crate::Argument;
    use crate::testing::{call, call_overload, long, longs};

    fn reals(values: &[f64]) -> Argument {
        Argument::Array(Arc::new(Float64Array::from(values.to_vec())))
    }

    fn real(value: f64) -> Argument {
        Argument::Constant(Value::Real(value).to_array())
    }

    fn as_reals(array: &ArrayRef) -> Vec<f64> {
        array.as_primitive::<Float64Type>().values().to_vec()
    }

    #[test]
    fn bins_start_at_or_below() {
        let values = longs(&[Some(7), Some(-7), Some(-8), Some(i64::MIN), Some(i64::MAX), None]);
        assert_eq!(call("bin", &[values.clone(), long(4)]), "4|-8|-8|-9223372036854775808|9223372036854775804|null");
        assert_eq!(call("bin", &[values.clone(), long(3)]), "6|-9|-9|null|9223372036854775806|null");
        assert_eq!(call("bin", &[values, long(0)]), "null|null|null|null|null|null");
        let bins = call_overload("bin(int|long|real, int|long|real)", &[reals(&[-0.6, 1.1, 0.5]), real(0.5)], 3);
        assert_eq!(as_reals(&bins), [-1.0, 1.0, 0.5]);
    }

    #[test]
    fn bins_around_a_fixed_point() {
        let values = longs(&[Some(7), Some(0), Some(i64::MIN)]);
        assert_eq!(call("bin_at", &[values, long(5), long(2)]), "7|-3|null");
        let outside = call_overload("bin_at(datetime, timespan, datetime)", &[long(1), long(10), long(5)], 1);
        assert!(outside.is_null(0));
    }

    #[test]
    fn halves_round_away_from_zero() {
        let values = reals(&[0.5, -0.5, 2.5, -2.5, 1e300]);
        assert_eq!(
            as_reals(&call_overload("round(real, long?)", std::slice::from_ref(&values), 5)),
            [1.0, -1.0, 3.0, -3.0, 1e300]
        );
        let hundredths = call_overload("round(real, long?)", &[reals(&[1.005, 2.675, f64::NAN, 1e300]), long(300)], 4);
        assert_eq!(as_reals(&hundredths)[..2], [1.005, 2.675]);
        let tens = call_overload("round(long, long?)", &[longs(&[Some(125), Some(-125), Some(i64::MAX)]), long(-1)], 3);
        assert_eq!(tens.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(130), Some(-130), None]);
        let gone = call_overload("round(long, long?)", &[long(125), long(i64::MIN)], 1);
        assert_eq!(gone.as_primitive::<Int64Type>().value(0), 0);
        let decimals = Argument::Constant(Value::Decimal(decimal::ONE * 25 / 10).to_array());
        let rounded = call_overload("round(decimal, long?)", std::slice::from_ref(&decimals), 1);
        assert_eq!(rounded.as_primitive::<Decimal128Type>().value(0), 3 * decimal::ONE);
        let up = call_overload("ceiling(decimal)", &[decimals], 1);
        assert_eq!(up.as_primitive::<Decimal128Type>().value(0), 3 * decimal::ONE);
    }

    #[test]
    fn signs() {
        let values = reals(&[f64::NAN, f64::NEG_INFINITY, 0.0, 3.5]);
        assert_eq!(as_reals(&call_overload("sign(number)", &[values], 4)), [0.0, -1.0, 0.0, 1.0]);
        assert_eq!(call("abs", &[longs(&[Some(-5), Some(i64::MIN), None])]), "5|-9223372036854775808|null");
    }
}
