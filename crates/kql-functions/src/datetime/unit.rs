//! Functions that are told a unit of time: `datetime_part`, `datetime_diff` and `datetime_add`.

use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type};
use kql_types::ScalarType;
use kql_types::ticks::{
    Calendar, PER_DAY, PER_HOUR, PER_MICROSECOND, PER_MILLISECOND, PER_MINUTE, PER_SECOND, add_months,
    checked_datetime, day_of_week,
};

use super::parts::week_of_year;
use crate::documentation::example;
use crate::function::Alias;
use crate::overload::{datetime, integer, overload};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName};

type Result<T = ArrayRef> = std::result::Result<T, KernelError>;

/// The units that `datetime_diff` and `datetime_add` know.
const UNITS: &[&str] = &[
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
];

/// The parts that `datetime_part` knows.
const PARTS: &[&str] = &[
    "year",
    "quarter",
    "month",
    "week_of_year",
    "day",
    "dayofyear",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
];

const fn named(values: &'static [&'static str]) -> Parameter {
    parameter("part", ScalarType::String).literal().values(values).describe("The unit, in any case.")
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "datetime_part",
        aliases: &[Alias { name: "datepart", deprecated: true }],
        documentation: Documentation {
            summary: "Gives one part of a datetime as a number.",
            returns: "An `int`; null for null.",
            notes: "Milliseconds, microseconds and nanoseconds are counted from the second.",
            page: "datetime-part-function",
        },
        overloads: &[overload!([named(PARTS), datetime("date").describe("The point in time.")] -> Int, part)],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print datetime_part('quarter', datetime(2024-05-17))", "2"),
            example("print datetime_part('millisecond', datetime(2024-05-17 10:00:00.123456))", "123"),
        ],
    },
    Function {
        name: "datetime_diff",
        aliases: &[],
        documentation: Documentation {
            summary: "Counts how many starts of a unit lie between two datetimes.",
            returns: "A `long`, positive when the first datetime is the later; null when an argument is null.",
            notes: "From 2023-12-31 to 2024-01-01 it is one year. Weeks start on Sunday.",
            page: "datetime-diff-function",
        },
        overloads: &[overload!(
            [
                named(UNITS),
                datetime("datetime1").describe("The datetime to count to."),
                datetime("datetime2").describe("The datetime to count from."),
            ] -> Long,
            difference
        )],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print datetime_diff('year', datetime(2024-01-01), datetime(2023-12-31))", "1"),
            example("print datetime_diff('hour', datetime(2024-01-01 01:00), datetime(2024-01-02))", "-23"),
        ],
    },
    Function {
        name: "datetime_add",
        aliases: &[],
        documentation: Documentation {
            summary: "Moves a datetime by some units.",
            returns: "A datetime; null when an argument is null or it falls outside the years 1 to 9999.",
            notes: "A day that a month does not have becomes the month's last.",
            page: "datetime-add-function",
        },
        overloads: &[overload!(
            [
                named(UNITS),
                integer("value").describe("How many units; negative to go back."),
                datetime("datetime").describe("The point in time."),
            ] -> DateTime,
            add
        )],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print datetime_add('month', 1, datetime(2024-01-31))", "2024-02-29T00:00:00.0000000Z"),
            example("print datetime_add('week', -1, datetime(2024-01-03))", "2023-12-27T00:00:00.0000000Z"),
        ],
    },
];

/// A unit of time, or a part of a datetime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    WeekOfYear,
    Day,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Unit {
    fn of(arguments: &Arguments<'_>) -> Result<Unit> {
        let name = arguments.strings(0)?.constant();
        let name = name.ok_or_else(|| KernelError("the unit of time must not depend on the row".to_owned()))?;
        Ok(match name.to_ascii_lowercase().as_str() {
            "year" => Unit::Year,
            "quarter" => Unit::Quarter,
            "month" => Unit::Month,
            "week" => Unit::Week,
            "week_of_year" | "weekofyear" => Unit::WeekOfYear,
            "day" => Unit::Day,
            "dayofyear" => Unit::DayOfYear,
            "hour" => Unit::Hour,
            "minute" => Unit::Minute,
            "second" => Unit::Second,
            "millisecond" => Unit::Millisecond,
            "microsecond" => Unit::Microsecond,
            "nanosecond" => Unit::Nanosecond,
            _ => return Err(KernelError(format!("'{name}' is not a unit of time; known are {}", PARTS.join(", ")))),
        })
    }

    fn of_datetime(self, date: i64) -> Option<i32> {
        let calendar = Calendar::from_ticks(date);
        let whole = |part: u32| i32::try_from(part).ok();
        match self {
            Unit::Year => Some(calendar.year),
            Unit::Quarter => whole(calendar.month.div_ceil(3)),
            Unit::Month => whole(calendar.month),
            Unit::Week | Unit::WeekOfYear => Some(week_of_year(date)),
            Unit::Day => whole(calendar.day),
            Unit::DayOfYear => whole(calendar.day_of_year()),
            Unit::Hour => whole(calendar.hour),
            Unit::Minute => whole(calendar.minute),
            Unit::Second => whole(calendar.second),
            Unit::Millisecond => whole(calendar.fraction / 10_000),
            Unit::Microsecond => whole(calendar.fraction / 10),
            Unit::Nanosecond => whole(calendar.fraction.checked_mul(100)?),
        }
    }

    /// How many of the unit have started up to a datetime, counted from anywhere.
    fn index(self, date: i64) -> i64 {
        let calendar = || Calendar::from_ticks(date);
        let months = || i64::from(calendar().year) * 12 + i64::from(calendar().month) - 1;
        match self {
            Unit::Year => i64::from(calendar().year),
            Unit::Quarter => months().div_euclid(3),
            Unit::Month => months(),
            Unit::Week | Unit::WeekOfYear => (date.div_euclid(PER_DAY) - i64::from(day_of_week(date))).div_euclid(7),
            Unit::Day | Unit::DayOfYear => date.div_euclid(PER_DAY),
            Unit::Hour => date.div_euclid(PER_HOUR),
            Unit::Minute => date.div_euclid(PER_MINUTE),
            Unit::Second => date.div_euclid(PER_SECOND),
            Unit::Millisecond => date.div_euclid(PER_MILLISECOND),
            Unit::Microsecond => date.div_euclid(PER_MICROSECOND),
            // A tick is 100 ns: counted in ticks, and multiplied by the caller.
            Unit::Nanosecond => date,
        }
    }

    fn difference(self, to: i64, from: i64) -> Option<i64> {
        let difference = self.index(to).checked_sub(self.index(from))?;
        if self == Unit::Nanosecond { difference.checked_mul(100) } else { Some(difference) }
    }

    fn add(self, count: i64, date: i64) -> Option<i64> {
        let ticks = match self {
            Unit::Year => return add_months(date, count.checked_mul(12)?),
            Unit::Quarter => return add_months(date, count.checked_mul(3)?),
            Unit::Month => return add_months(date, count),
            Unit::Week | Unit::WeekOfYear => count.checked_mul(7 * PER_DAY)?,
            Unit::Day | Unit::DayOfYear => count.checked_mul(PER_DAY)?,
            Unit::Hour => count.checked_mul(PER_HOUR)?,
            Unit::Minute => count.checked_mul(PER_MINUTE)?,
            Unit::Second => count.checked_mul(PER_SECOND)?,
            Unit::Millisecond => count.checked_mul(PER_MILLISECOND)?,
            Unit::Microsecond => count.checked_mul(PER_MICROSECOND)?,
            Unit::Nanosecond => count / 100,
        };
        checked_datetime(date.checked_add(ticks)?)
    }
}

fn part(arguments: &Arguments<'_>) -> Result {
    let unit = Unit::of(arguments)?;
    let dates = arguments.primitives::<Int64Type>(1)?;
    let parts = (0..arguments.rows()).map(|row| unit.of_datetime(dates.get(row)?));
    Ok(std::sync::Arc::new(parts.collect::<arrow::array::PrimitiveArray<Int32Type>>()))
}

fn difference(arguments: &Arguments<'_>) -> Result {
    let unit = Unit::of(arguments)?;
    let (to, from) = (arguments.primitives::<Int64Type>(1)?, arguments.primitives::<Int64Type>(2)?);
    Ok(crate::output::longs(arguments.rows(), |row| unit.difference(to.get(row)?, from.get(row)?)))
}

fn add(arguments: &Arguments<'_>) -> Result {
    let unit = Unit::of(arguments)?;
    let (counts, dates) = (arguments.primitives::<Int64Type>(1)?, arguments.primitives::<Int64Type>(2)?);
    Ok(crate::output::longs(arguments.rows(), |row| unit.add(counts.get(row)?, dates.get(row)?)))
}

#[cfg(test)]
mod tests {
    use kql_types::text::datetime::{format_datetime, parse_datetime};
    use kql_types::ticks::MAX_DATETIME;

    use super::*;
    use crate::testing::{call, long, longs, text};

    fn at(text: &str) -> i64 {
        parse_datetime(text).unwrap()
    }

    #[test]
    fn every_part() {
        let date = long(at("2017-10-30 01:02:03.7654321"));
        let parts = PARTS.iter().map(|part| call("datetime_part", &[text(&part.to_uppercase()), date.clone()]));
        let parts: Vec<String> = parts.collect();
        assert_eq!(parts.join(" "), "2017 4 10 44 30 303 1 2 3 765 765432 765432100");
    }

    #[test]
    fn differences_count_starts() {
        let difference = |unit, to, from| call("datetime_diff", &[text(unit), long(at(to)), long(at(from))]);
        assert_eq!(difference("year", "2017-01-01", "2016-12-31"), "1");
        assert_eq!(difference("quarter", "2017-04-01", "2016-12-31"), "2");
        assert_eq!(difference("month", "2016-12-31", "2017-01-01"), "-1");
        assert_eq!(difference("week", "2024-03-03", "2024-03-02"), "1");
        assert_eq!(difference("week", "2024-03-09", "2024-03-03"), "0");
        assert_eq!(difference("second", "2024-01-01 00:00:01.1", "2024-01-01 00:00:00.9"), "1");
        assert_eq!(difference("nanosecond", "2024-01-01", "2024-01-01 00:00:00.0000007"), "-700");
    }

    #[test]
    fn additions_keep_to_the_calendar() {
        let add = |unit, count, date| {
            let ticks = call("datetime_add", &[text(unit), long(count), long(at(date))]);
            ticks.parse().map_or(ticks, format_datetime)
        };
        assert_eq!(add("year", 1, "2024-02-29"), "2025-02-28T00:00:00.0000000Z");
        assert_eq!(add("quarter", -1, "2024-05-31"), "2024-02-29T00:00:00.0000000Z");
        assert_eq!(add("nanosecond", 250, "2024-05-31"), "2024-05-31T00:00:00.0000002Z");
        assert_eq!(add("day", i64::MAX, "2024-05-31"), "null");
        assert_eq!(add("hour", -1, "0001-01-01"), "null");
        let dates = longs(&[Some(MAX_DATETIME), None]);
        assert_eq!(call("datetime_add", &[text("second"), long(1), dates]), "null|null");
    }

    #[test]
    fn an_unknown_unit_is_named() {
        insta::assert_snapshot!(
            call("datetime_part", &[text("fortnight"), long(0)]),
            @"error: 'fortnight' is not a unit of time; known are year, quarter, month, week_of_year, day, dayofyear, hour, minute, second, millisecond, microsecond, nanosecond"
        );
    }
}
