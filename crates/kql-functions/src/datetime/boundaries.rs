//! The starts and ends of days, weeks, months and years.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;
use kql_types::ticks::{Calendar, PER_DAY, add_months, checked_datetime, day_of_week, days_in_month};

use crate::columnar::{binary_optional, unary_optional};
use crate::documentation::example;
use crate::overload::{datetime, overload};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result = std::result::Result<ArrayRef, KernelError>;

macro_rules! boundary {
    ($name:literal, $result_name:expr, $boundary:expr, $page:literal, $summary:literal, $offset:literal, [$($example:expr),*]) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: $summary,
                returns: "A datetime; null for null, and where it falls outside the years 1 to 9999.",
                notes: "",
                page: $page,
            },
            overloads: &[overload!(
                [
                    datetime("date").describe("The point in time."),
                    parameter("offset", ScalarType::Long).optional().describe($offset),
                ] -> DateTime,
                |a| shifted(a, $boundary)
            )],
            result_name: $result_name,
            deterministic: true,
            examples: &[$($example),*],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    boundary!(
        "startofday",
        ResultName::FirstArgument,
        start_of_day,
        "startofday-function",
        "Gives the start of the day of a datetime.",
        "How many days to move, 0 by default.",
        [
            example("print startofday(datetime(2024-02-29 13:45))", "2024-02-29T00:00:00.0000000Z"),
            example("print startofday(datetime(2024-02-29 13:45), -1)", "2024-02-28T00:00:00.0000000Z")
        ]
    ),
    boundary!(
        "startofweek",
        ResultName::None,
        start_of_week,
        "startofweek-function",
        "Gives the start of the week of a datetime; weeks start on Sunday.",
        "How many weeks to move, 0 by default.",
        [
            example("print startofweek(datetime(2024-02-29 13:45))", "2024-02-25T00:00:00.0000000Z"),
            example("print startofweek(datetime(2024-02-29 13:45), 1)", "2024-03-03T00:00:00.0000000Z")
        ]
    ),
    boundary!(
        "startofmonth",
        ResultName::None,
        start_of_month,
        "startofmonth-function",
        "Gives the start of the month of a datetime.",
        "How many months to move, 0 by default.",
        [
            example("print startofmonth(datetime(2024-02-29 13:45))", "2024-02-01T00:00:00.0000000Z"),
            example("print startofmonth(datetime(2024-02-29 13:45), 11)", "2025-01-01T00:00:00.0000000Z")
        ]
    ),
    boundary!(
        "startofyear",
        ResultName::None,
        start_of_year,
        "startofyear-function",
        "Gives the start of the year of a datetime.",
        "How many years to move, 0 by default.",
        [
            example("print startofyear(datetime(2024-02-29 13:45))", "2024-01-01T00:00:00.0000000Z"),
            example("print startofyear(datetime(2024-02-29 13:45), -4)", "2020-01-01T00:00:00.0000000Z")
        ]
    ),
    boundary!(
        "endofday",
        ResultName::None,
        |date, offset| last_tick(start_of_day(date, offset)?, PER_DAY),
        "endofday-function",
        "Gives the last tick of the day of a datetime.",
        "How many days to move, 0 by default.",
        [
            example("print endofday(datetime(2024-02-29 13:45))", "2024-02-29T23:59:59.9999999Z"),
            example("print endofday(datetime(2024-02-29 13:45), 1)", "2024-03-01T23:59:59.9999999Z")
        ]
    ),
    boundary!(
        "endofweek",
        ResultName::None,
        end_of_week,
        "endofweek-function",
        "Gives the last tick of the week of a datetime; weeks end on Saturday.",
        "How many weeks to move, 0 by default.",
        [
            example("print endofweek(datetime(2024-02-29 13:45))", "2024-03-02T23:59:59.9999999Z"),
            example("print endofweek(datetime(2024-02-29 13:45), -1)", "2024-02-24T23:59:59.9999999Z")
        ]
    ),
    boundary!(
        "endofmonth",
        ResultName::None,
        end_of_month,
        "endofmonth-function",
        "Gives the last tick of the month of a datetime.",
        "How many months to move, 0 by default.",
        [
            example("print endofmonth(datetime(2024-02-03))", "2024-02-29T23:59:59.9999999Z"),
            example("print endofmonth(datetime(2024-02-03), 12)", "2025-02-28T23:59:59.9999999Z")
        ]
    ),
    boundary!(
        "endofyear",
        ResultName::None,
        end_of_year,
        "endofyear-function",
        "Gives the last tick of the year of a datetime.",
        "How many years to move, 0 by default.",
        [
            example("print endofyear(datetime(2024-02-03))", "2024-12-31T23:59:59.9999999Z"),
            example("print endofyear(datetime(2024-02-03), -1)", "2023-12-31T23:59:59.9999999Z")
        ]
    ),
];

/// Applies `boundary` to the dates and offsets; no offset is 0.
fn shifted(arguments: &Arguments<'_>, boundary: impl Fn(i64, i64) -> Option<i64>) -> Result {
    if arguments.len() < 2 {
        return unary_optional::<Int64Type, Int64Type>(arguments, |date| boundary(date, 0));
    }
    binary_optional::<Int64Type, Int64Type, Int64Type>(arguments, boundary)
}

fn start_of_day(date: i64, offset: i64) -> Option<i64> {
    let day = date.checked_div(PER_DAY)?.checked_add(offset)?;
    checked_datetime(day.checked_mul(PER_DAY)?)
}

/// The Sunday of a date's week, which may lie before year 1.
fn sunday(date: i64, offset: i64) -> Option<i64> {
    let day = date.div_euclid(PER_DAY).checked_sub(i64::from(day_of_week(date)))?;
    day.checked_add(offset.checked_mul(7)?)?.checked_mul(PER_DAY)
}

fn start_of_week(date: i64, offset: i64) -> Option<i64> {
    checked_datetime(sunday(date, offset)?)
}

fn end_of_week(date: i64, offset: i64) -> Option<i64> {
    last_tick(sunday(date, offset)?, 7 * PER_DAY)
}

/// The last tick of a period.
fn last_tick(start: i64, length: i64) -> Option<i64> {
    checked_datetime(start.checked_add(length)?.checked_sub(1)?)
}

fn start_of_month(date: i64, offset: i64) -> Option<i64> {
    let calendar = Calendar::from_ticks(date);
    add_months(Calendar::date(calendar.year, calendar.month, 1).to_ticks()?, offset)
}

fn end_of_month(date: i64, offset: i64) -> Option<i64> {
    let start = start_of_month(date, offset)?;
    let calendar = Calendar::from_ticks(start);
    last_tick(start, i64::from(days_in_month(calendar.year, calendar.month)) * PER_DAY)
}

fn start_of_year(date: i64, offset: i64) -> Option<i64> {
    let year = i64::from(Calendar::from_ticks(date).year).checked_add(offset)?;
    Calendar::date(i32::try_from(year).ok()?, 1, 1).to_ticks()
}

fn end_of_year(date: i64, offset: i64) -> Option<i64> {
    let start = start_of_year(date, offset)?;
    end_of_month(start, 11)
}

#[cfg(test)]
mod tests {
    use kql_types::text::datetime::{format_datetime, parse_datetime};
    use kql_types::ticks::MAX_DATETIME;

    use super::*;
    use crate::testing::{call, long, longs};

    fn shown(boundary: Option<i64>) -> String {
        boundary.map_or_else(|| "none".to_owned(), format_datetime)
    }

    fn at(text: &str) -> i64 {
        parse_datetime(text).unwrap()
    }

    #[test]
    fn the_edges_of_time() {
        assert_eq!(start_of_year(0, 0), Some(0));
        assert_eq!(start_of_week(0, 0), None);
        assert_eq!(start_of_week(6 * PER_DAY, 0), Some(6 * PER_DAY));
        assert_eq!(shown(end_of_week(0, 0)), "0001-01-06T23:59:59.9999999Z");
        assert_eq!(end_of_year(MAX_DATETIME, 0), Some(MAX_DATETIME));
        assert_eq!(end_of_month(MAX_DATETIME, 0), Some(MAX_DATETIME));
        assert_eq!(end_of_week(MAX_DATETIME, 0), None);
        assert_eq!(end_of_year(MAX_DATETIME, 1), None);
        assert_eq!(start_of_day(MAX_DATETIME, i64::MAX), None);
        assert_eq!(start_of_month(0, i64::MIN), None);
    }

    #[test]
    fn offsets_move_by_whole_periods() {
        let date = at("2023-01-31 12:00");
        assert_eq!(shown(start_of_month(date, 1)), "2023-02-01T00:00:00.0000000Z");
        assert_eq!(shown(end_of_month(date, 1)), "2023-02-28T23:59:59.9999999Z");
        assert_eq!(shown(end_of_month(date, -1)), "2022-12-31T23:59:59.9999999Z");
        assert_eq!(shown(start_of_week(date, -1)), "2023-01-22T00:00:00.0000000Z");
        assert_eq!(shown(end_of_year(date, 1)), "2024-12-31T23:59:59.9999999Z");
    }

    #[test]
    fn nulls_stay_null() {
        let dates = longs(&[Some(PER_DAY + 5), None]);
        assert_eq!(call("startofday", std::slice::from_ref(&dates)), format!("{PER_DAY}|null"));
        assert_eq!(call("startofday", &[dates.clone(), long(-1)]), "0|null");
        assert_eq!(call("startofday", &[dates, longs(&[None, Some(1)])]), "null|null");
    }
}
