//! Local time: conversions between UTC and the time zones of the IANA database.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringViewArray};
use arrow::datatypes::Int64Type;
use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use kql_types::ScalarType;
use kql_types::dynamic::Builder;
use kql_types::ticks::{PER_SECOND, UNIX_EPOCH, checked_datetime};

use crate::documentation::example;
use crate::overload::{datetime, overload};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result<T = ArrayRef> = std::result::Result<T, KernelError>;

const ZONE: &str = "A time zone of the IANA database, such as Europe/Berlin.";

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "datetime_utc_to_local",
        aliases: &[],
        documentation: Documentation {
            summary: "Turns a datetime in UTC into the local time of a time zone.",
            returns: "A datetime that shows the local time; null for null.",
            notes: "A time zone that is not known is an error.",
            page: "datetime-utc-to-local-function",
        },
        overloads: &[overload!(
            [datetime("from").describe("A datetime in UTC."), parameter("timezone", ScalarType::String).describe(ZONE)] -> DateTime,
            |a| converted(a, utc_to_local)
        )],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example(
                "print datetime_utc_to_local(datetime(2024-07-01 12:00), 'Europe/Berlin')",
                "2024-07-01T14:00:00.0000000Z",
            ),
            example(
                "print datetime_utc_to_local(datetime(2024-01-01 12:00), 'US/Pacific')",
                "2024-01-01T04:00:00.0000000Z",
            ),
        ],
    },
    Function {
        name: "datetime_local_to_utc",
        aliases: &[],
        documentation: Documentation {
            summary: "Turns the local time of a time zone into a datetime in UTC.",
            returns: "A datetime in UTC; null for null.",
            notes: "Of a local time that occurs twice, when clocks are put back, the later is meant; one that never occurs counts on from before the gap. A time zone that is not known is an error.",
            page: "datetime-local-to-utc-function",
        },
        overloads: &[overload!(
            [datetime("from").describe("A local datetime."), parameter("timezone", ScalarType::String).describe(ZONE)] -> DateTime,
            |a| converted(a, local_to_utc)
        )],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example(
                "print datetime_local_to_utc(datetime(2024-07-01 14:00), 'Europe/Berlin')",
                "2024-07-01T12:00:00.0000000Z",
            ),
            example(
                "print datetime_local_to_utc(datetime(2024-01-01 04:00), 'US/Pacific')",
                "2024-01-01T12:00:00.0000000Z",
            ),
        ],
    },
    Function {
        name: "datetime_list_timezones",
        aliases: &[],
        documentation: Documentation {
            summary: "Lists the time zones that can be converted from and to.",
            returns: "A dynamic array of names.",
            notes: "",
            page: "datetime-list-timezones-function",
        },
        overloads: &[overload!([] -> Dynamic, list)],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print set_has_element(datetime_list_timezones(), 'Europe/Paris')", "True"),
            example("print array_length(datetime_list_timezones()) > 400", "True"),
        ],
    },
];

fn zone(name: &str) -> Result<Tz> {
    let zone = Tz::from_str_insensitive(name);
    zone.map_err(|_| KernelError(format!("'{name}' is not a time zone; datetime_list_timezones() lists them")))
}

fn converted(arguments: &Arguments<'_>, convert: fn(Tz, NaiveDateTime) -> Option<TimeDelta>) -> Result {
    let dates = arguments.primitives::<Int64Type>(0)?;
    let names = arguments.strings(1)?;
    // Neighbouring rows mostly share their zone.
    let mut known: Option<(&str, Tz)> = None;
    let mut zone_of = |row: usize| -> Result<Tz> {
        match known {
            Some((name, zone)) if name == names.value(row) => Ok(zone),
            _ => {
                let zone = zone(names.value(row))?;
                known = Some((names.value(row), zone));
                Ok(zone)
            }
        }
    };
    let convert = |row: usize| {
        let Some(ticks) = dates.get(row) else { return Ok(None) };
        let zone = zone_of(row)?;
        Ok(naive(ticks).and_then(|time| shift(ticks, convert(zone, time)?)))
    };
    Ok(Arc::new((0..arguments.rows()).map(convert).collect::<Result<Int64Array>>()?))
}

/// The whole second of ticks; offsets do not look further.
fn naive(ticks: i64) -> Option<NaiveDateTime> {
    let seconds = ticks.checked_sub(UNIX_EPOCH)?.div_euclid(PER_SECOND);
    Some(DateTime::from_timestamp(seconds, 0)?.naive_utc())
}

fn shift(ticks: i64, by: TimeDelta) -> Option<i64> {
    checked_datetime(ticks.checked_add(by.num_seconds().checked_mul(PER_SECOND)?)?)
}

/// What to add to a time in UTC for the local time.
fn utc_to_local(zone: Tz, time: NaiveDateTime) -> Option<TimeDelta> {
    TimeDelta::try_seconds(i64::from(zone.offset_from_utc_datetime(&time).fix().local_minus_utc()))
}

/// What to add to a local time for UTC.
fn local_to_utc(zone: Tz, time: NaiveDateTime) -> Option<TimeDelta> {
    // Clocks have been put forward by a day at most.
    let before = || zone.offset_from_local_datetime(&time.checked_sub_signed(TimeDelta::try_days(1)?)?).latest();
    let offset = match zone.offset_from_local_datetime(&time) {
        LocalResult::Single(offset) | LocalResult::Ambiguous(_, offset) => offset,
        LocalResult::None => before()?,
    };
    TimeDelta::try_seconds(-i64::from(offset.fix().local_minus_utc()))
}

fn list(arguments: &Arguments<'_>) -> Result {
    let mut json = String::new();
    let mut builder = Builder::new(&mut json);
    builder.begin_array();
    TZ_VARIANTS.iter().for_each(|zone| builder.string(zone.name()));
    builder.end_array();
    Ok(Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(json.as_str(), arguments.rows()))))
}

#[cfg(test)]
mod tests {
    use kql_types::text::datetime::{format_datetime, parse_datetime};
    use kql_types::ticks::MAX_DATETIME;

    use super::*;
    use crate::testing::{call, long, longs, strings, text};

    fn convert(function: &str, date: &str, zone: &str) -> String {
        let ticks = call(function, &[long(parse_datetime(date).unwrap()), text(zone)]);
        ticks.parse().map_or(ticks, format_datetime)
    }

    #[test]
    fn clocks_put_forward_and_back() {
        let utc = |date| convert("datetime_local_to_utc", date, "Europe/Berlin");
        assert_eq!(utc("2024-03-31 01:59:59.5"), "2024-03-31T00:59:59.5000000Z");
        assert_eq!(utc("2024-03-31 02:30"), "2024-03-31T01:30:00.0000000Z");
        assert_eq!(utc("2024-03-31 03:00"), "2024-03-31T01:00:00.0000000Z");
        assert_eq!(utc("2024-10-27 02:30"), "2024-10-27T01:30:00.0000000Z");
        let local = |date| convert("datetime_utc_to_local", date, "europe/BERLIN");
        assert_eq!(local("2024-03-31 00:59:59.9999999"), "2024-03-31T01:59:59.9999999Z");
        assert_eq!(local("2024-03-31 01:00"), "2024-03-31T03:00:00.0000000Z");
    }

    #[test]
    fn zones_may_differ_by_row() {
        let noon = parse_datetime("2024-01-01 12:00").unwrap();
        let dates = longs(&[Some(noon), Some(noon), None]);
        let zones = strings(&["Asia/Kolkata", "UTC", "Asia/Tokyo"]);
        let expected = format!("{}|{noon}|null", noon + 11 * 1_800 * PER_SECOND);
        assert_eq!(call("datetime_utc_to_local", &[dates, zones]), expected);
    }

    #[test]
    fn the_edges_of_time() {
        let edges = longs(&[Some(0), Some(MAX_DATETIME)]);
        assert_eq!(
            call("datetime_utc_to_local", &[edges.clone(), text("Etc/GMT-1")]),
            format!("{}|null", 3_600 * PER_SECOND)
        );
        assert_eq!(
            call("datetime_local_to_utc", &[edges, text("Etc/GMT-1")]),
            format!("null|{}", MAX_DATETIME - 3_600 * PER_SECOND)
        );
    }

    #[test]
    fn an_unknown_zone_is_named() {
        insta::assert_snapshot!(
            convert("datetime_utc_to_local", "2024-01-01", "Mars/Olympus"),
            @"error: 'Mars/Olympus' is not a time zone; datetime_list_timezones() lists them"
        );
    }
}
