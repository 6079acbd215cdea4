//! Putting datetimes and timespans together: from parts, and from Unix time.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{Float64Type, Int64Type};
use kql_types::ScalarType;
use kql_types::ticks::{
    Calendar, PER_DAY, PER_HOUR, PER_MICROSECOND, PER_MILLISECOND, PER_MINUTE, PER_SECOND, UNIX_EPOCH, checked_datetime,
};

use crate::columnar::unary_optional;
use crate::documentation::example;
use crate::overload::{integer, number_as_real, overload};
use crate::signature::parameter_of;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName};

type Result<T = ArrayRef> = std::result::Result<T, KernelError>;

/// A part given as a number, of which the whole counts.
const fn whole(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Converted(ScalarType::Long))
}

/// A value that is converted.
const fn converted(scalar_type: ScalarType) -> Parameter {
    parameter_of("value", ParameterType::Scalar)
        .passed_as(PassedAs::Converted(scalar_type))
        .describe("A value to convert.")
}

macro_rules! unix_time {
    ($name:literal, $unit:literal, $page:literal, $numerator:expr, $denominator:expr, [$($example:expr),*]) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: concat!("Turns Unix time in ", $unit, " into a datetime."),
                returns: "A datetime in UTC; null for null, and outside the years 1 to 9999.",
                notes: "",
                page: $page,
            },
            overloads: &[
                overload!(
                    [integer("number").describe(concat!("The ", $unit, " since 1970-01-01."))] -> DateTime,
                    |a| from_whole(a, $numerator, $denominator)
                ),
                overload!(
                    [number_as_real("number").describe(concat!("The ", $unit, " since 1970-01-01."))] -> DateTime,
                    |a| from_real(a, $numerator as f64 / $denominator as f64)
                ),
            ],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[$($example),*],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "make_datetime",
        aliases: &[],
        documentation: Documentation {
            summary: "Puts a datetime together from its parts, or converts a value to one.",
            returns: "A datetime; null when a part is null or out of its range.",
            notes: "With one argument it is todatetime().",
            page: "make-datetime-function",
        },
        overloads: &[
            overload!(
                [
                    whole("year").describe("1 to 9999."),
                    whole("month").describe("1 to 12."),
                    whole("day").describe("1 to the length of the month."),
                    whole("hour").optional().describe("0 to 23."),
                    whole("minute").optional().describe("0 to 59."),
                    number_as_real("second").optional().describe("0 up to 60, with a fraction."),
                ] -> DateTime,
                make_datetime
            ),
            overload!([converted(ScalarType::DateTime)] -> DateTime, |a| a.expanded(0)),
        ],
        result_name: ResultName::OnlyArgument,
        deterministic: true,
        examples: &[
            example("print make_datetime(2024, 2, 29)", "2024-02-29T00:00:00.0000000Z"),
            example("print make_datetime(2024, 2, 29, 13, 45, 1.5)", "2024-02-29T13:45:01.5000000Z"),
            example("print make_datetime(2023, 2, 29)", ""),
        ],
    },
    Function {
        name: "make_timespan",
        aliases: &[],
        documentation: Documentation {
            summary: "Puts a timespan together from its parts, or converts a value to one.",
            returns: "A timespan; null when a part is null or out of its range.",
            notes: "Two and three arguments are hours, minutes and seconds; a fourth puts days before them.",
            page: "make-timespan-function",
        },
        overloads: &[
            overload!(
                [
                    whole("hours").describe("0 to 23."),
                    whole("minutes").describe("0 to 59."),
                    number_as_real("seconds").optional().describe("0 up to 60, with a fraction."),
                ] -> TimeSpan,
                |a| make_timespan(a, 0)
            ),
            overload!(
                [
                    whole("days").describe("0 or more."),
                    whole("hours").describe("0 to 23."),
                    whole("minutes").describe("0 to 59."),
                    number_as_real("seconds").describe("0 up to 60, with a fraction."),
                ] -> TimeSpan,
                |a| make_timespan(a, 1)
            ),
            overload!([converted(ScalarType::TimeSpan)] -> TimeSpan, |a| a.expanded(0)),
        ],
        result_name: ResultName::OnlyArgument,
        deterministic: true,
        examples: &[
            example("print make_timespan(1, 30)", "01:30:00"),
            example("print make_timespan(1, 12, 30, 55.123)", "1.12:30:55.1230000"),
            example("print make_timespan(25, 0)", ""),
        ],
    },
    unix_time!(
        "unixtime_seconds_todatetime",
        "seconds",
        "unixtime-seconds-todatetime-function",
        PER_SECOND,
        1,
        [
            example("print unixtime_seconds_todatetime(1709214312)", "2024-02-29T13:45:12.0000000Z"),
            example("print unixtime_seconds_todatetime(-1)", "1969-12-31T23:59:59.0000000Z")
        ]
    ),
    unix_time!(
        "unixtime_milliseconds_todatetime",
        "milliseconds",
        "unixtime-milliseconds-todatetime-function",
        PER_MILLISECOND,
        1,
        [
            example("print unixtime_milliseconds_todatetime(1709214312345)", "2024-02-29T13:45:12.3450000Z"),
            example("print unixtime_milliseconds_todatetime(0)", "1970-01-01T00:00:00.0000000Z")
        ]
    ),
    unix_time!(
        "unixtime_microseconds_todatetime",
        "microseconds",
        "unixtime-microseconds-todatetime-function",
        PER_MICROSECOND,
        1,
        [
            example("print unixtime_microseconds_todatetime(1709214312345678)", "2024-02-29T13:45:12.3456780Z"),
            example("print unixtime_microseconds_todatetime(0)", "1970-01-01T00:00:00.0000000Z")
        ]
    ),
    unix_time!(
        "unixtime_nanoseconds_todatetime",
        "nanoseconds",
        "unixtime-nanoseconds-todatetime-function",
        1,
        100,
        [
            example("print unixtime_nanoseconds_todatetime(1709214312345678900)", "2024-02-29T13:45:12.3456789Z"),
            example("print unixtime_nanoseconds_todatetime(0)", "1970-01-01T00:00:00.0000000Z")
        ]
    ),
];

fn from_whole(arguments: &Arguments<'_>, numerator: i64, denominator: i64) -> Result {
    unary_optional::<Int64Type, Int64Type>(arguments, |number| {
        let ticks = number.checked_mul(numerator)?.checked_div_euclid(denominator)?;
        checked_datetime(UNIX_EPOCH.checked_add(ticks)?)
    })
}

fn from_real(arguments: &Arguments<'_>, unit: f64) -> Result {
    unary_optional::<Float64Type, Int64Type>(arguments, |number| {
        let ticks = (number * unit).round();
        // Beyond this no datetime lies; within it the conversion is exact.
        (ticks.abs() < 4e18).then_some(ticks as i64).and_then(|ticks| checked_datetime(UNIX_EPOCH + ticks))
    })
}

/// The ticks of a number of seconds below a minute.
fn ticks_of_seconds(seconds: f64) -> Option<i64> {
    let ticks = (seconds * PER_SECOND as f64).round();
    (0.0..PER_MINUTE as f64).contains(&ticks).then_some(ticks as i64)
}

/// A part of the time of day, where it is in its range.
fn in_range(part: i64, limit: i64) -> Option<i64> {
    (0..limit).contains(&part).then_some(part)
}

fn make_datetime(arguments: &Arguments<'_>) -> Result {
    let wholes = (0..arguments.len().min(5)).map(|position| arguments.primitives::<Int64Type>(position));
    let wholes = wholes.collect::<Result<Vec<_>>>()?;
    let seconds = if arguments.len() > 5 { Some(arguments.primitives::<Float64Type>(5)?) } else { None };
    let datetime = |row: usize| {
        // A part that is not given is 0, one that is null makes a null.
        let part = |position: usize| wholes.get(position).map_or(Some(0), |part| part.get(row));
        let year = i32::try_from(part(0)?).ok()?;
        let date = Calendar::date(year, u32::try_from(part(1)?).ok()?, u32::try_from(part(2)?).ok()?).to_ticks()?;
        let time = in_range(part(3)?, 24)? * PER_HOUR + in_range(part(4)?, 60)? * PER_MINUTE;
        let seconds = seconds.as_ref().map_or(Some(0.0), |seconds| seconds.get(row))?;
        checked_datetime(date + time + ticks_of_seconds(seconds)?)
    };
    Ok(Arc::new((0..arguments.rows()).map(datetime).collect::<Int64Array>()))
}

/// Makes timespans of parts, the hours being at the position `hours`, after the days if there are any.
fn make_timespan(arguments: &Arguments<'_>, hours: usize) -> Result {
    let days = if hours > 0 { Some(arguments.primitives::<Int64Type>(0)?) } else { None };
    let minutes = arguments.primitives::<Int64Type>(hours + 1)?;
    let seconds =
        if arguments.len() > hours + 2 { Some(arguments.primitives::<Float64Type>(hours + 2)?) } else { None };
    let hours = arguments.primitives::<Int64Type>(hours)?;
    let timespan = |row: usize| {
        let days =
            days.as_ref().map_or(Some(0), |days| days.get(row)).filter(|days| *days >= 0)?.checked_mul(PER_DAY)?;
        let time = in_range(hours.get(row)?, 24)? * PER_HOUR + in_range(minutes.get(row)?, 60)? * PER_MINUTE;
        let seconds = seconds.as_ref().map_or(Some(0.0), |seconds| seconds.get(row))?;
        days.checked_add(time + ticks_of_seconds(seconds)?)
    };
    Ok(Arc::new((0..arguments.rows()).map(timespan).collect::<Int64Array>()))
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use kql_types::Value;
    use kql_types::ticks::MAX_DATETIME;

    use super::*;
    use crate::Argument;
    use crate::testing::{call, call_overload, long, longs, overload, show};

    fn real(value: f64) -> Argument {
        Argument::Constant(Value::Real(value).to_array())
    }

    #[test]
    fn parts_must_be_in_range() {
        let parts = [2020, 2, 29, 23, 59].map(long).to_vec();
        let with_seconds = |seconds| {
            let arguments = [parts.clone(), vec![real(seconds)]].concat();
            call("make_datetime", &arguments)
        };
        assert_eq!(with_seconds(59.9999999), (637_186_175_999_999_999_i64).to_string());
        assert_eq!(with_seconds(60.0), "null");
        assert_eq!(with_seconds(-0.5), "null");
        assert_eq!(with_seconds(f64::NAN), "null");
        assert_eq!(
            call("make_datetime", &[longs(&[Some(1), Some(0), Some(10_000), None]), long(1), long(1)]),
            "0|null|null|null"
        );
        assert_eq!(call("make_datetime", &[long(i64::MAX), long(i64::MIN), long(1)]), "null");
    }

    #[test]
    fn spans_of_two_to_four_parts() {
        assert_eq!(
            call("make_timespan", &[long(1), longs(&[Some(2), Some(60), None])]),
            format!("{}|null|null", 62 * PER_MINUTE)
        );
        let long_span = [long(1), long(0), long(0), real(0.0000001)];
        assert_eq!(show(overload("make_timespan", 1, &long_span)), (PER_DAY + 1).to_string());
        let endless = [long(i64::MAX), long(0), long(0), real(0.0)];
        assert_eq!(show(overload("make_timespan", 1, &endless)), "null");
        let negative = [long(-1), long(0), long(0), real(0.0)];
        assert_eq!(show(overload("make_timespan", 1, &negative)), "null");
    }

    #[test]
    fn unix_time_has_the_range_of_datetimes() {
        let seconds =
            longs(&[Some(-62_135_596_800), Some(253_402_300_799), Some(253_402_300_800), Some(i64::MIN), None]);
        let last = MAX_DATETIME - 9_999_999;
        assert_eq!(call("unixtime_seconds_todatetime", &[seconds]), format!("0|{last}|null|null|null"));
        assert_eq!(call("unixtime_nanoseconds_todatetime", &[long(-1)]), (UNIX_EPOCH - 1).to_string());
        for edge in [f64::NAN, f64::INFINITY, 1e300] {
            let result = call_overload("unixtime_seconds_todatetime(number)", &[real(edge)], 1);
            assert!(result.as_primitive::<Int64Type>().iter().all(|value| value.is_none()));
        }
        let half = call_overload("unixtime_seconds_todatetime(number)", &[real(1.5)], 1);
        assert_eq!(half.as_primitive::<Int64Type>().value(0), UNIX_EPOCH + 15_000_000);
    }
}
