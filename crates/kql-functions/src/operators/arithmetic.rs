//! `+ - * / %` and unary minus.
//!
//! Numbers are computed in the widest of their types, never narrower than `long`, and integers wrap. A `datetime`
//! or `timespan` outside its range is null, and so is an integer divided by zero; a `real` divided by zero is
//! infinite or NaN.

use arrow::array::ArrayRef;
use arrow::datatypes::{Decimal128Type, Float64Type, Int64Type};
use kql_types::ScalarType;
use kql_types::ticks::checked_datetime;

use super::dynamic_arithmetic::{self, Operation, combine};
use super::{
    datetime, decimal, dynamic, dynamic_as, exactly, integer, number_as_decimal, number_as_real, real, timespan,
};
use crate::columnar::{binary, binary_optional, unary, unary_optional};
use crate::documentation::example;
use crate::overload::{overload, unavailable};
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result = std::result::Result<ArrayRef, KernelError>;

const PAGE: &str = "numerical-operators";
const NO_MEANING: &str = "this arithmetic on times has no meaning";

/// The overloads over numbers and `dynamic`, followed by those over times.
macro_rules! arithmetic_overloads {
    (long: $long:expr, real: $real:expr, decimal: $decimal:expr, dynamic: $dynamic:expr, $($times:expr),* $(,)?) => {
        &[
            overload!([integer("left"), integer("right")] -> Long, $long),
            overload!([real("left"), real("right")] -> Real, $real),
            overload!([number_as_decimal("left"), number_as_decimal("right")] -> Decimal, $decimal),
            overload!([dynamic("left"), dynamic("right")] -> Dynamic, |a| combine(a, $dynamic)),
            overload!([dynamic_as("left", ScalarType::Long), integer("right")] -> Long, $long),
            overload!([integer("left"), dynamic_as("right", ScalarType::Long)] -> Long, $long),
            overload!([dynamic_as("left", ScalarType::Real), real("right")] -> Real, $real),
            overload!([real("left"), dynamic_as("right", ScalarType::Real)] -> Real, $real),
            overload!([dynamic_as("left", ScalarType::Decimal), number_as_decimal("right")] -> Decimal, $decimal),
            overload!([number_as_decimal("left"), dynamic_as("right", ScalarType::Decimal)] -> Decimal, $decimal),
            $($times),*
        ]
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "+",
        aliases: &[],
        documentation: Documentation {
            summary: "Adds two numbers or timespans, or a timespan to a datetime.",
            returns: "The sum in the wider type of the two, `long` at least; null when an operand is null or the datetime is out of range.",
            notes: "Integers wrap around on overflow. A `dynamic` operand is converted to suit the other. Strings are joined with strcat().",
            page: PAGE,
        },
        overloads: arithmetic_overloads![
            long: |a| longs(a, i64::wrapping_add),
            real: |a| reals(a, |left, right| left + right),
            decimal: |a| decimals(a, decimal::add),
            dynamic: Operation::Add,
            overload!([timespan("left"), timespan("right")] -> TimeSpan, add_timespans),
            overload!([datetime("left"), timespan("right")] -> DateTime, add_to_datetime),
            overload!([timespan("left"), datetime("right")] -> DateTime, add_to_datetime),
            unavailable!([datetime("left"), datetime("right")] -> DateTime, NO_MEANING),
            overload!([dynamic_as("left", ScalarType::TimeSpan), timespan("right")] -> TimeSpan, add_timespans),
            overload!([timespan("left"), dynamic_as("right", ScalarType::TimeSpan)] -> TimeSpan, add_timespans),
            overload!([dynamic_as("left", ScalarType::TimeSpan), datetime("right")] -> DateTime, add_to_datetime),
            overload!([datetime("left"), dynamic_as("right", ScalarType::TimeSpan)] -> DateTime, add_to_datetime),
        ],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print 2 + 3", "5"),
            example("print int(2147483647) + int(1)", "2147483648"),
            example("print 1h + 30m", "01:30:00"),
            example("print datetime(2024-02-28) + 1d", "2024-02-29T00:00:00.0000000Z"),
        ],
    },
    Function {
        name: "-",
        aliases: &[],
        documentation: Documentation {
            summary: "Subtracts a number or timespan from another, a timespan from a datetime, or one datetime from another.",
            returns: "The difference in the wider type of the two, `long` at least; between datetimes the timespan that lies between them; null when an operand is null or the datetime is out of range.",
            notes: "Integers wrap around on overflow. A `dynamic` operand is converted to suit the other.",
            page: PAGE,
        },
        overloads: arithmetic_overloads![
            long: |a| longs(a, i64::wrapping_sub),
            real: |a| reals(a, |left, right| left - right),
            decimal: |a| decimals(a, decimal::subtract),
            dynamic: Operation::Subtract,
            overload!([timespan("left"), timespan("right")] -> TimeSpan, subtract_ticks),
            overload!([datetime("left"), datetime("right")] -> TimeSpan, subtract_ticks),
            overload!([datetime("left"), dynamic_as("right", ScalarType::DateTime)] -> TimeSpan, subtract_ticks),
            overload!([dynamic_as("left", ScalarType::DateTime), datetime("right")] -> TimeSpan, subtract_ticks),
            overload!([datetime("left"), timespan("right")] -> DateTime, subtract_to_datetime),
            overload!([timespan("left"), datetime("right")] -> DateTime, subtract_to_datetime),
            overload!([dynamic_as("left", ScalarType::TimeSpan), timespan("right")] -> TimeSpan, subtract_ticks),
            overload!([timespan("left"), dynamic_as("right", ScalarType::TimeSpan)] -> TimeSpan, subtract_ticks),
        ],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print 2 - 3", "-1"),
            example("print 1d - 1h", "23:00:00"),
            example("print datetime(2024-03-01) - datetime(2024-02-01)", "29.00:00:00"),
        ],
    },
    Function {
        name: "*",
        aliases: &[],
        documentation: Documentation {
            summary: "Multiplies two numbers, or a timespan by a number.",
            returns: "The product in the wider type of the two, `long` at least; null when an operand is null.",
            notes: "Integers wrap around on overflow. A `dynamic` operand is converted to the type of the other.",
            page: PAGE,
        },
        overloads: arithmetic_overloads![
            long: |a| longs(a, i64::wrapping_mul),
            real: |a| reals(a, |left, right| left * right),
            decimal: |a| decimals(a, decimal::multiply),
            dynamic: Operation::Multiply,
            unavailable!([timespan("left"), timespan("right")] -> TimeSpan, NO_MEANING),
            overload!([timespan("left"), integer("right")] -> TimeSpan, |a| ticks(a, i64::checked_mul)),
            overload!([integer("left"), timespan("right")] -> TimeSpan, |a| ticks(a, i64::checked_mul)),
            overload!([timespan("left"), number_as_real("right")] -> TimeSpan, multiply_timespan),
            overload!([number_as_real("left"), timespan("right")] -> TimeSpan, multiply_by_timespan),
            unavailable!([datetime("left"), number_as_real("right")] -> DateTime, NO_MEANING),
            unavailable!([number_as_real("left"), datetime("right")] -> DateTime, NO_MEANING),
        ],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print 6 * 7", "42"),
            example("print 1.5 * 2", "3.0"),
            example("print 2.5 * 1d", "2.12:00:00"),
        ],
    },
    Function {
        name: "/",
        aliases: &[],
        documentation: Documentation {
            summary: "Divides one number by another, or a timespan by a number or a timespan.",
            returns: "The quotient in the wider type of the two, `long` at least; between timespans a `real`; null when an operand is null or an integer is divided by zero.",
            notes: "Between integers the fraction is cut off: multiply by 1.0 to keep it.",
            page: PAGE,
        },
        overloads: arithmetic_overloads![
            long: divide_longs,
            real: |a| reals(a, |left, right| left / right),
            decimal: |a| decimals(a, decimal::divide),
            dynamic: Operation::Divide,
            overload!([timespan("left"), timespan("right")] -> Real, divide_ticks),
            overload!([timespan("left"), integer("right")] -> TimeSpan, divide_longs),
            overload!([timespan("left"), number_as_real("right")] -> TimeSpan, divide_timespan),
            overload!([datetime("left"), datetime("right")] -> Real, divide_ticks),
            overload!([datetime("left"), timespan("right")] -> Real, divide_ticks),
            unavailable!([datetime("left"), number_as_real("right")] -> DateTime, NO_MEANING),
        ],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print 7 / 2", "3"),
            example("print 7 / 2.0", "3.5"),
            example("print 90m / 1h", "1.5"),
            example("print 1 / 0", ""),
        ],
    },
    Function {
        name: "%",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the remainder of a division.",
            returns: "The remainder in the wider type of the two, `long` at least; null when an operand is null or an integer is divided by zero.",
            notes: "The remainder is never negative, whatever the signs of the operands: `-7 % 3` is 2.",
            page: PAGE,
        },
        overloads: arithmetic_overloads![
            long: remainder_of_longs,
            real: |a| reals(a, remainder_of_reals),
            decimal: |a| decimals(a, decimal::modulo),
            dynamic: Operation::Modulo,
            overload!([timespan("left"), timespan("right")] -> TimeSpan, remainder_of_longs),
            overload!([timespan("left"), integer("right")] -> TimeSpan, remainder_of_longs),
            unavailable!([timespan("left"), number_as_real("right")] -> TimeSpan, NO_MEANING),
            overload!([datetime("left"), datetime("right")] -> TimeSpan, remainder_of_longs),
            overload!([datetime("left"), timespan("right")] -> TimeSpan, remainder_of_longs),
            unavailable!([datetime("left"), number_as_real("right")] -> DateTime, NO_MEANING),
        ],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print 7 % 3", "1"),
            example("print -7 % 3", "2"),
            example("print (-7.5) % 2", "0.5"),
            example("print datetime(2024-01-01 13:45) % 1h", "00:45:00"),
        ],
    },
    Function {
        name: "$negate",
        aliases: &[],
        documentation: Documentation {
            summary: "Unary minus: changes the sign of a number or timespan.",
            returns: "The negated value, `long` for an `int`; null for null.",
            notes: "The smallest `long` has no positive counterpart and stays as it is.",
            page: PAGE,
        },
        overloads: &[
            overload!([integer("operand")] -> Long, |a| unary::<Int64Type, Int64Type>(a, i64::wrapping_neg)),
            overload!([exactly("operand", &[ScalarType::Real])] -> Real, |a| unary::<Float64Type, Float64Type>(a, |value| -value)),
            overload!([exactly("operand", &[ScalarType::Decimal])] -> Decimal, |a| unary::<Decimal128Type, Decimal128Type>(a, i128::wrapping_neg)),
            overload!([timespan("operand")] -> TimeSpan, |a| unary_optional::<Int64Type, Int64Type>(a, i64::checked_neg)),
            unavailable!([datetime("operand")] -> DateTime, NO_MEANING),
            overload!([dynamic("operand")] -> Dynamic, dynamic_arithmetic::negate),
        ],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print -(3)", "-3"),
            example("print -(2.5)", "-2.5"),
            example("print -(1d)", "-1.00:00:00"),
        ],
    },
];

fn longs(arguments: &Arguments<'_>, operation: impl Fn(i64, i64) -> i64) -> Result {
    binary::<Int64Type, Int64Type, Int64Type>(arguments, operation)
}

fn reals(arguments: &Arguments<'_>, operation: impl Fn(f64, f64) -> f64) -> Result {
    binary::<Float64Type, Float64Type, Float64Type>(arguments, operation)
}

fn decimals(arguments: &Arguments<'_>, operation: impl Fn(i128, i128) -> Option<i128>) -> Result {
    binary_optional::<Decimal128Type, Decimal128Type, Decimal128Type>(arguments, operation)
}

/// An operation on ticks, or on ticks and a `long`, that may have no answer.
fn ticks(arguments: &Arguments<'_>, operation: impl Fn(i64, i64) -> Option<i64>) -> Result {
    binary_optional::<Int64Type, Int64Type, Int64Type>(arguments, operation)
}

fn add_timespans(arguments: &Arguments<'_>) -> Result {
    ticks(arguments, i64::checked_add)
}

fn subtract_ticks(arguments: &Arguments<'_>) -> Result {
    ticks(arguments, i64::checked_sub)
}

fn add_to_datetime(arguments: &Arguments<'_>) -> Result {
    ticks(arguments, |left, right| checked_datetime(left.checked_add(right)?))
}

fn subtract_to_datetime(arguments: &Arguments<'_>) -> Result {
    ticks(arguments, |left, right| checked_datetime(left.checked_sub(right)?))
}

fn multiply_timespan(arguments: &Arguments<'_>) -> Result {
    binary_optional::<Int64Type, Float64Type, Int64Type>(arguments, |span, factor| as_ticks(span as f64 * factor))
}

fn multiply_by_timespan(arguments: &Arguments<'_>) -> Result {
    binary_optional::<Float64Type, Int64Type, Int64Type>(arguments, |factor, span| as_ticks(factor * span as f64))
}

fn divide_timespan(arguments: &Arguments<'_>) -> Result {
    binary_optional::<Int64Type, Float64Type, Int64Type>(arguments, |span, divisor| as_ticks(span as f64 / divisor))
}

/// The whole ticks of a computed timespan, where it has a place in the range.
fn as_ticks(ticks: f64) -> Option<i64> {
    // -2⁶³ is a float; i64::MAX is not, so 2⁶³ is left out.
    const LIMIT: f64 = -(i64::MIN as f64);
    (-LIMIT..LIMIT).contains(&ticks).then_some(ticks as i64)
}

fn divide_ticks(arguments: &Arguments<'_>) -> Result {
    binary::<Int64Type, Int64Type, Float64Type>(arguments, |left, right| left as f64 / right as f64)
}

fn divide_longs(arguments: &Arguments<'_>) -> Result {
    ticks(arguments, |left, right| (right != 0).then(|| left.wrapping_div(right)))
}

fn remainder_of_longs(arguments: &Arguments<'_>) -> Result {
    ticks(arguments, |left, right| (right != 0).then(|| left.wrapping_rem_euclid(right)))
}

fn remainder_of_reals(left: f64, right: f64) -> f64 {
    left.rem_euclid(right)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, AsArray, Float64Array, Int64Array};
    use kql_types::ticks::MAX_DATETIME;

    use super::*;
    use crate::Argument;
    use crate::testing::call_overload as call;

    fn long_column(values: &[Option<i64>]) -> Argument {
        Argument::Array(Arc::new(Int64Array::from(values.to_vec())))
    }

    fn long(value: i64) -> Argument {
        Argument::Constant(Arc::new(Int64Array::from(vec![value])))
    }

    fn real(value: f64) -> Argument {
        Argument::Constant(Arc::new(Float64Array::from(vec![value])))
    }

    fn as_longs(array: &ArrayRef) -> Vec<Option<i64>> {
        array.as_primitive::<Int64Type>().iter().collect()
    }

    #[test]
    fn integers_wrap_and_nulls_stick() {
        let values = long_column(&[Some(i64::MAX), Some(1), None]);
        let sums = call("+(integer, integer)", &[values.clone(), long(1)], 3);
        assert_eq!(as_longs(&sums), [Some(i64::MIN), Some(2), None]);
        let products = call("*(integer, integer)", &[values, long(2)], 3);
        assert_eq!(as_longs(&products), [Some(-2), Some(2), None]);
    }

    #[test]
    fn integer_division_cuts_off_and_knows_no_zero() {
        let dividends = long_column(&[Some(7), Some(-7), Some(i64::MIN), None]);
        let by = |divisor| as_longs(&call("/(integer, integer)", &[dividends.clone(), long(divisor)], 4));
        assert_eq!(by(2), [Some(3), Some(-3), Some(i64::MIN / 2), None]);
        assert_eq!(by(-1), [Some(-7), Some(7), Some(i64::MIN), None]);
        assert_eq!(by(0), [None; 4]);
    }

    #[test]
    fn remainders_are_never_negative() {
        let dividends = long_column(&[Some(7), Some(-7), Some(i64::MIN), None]);
        let by = |divisor| as_longs(&call("%(integer, integer)", &[dividends.clone(), long(divisor)], 4));
        assert_eq!(by(3), [Some(1), Some(2), Some(1), None]);
        assert_eq!(by(-3), [Some(1), Some(2), Some(1), None]);
        assert_eq!(by(-1), [Some(0), Some(0), Some(0), None]);
        assert_eq!(by(0), [None; 4]);
        let reals = call("%(int|long|real, int|long|real)", &[real(-7.5), real(2.0)], 1);
        assert_eq!(reals.as_primitive::<Float64Type>().value(0), 0.5);
    }

    #[test]
    fn reals_divide_by_zero() {
        let quotient = |left, right| {
            call("/(int|long|real, int|long|real)", &[real(left), real(right)], 1)
                .as_primitive::<Float64Type>()
                .value(0)
        };
        assert_eq!(quotient(1.0, 0.0), f64::INFINITY);
        assert_eq!(quotient(-1.0, 0.0), f64::NEG_INFINITY);
        assert!(quotient(0.0, 0.0).is_nan());
    }

    #[test]
    fn datetimes_keep_to_their_range() {
        let edges = long_column(&[Some(0), Some(MAX_DATETIME), None]);
        let later = call("+(datetime, timespan)", &[edges.clone(), long(1)], 3);
        assert_eq!(as_longs(&later), [Some(1), None, None]);
        let earlier = call("-(datetime, timespan)", &[edges.clone(), long(1)], 3);
        assert_eq!(as_longs(&earlier), [None, Some(MAX_DATETIME - 1), None]);
        let between = call("-(datetime, datetime)", &[edges, long(MAX_DATETIME)], 3);
        assert_eq!(as_longs(&between), [Some(-MAX_DATETIME), Some(0), None]);
    }

    #[test]
    fn timespans_scale_exactly_by_integers_and_cut_off_fractions() {
        let spans = long_column(&[Some(10), Some(i64::MAX)]);
        assert_eq!(as_longs(&call("*(timespan, integer)", &[spans.clone(), long(2)], 2)), [Some(20), None]);
        assert_eq!(as_longs(&call("*(timespan, number)", &[spans.clone(), real(0.25)], 2)), [Some(2), Some(1 << 61)]);
        assert_eq!(as_longs(&call("/(timespan, number)", &[spans.clone(), real(0.0)], 2)), [None, None]);
        assert_eq!(as_longs(&call("/(timespan, integer)", &[spans, long(3)], 2)), [Some(3), Some(i64::MAX / 3)]);
    }

    #[test]
    fn two_constants_give_a_row_each() {
        assert_eq!(call("+(integer, integer)", &[long(1), long(2)], 1).len(), 1);
        assert_eq!(call("+(integer, integer)", &[long_column(&[]), long(2)], 0).len(), 0);
    }
}
