//! The parts of a datetime: its hour, its day of the week, its year ….

use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type};
use kql_types::ticks::{Calendar, PER_DAY, PER_HOUR, checked_datetime, day_of_week};

use crate::columnar::{unary, unary_optional};
use crate::documentation::example;
use crate::function::Alias;
use crate::overload::{datetime, overload};
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result = std::result::Result<ArrayRef, KernelError>;

macro_rules! part {
    ($name:literal, [$($alias:expr),*], $part:expr, $page:literal, $summary:literal, $returns:literal, [$($example:expr),*]) => {
        Function {
            name: $name,
            aliases: &[$($alias),*],
            documentation: Documentation { summary: $summary, returns: $returns, notes: "", page: $page },
            overloads: &[overload!([datetime("date").describe("The point in time.")] -> Int, |a| part(a, $part))],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[$($example),*],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    part!(
        "hourofday",
        [],
        |date| (date.rem_euclid(PER_DAY) / PER_HOUR) as i32,
        "hourofday-function",
        "Gives the hour of a datetime.",
        "An `int` from 0 to 23.",
        [
            example("print hourofday(datetime(2024-02-29 13:45))", "13"),
            example("print hourofday(datetime(2024-02-29))", "0")
        ]
    ),
    Function {
        name: "dayofweek",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the days that a datetime lies after the Sunday before it.",
            returns: "A timespan of 0 to 6 days.",
            notes: "Divide by 1d for a number.",
            page: "dayofweek-function",
        },
        overloads: &[overload!([datetime("date").describe("The point in time.")] -> TimeSpan, day_of_week_as_timespan)],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print dayofweek(datetime(2024-02-29))", "4.00:00:00"),
            example("print dayofweek(datetime(2024-03-03 12:00)) / 1d", "0.0"),
        ],
    },
    part!(
        "dayofmonth",
        [],
        |date| Calendar::from_ticks(date).day as i32,
        "dayofmonth-function",
        "Gives the day of the month of a datetime.",
        "An `int` from 1 to 31.",
        [
            example("print dayofmonth(datetime(2024-02-29 13:45))", "29"),
            example("print dayofmonth(datetime(2024-03-01))", "1")
        ]
    ),
    part!(
        "dayofyear",
        [],
        |date| Calendar::from_ticks(date).day_of_year() as i32,
        "dayofyear-function",
        "Gives the day of the year of a datetime.",
        "An `int` from 1 to 366.",
        [
            example("print dayofyear(datetime(2024-12-31))", "366"),
            example("print dayofyear(datetime(2023-02-01))", "32")
        ]
    ),
    part!(
        "week_of_year",
        [Alias { name: "weekofyear", deprecated: true }],
        week_of_year,
        "week-of-year-function",
        "Gives the week of the year of a datetime, as ISO 8601 counts them.",
        "An `int` from 1 to 53.",
        [
            example("print week_of_year(datetime(2024-12-30))", "1"),
            example("print week_of_year(datetime(2021-01-01))", "53")
        ]
    ),
    part!(
        "monthofyear",
        [Alias { name: "getmonth", deprecated: false }],
        |date| Calendar::from_ticks(date).month as i32,
        "monthofyear-function",
        "Gives the month of a datetime.",
        "An `int` from 1 to 12.",
        [
            example("print monthofyear(datetime(2024-02-29 13:45))", "2"),
            example("print getmonth(datetime(2024-12-31))", "12")
        ]
    ),
    part!(
        "getyear",
        [],
        |date| Calendar::from_ticks(date).year,
        "getyear-function",
        "Gives the year of a datetime.",
        "An `int` from 1 to 9999.",
        [
            example("print getyear(datetime(2024-02-29 13:45))", "2024"),
            example("print getyear(datetime(0001-01-01))", "1")
        ]
    ),
];

fn part(arguments: &Arguments<'_>, part: impl Fn(i64) -> i32) -> Result {
    unary::<Int64Type, Int32Type>(arguments, part)
}

/// The days since Sunday. The last day of year 9999 has none: Kusto counts from the day after a date.
fn day_of_week_as_timespan(arguments: &Arguments<'_>) -> Result {
    unary_optional::<Int64Type, Int64Type>(arguments, |date| {
        checked_datetime(date.checked_add(PER_DAY)?)?;
        Some(i64::from(day_of_week(date)) * PER_DAY)
    })
}

/// The ISO 8601 week: weeks start on Monday and belong to the year of their Thursday.
pub(super) fn week_of_year(date: i64) -> i32 {
    let days_since_monday = (day_of_week(date) + 6) % 7;
    let thursday = date.saturating_add((3 - i64::from(days_since_monday)) * PER_DAY);
    ((Calendar::from_ticks(thursday).day_of_year() - 1) / 7 + 1) as i32
}

#[cfg(test)]
mod tests {
    use kql_types::text::datetime::parse_datetime;
    use kql_types::ticks::MAX_DATETIME;

    use super::*;
    use crate::testing::{call, longs};

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        let week = |text| week_of_year(parse_datetime(text).unwrap());
        assert_eq!(week("2015-12-31"), 53);
        assert_eq!(week("2016-01-03"), 53);
        assert_eq!(week("2016-01-04"), 1);
        assert_eq!(week("2018-12-31"), 1);
        assert_eq!(week("2023-01-01"), 52);
        assert_eq!(week_of_year(0), 1);
        assert_eq!(week_of_year(MAX_DATETIME), 52);
    }

    #[test]
    fn the_edges_of_time() {
        let edges = longs(&[Some(0), Some(MAX_DATETIME), None]);
        assert_eq!(call("getyear", std::slice::from_ref(&edges)), "1|9999|null");
        assert_eq!(call("monthofyear", std::slice::from_ref(&edges)), "1|12|null");
        assert_eq!(call("dayofyear", std::slice::from_ref(&edges)), "1|365|null");
        assert_eq!(call("hourofday", std::slice::from_ref(&edges)), "0|23|null");
        assert_eq!(call("dayofweek", &[edges]), format!("{PER_DAY}|null|null"));
    }
}
