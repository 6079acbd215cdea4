//! `format_datetime` and `format_timespan`: texts after a pattern.

use std::fmt::Write;

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;
use kql_types::ticks::{Calendar, PER_DAY, PER_HOUR, PER_MINUTE, PER_SECOND};

use crate::argument::Strings;
use crate::documentation::example;
use crate::output;
use crate::overload::{datetime, overload, timespan};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result<T = ArrayRef> = std::result::Result<T, KernelError>;

const FORMAT: &str = "The pattern.";

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "format_datetime",
        aliases: &[],
        documentation: Documentation {
            summary: "Writes a datetime after a pattern.",
            returns: "A string; empty for null.",
            notes: "The pattern is made of `y yy yyyy M MM d dd h hh H HH m mm s ss tt`, `f` to `fffffff` (a fraction of a second), `F` to `FFFFFFF` (one without zeros at its end), and of spaces and `/ - : , . _ [ ]`. Other characters are an error.",
            page: "format-datetime-function",
        },
        overloads: &[overload!(
            [
                datetime("date").describe("The point in time."),
                parameter("format", ScalarType::String).literal().describe(FORMAT),
            ] -> String,
            format_datetimes
        )],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[
            example(
                "print format_datetime(datetime(2024-02-09 13:45:06.78), 'yyyy-MM-dd HH:mm:ss.fff')",
                "2024-02-09 13:45:06.780",
            ),
            example("print format_datetime(datetime(2024-02-09 13:45:06.78), 'd/M/yy h:mm tt')", "9/2/24 1:45 PM"),
        ],
    },
    Function {
        name: "format_timespan",
        aliases: &[],
        documentation: Documentation {
            summary: "Writes a timespan after a pattern.",
            returns: "A string, with a minus sign in front for a negative timespan; empty for null.",
            notes: "The pattern is made of `d` to `dddddddd` (whole days), `h hh H HH m mm s ss`, `f` to `fffffff` (a fraction of a second), `F` to `FFFFFFF` (one without zeros at its end), and of spaces and `/ - : , . _ [ ]`. Other characters are an error.",
            page: "format-timespan-function",
        },
        overloads: &[overload!(
            [
                timespan("timespan").describe("The timespan."),
                parameter("format", ScalarType::String).literal().describe(FORMAT),
            ] -> String,
            format_timespans
        )],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[
            example("print format_timespan(1d + 2h + 3m + 4.5s, 'd.hh:mm:ss.fff')", "1.02:03:04.500"),
            example("print format_timespan(-90m, 'h [mm]')", "-1 [30]"),
        ],
    },
];

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Delimiter(char),
    /// A number of at least this many digits.
    Part(Part, usize),
    /// So many digits of the fraction, with zeros at the end or without.
    Fraction {
        digits: u32,
        zeros: bool,
    },
    /// `AM` or `PM`.
    HalfOfDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    YearOfCentury,
    Month,
    Day,
    Hour,
    HourOfHalf,
    Minute,
    Second,
}

/// The pieces of a pattern; `part` knows what a run of one letter stands for.
fn parse(pattern: &str, part: impl Fn(char, usize) -> Option<Piece>) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if " /-:,._[]".contains(letter) {
            pieces.push(Piece::Delimiter(letter));
            rest = rest.get(letter.len_utf8()..).unwrap_or("");
            continue;
        }
        let after = rest.trim_start_matches(letter);
        let count = (rest.len() - after.len()) / letter.len_utf8();
        let piece = match (letter, u32::try_from(count)) {
            ('f' | 'F', Ok(digits)) if count <= 7 => Some(Piece::Fraction { digits, zeros: letter == 'f' }),
            _ => part(letter, count),
        };
        let run = rest.get(..rest.len() - after.len()).unwrap_or(rest);
        pieces.push(piece.ok_or_else(|| KernelError(format!("'{run}' is not known in the pattern '{pattern}'")))?);
        rest = after;
    }
    Ok(pieces)
}

fn parse_datetime_pattern(pattern: &str) -> Result<Vec<Piece>> {
    parse(pattern, |letter, count| {
        Some(match (letter, count) {
            ('y', 1 | 2) => Piece::Part(Part::YearOfCentury, count),
            ('y', 4) => Piece::Part(Part::Year, 4),
            ('M', 1 | 2) => Piece::Part(Part::Month, count),
            ('d', 1 | 2) => Piece::Part(Part::Day, count),
            ('H', 1 | 2) => Piece::Part(Part::Hour, count),
            ('h', 1 | 2) => Piece::Part(Part::HourOfHalf, count),
            ('m', 1 | 2) => Piece::Part(Part::Minute, count),
            ('s', 1 | 2) => Piece::Part(Part::Second, count),
            ('t', 2) => Piece::HalfOfDay,
            _ => return None,
        })
    })
}

fn parse_timespan_pattern(pattern: &str) -> Result<Vec<Piece>> {
    parse(pattern, |letter, count| {
        Some(match (letter, count) {
            ('d', 1..=8) => Piece::Part(Part::Day, count),
            ('h' | 'H', 1 | 2) => Piece::Part(Part::Hour, count),
            ('m', 1 | 2) => Piece::Part(Part::Minute, count),
            ('s', 1 | 2) => Piece::Part(Part::Second, count),
            _ => return None,
        })
    })
}

/// Writes pieces: `part` gives the numbers, `fraction` the ticks within the second.
fn write(pieces: &[Piece], part: impl Fn(Part) -> u64, fraction: u32, out: &mut String) -> Result<()> {
    for piece in pieces {
        match *piece {
            Piece::Delimiter(delimiter) => out.push(delimiter),
            Piece::Part(name, digits) => {
                let value = part(name);
                write!(out, "{value:0digits$}").map_err(|error| KernelError(error.to_string()))?;
            }
            Piece::Fraction { digits, zeros } => {
                let width = digits as usize;
                let value = fraction / 10_u32.pow(7_u32.saturating_sub(digits));
                if zeros || value > 0 {
                    write!(out, "{value:0width$}").map_err(|error| KernelError(error.to_string()))?;
                }
                if !zeros && value > 0 {
                    out.truncate(out.trim_end_matches('0').len());
                }
            }
            Piece::HalfOfDay => out.push_str(if part(Part::Hour) < 12 { "AM" } else { "PM" }),
        }
    }
    Ok(())
}

fn write_datetime(pieces: &[Piece], ticks: i64, out: &mut String) -> Result<()> {
    let calendar = Calendar::from_ticks(ticks);
    let part = |part| {
        u64::from(match part {
            Part::Year => calendar.year.unsigned_abs(),
            Part::YearOfCentury => calendar.year.unsigned_abs() % 100,
            Part::Month => calendar.month,
            Part::Day => calendar.day,
            Part::Hour => calendar.hour,
            Part::HourOfHalf => (calendar.hour + 11) % 12 + 1,
            Part::Minute => calendar.minute,
            Part::Second => calendar.second,
        })
    };
    write(pieces, part, calendar.fraction, out)
}

fn write_timespan(pieces: &[Piece], ticks: i64, out: &mut String) -> Result<()> {
    const DAY: u64 = PER_DAY.unsigned_abs();
    const HOUR: u64 = PER_HOUR.unsigned_abs();
    const MINUTE: u64 = PER_MINUTE.unsigned_abs();
    const SECOND: u64 = PER_SECOND.unsigned_abs();
    if ticks < 0 {
        out.push('-');
    }
    let ticks = ticks.unsigned_abs();
    let part = |part| match part {
        Part::Day => ticks / DAY,
        Part::Hour => ticks % DAY / HOUR,
        Part::Minute => ticks % HOUR / MINUTE,
        Part::Second => ticks % MINUTE / SECOND,
        // Patterns of timespans have no other parts.
        Part::Year | Part::YearOfCentury | Part::Month | Part::HourOfHalf => 0,
    };
    // Below a second's ticks, so the narrowing keeps it.
    write(pieces, part, (ticks % SECOND) as u32, out)
}

fn format_datetimes(arguments: &Arguments<'_>) -> Result {
    format(arguments, parse_datetime_pattern, write_datetime)
}

fn format_timespans(arguments: &Arguments<'_>) -> Result {
    format(arguments, parse_timespan_pattern, write_timespan)
}

fn format(
    arguments: &Arguments<'_>,
    parse: fn(&str) -> Result<Vec<Piece>>,
    write: fn(&[Piece], i64, &mut String) -> Result<()>,
) -> Result {
    let times = arguments.primitives::<Int64Type>(0)?;
    let patterns: Strings<'_> = arguments.strings(1)?;
    let constant = patterns.constant().map(parse).transpose()?;
    output::strings(arguments.rows(), |row, out| match (times.get(row), &constant) {
        (None, _) => Ok(()),
        (Some(ticks), Some(pieces)) => write(pieces, ticks, out),
        (Some(ticks), None) => write(&parse(patterns.value(row))?, ticks, out),
    })
}

#[cfg(test)]
mod tests {
    use kql_types::text::datetime::parse_datetime;
    use kql_types::text::timespan::parse_timespan;

    use crate::testing::{call, long, longs, strings, text};

    fn datetime_as(value: &str, pattern: &str) -> String {
        call("format_datetime", &[long(parse_datetime(value).unwrap()), text(pattern)])
    }

    fn timespan_as(value: &str, pattern: &str) -> String {
        call("format_timespan", &[long(parse_timespan(value).unwrap()), text(pattern)])
    }

    #[test]
    fn every_part_of_a_datetime() {
        let date = "2009-06-05 00:04:03.0170001";
        assert_eq!(
            datetime_as(date, "yyyy yy y MM M dd d HH H hh h mm m ss s tt"),
            "2009 09 9 06 6 05 5 00 0 12 12 04 4 03 3 AM"
        );
        assert_eq!(datetime_as(date, "f ff fff fffffff"), "0 01 017 0170001");
        assert_eq!(datetime_as(date, "F/FF/FFF/FFFFFFF"), "/01/017/0170001");
        assert_eq!(datetime_as("2009-06-05 12:30:00.5", "h:m tt [fff_FFF]"), "12:30 PM [500_5]");
        assert_eq!(datetime_as("0900-01-01", "yyyy,yy,y"), "0900,00,0");
    }

    #[test]
    fn every_part_of_a_timespan() {
        assert_eq!(timespan_as("15.01:09:08.0005", "d ddd hh H mm m ss s fff FFFF"), "15 015 01 1 09 9 08 8 000 0005");
        assert_eq!(timespan_as("-00:30:00", "h:mm"), "-0:30");
        let least = call("format_timespan", &[long(i64::MIN), text("d.hh:mm:ss.fffffff")]);
        assert_eq!(least, "-10675199.02:48:05.4775808");
    }

    #[test]
    fn nulls_are_empty_and_patterns_may_differ() {
        let dates = longs(&[Some(0), None]);
        assert_eq!(call("format_datetime", &[dates.clone(), text("yyyy")]), "0001|");
        assert_eq!(call("format_datetime", &[dates, strings(&["MM", "yyyy"])]), "01|");
    }

    #[test]
    fn unknown_letters_are_errors() {
        insta::assert_snapshot!(datetime_as("2009-06-05", "yyyy-MM-ddTHH"), @"error: 'T' is not known in the pattern 'yyyy-MM-ddTHH'");
        insta::assert_snapshot!(datetime_as("2009-06-05", "MMM"), @"error: 'MMM' is not known in the pattern 'MMM'");
        insta::assert_snapshot!(timespan_as("1.00:00:00", "%d"), @"error: '%' is not known in the pattern '%d'");
        insta::assert_snapshot!(timespan_as("1.00:00:00", "ffffffff"), @"error: 'ffffffff' is not known in the pattern 'ffffffff'");
    }
}
