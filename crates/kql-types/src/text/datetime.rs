//! The text form of `datetime`: ISO 8601 with seven digits of fraction and `Z`, and the other forms that
//! `datetime(…)` and `todatetime` read (Kusto page: *The datetime data type*).

use super::timespan::parse_fraction;
use crate::ticks::{Calendar, PER_MINUTE, checked_datetime};

/// Appends a datetime: `2021-01-01T00:00:00.0000000Z`.
pub fn write_datetime(ticks: i64, out: &mut String) {
    let calendar = Calendar::from_ticks(ticks);
    if calendar.year < 0 {
        out.push('-');
    }
    let mut text = *b"0000-00-00T00:00:00.0000000Z";
    let parts = [
        (0..4, calendar.year.unsigned_abs()),
        (5..7, calendar.month),
        (8..10, calendar.day),
        (11..13, calendar.hour),
        (14..16, calendar.minute),
        (17..19, calendar.second),
        (20..27, calendar.fraction),
    ];
    for (place, mut part) in parts {
        for digit in text.get_mut(place).into_iter().flatten().rev() {
            *digit = b'0' + (part % 10) as u8;
            part /= 10;
        }
    }
    out.extend(text.map(char::from));
}

/// The text of a datetime.
pub fn format_datetime(ticks: i64) -> String {
    let mut out = String::with_capacity(28);
    write_datetime(ticks, &mut out);
    out
}

/// Reads a datetime: ISO 8601 dates (from a year alone to seven and more digits of fraction, `T` or space, `Z`,
/// `UTC`, `GMT` or an offset), RFC 822 and RFC 850 (`Sat, 8 Nov 14 15:05:02 GMT`), and `month/day/year` with an
/// optional time and `AM` or `PM`. A time without zone is UTC. Anything else is `None`.
pub fn parse_datetime(text: &str) -> Option<i64> {
    if let Some(ticks) = parse_exact(text.as_bytes()) {
        return Some(ticks);
    }
    let mut scanner = Scanner { rest: text.trim() };
    let (year, month, day) = scanner.date()?;
    let mut calendar = Calendar::date(year, month, day);
    let mut offset = 0;
    if !scanner.rest.is_empty() {
        if !scanner.take('T') && !scanner.take('t') && !scanner.spaces() {
            // A date may carry the name of a zone: `2020-01-01Z`. An offset would read as more of the date.
            if scanner.rest.starts_with(['+', '-']) {
                return None;
            }
            offset = scanner.zone()?;
            return finish(&scanner, calendar, offset);
        }
        scanner.spaces();
        scanner.clock(&mut calendar)?;
        scanner.spaces();
        scanner.half_of_day(&mut calendar)?;
        scanner.spaces();
        if !scanner.rest.is_empty() {
            offset = scanner.zone()?;
        }
    }
    finish(&scanner, calendar, offset)
}

/// The form that logs are full of, `2021-01-01T00:00:00[.0000000]Z`, without looking around. Anything else is `None`
/// and left to the scanner.
fn parse_exact(text: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| {
        text.get(from..to)?
            .iter()
            .try_fold(0u32, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
    };
    let (start, end) = (text.get(..19)?, text.get(19..)?);
    if !matches!(start, [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _]) {
        return None;
    }
    let fraction = match end {
        [b'Z'] => 0,
        [b'.', digits @ .., b'Z'] if (1..=7).contains(&digits.len()) => {
            number(20, 20 + digits.len())? * 10u32.pow(7 - u32::try_from(digits.len()).ok()?)
        }
        _ => return None,
    };
    let calendar = Calendar {
        year: i32::try_from(number(0, 4)?).ok()?,
        month: number(5, 7)?,
        day: number(8, 10)?,
        hour: number(11, 13)?,
        minute: number(14, 16)?,
        second: number(17, 19)?,
        fraction,
    };
    calendar.to_ticks()
}

/// The ticks in UTC, when everything was read.
fn finish(scanner: &Scanner<'_>, calendar: Calendar, offset_minutes: i64) -> Option<i64> {
    if !scanner.rest.is_empty() {
        return None;
    }
    checked_datetime(calendar.to_ticks()?.checked_sub(offset_minutes * PER_MINUTE)?)
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn take(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Skips spaces; whether there were any.
    fn spaces(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start();
        self.rest.len() < before
    }

    /// The longest run of characters of a kind.
    fn run(&mut self, kind: fn(&char) -> bool) -> &'a str {
        let end = self.rest.find(|character| !kind(&character)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        run
    }

    /// A number of one to `longest` digits, with how many it has.
    fn number(&mut self, longest: usize) -> Option<(u32, usize)> {
        let digits = self.run(char::is_ascii_digit);
        if digits.len() > longest {
            return None;
        }
        Some((digits.parse().ok()?, digits.len()))
    }

    fn date(&mut self) -> Option<(i32, u32, u32)> {
        if self.rest.starts_with(|character: char| character.is_ascii_alphabetic()) {
            let weekday = self.run(char::is_ascii_alphabetic).to_ascii_lowercase();
            let known =
                weekday.len() >= 3 && WEEKDAYS.iter().any(|name| *name == weekday || name.get(..3) == Some(&weekday));
            if !known || !self.take(',') {
                return None;
            }
            self.spaces();
            let (day, _) = self.number(2)?;
            return self.named_month(day);
        }
        let (first, digits) = self.number(4)?;
        if digits == 4 {
            return self.year_first(first);
        }
        if digits > 2 {
            return None;
        }
        let next = self.rest.as_bytes().get(1);
        match self.rest.chars().next() {
            Some(separator @ ('/' | '-')) if next.is_some_and(u8::is_ascii_digit) => {
                self.take(separator);
                let (day, _) = self.number(2)?;
                if !self.take(separator) {
                    return None;
                }
                let (year, digits) = self.number(4)?;
                Some((full_year(year, digits)?, first, day))
            }
            _ => self.named_month(first),
        }
    }

    /// `-month-day` after the year, either part left out being 1.
    fn year_first(&mut self, year: u32) -> Option<(i32, u32, u32)> {
        let year = i32::try_from(year).ok()?;
        let separator = match self.rest.chars().next() {
            Some(separator @ ('-' | '/' | '.' | ',')) => separator,
            _ => return self.rest.is_empty().then_some((year, 1, 1)),
        };
        self.take(separator);
        self.spaces_after(separator);
        let (month, _) = self.number(2)?;
        if !self.take(separator) {
            return self.rest.is_empty().then_some((year, month, 1));
        }
        self.spaces_after(separator);
        let (day, _) = self.number(2)?;
        Some((year, month, day))
    }

    /// Spaces may follow a comma.
    fn spaces_after(&mut self, separator: char) {
        if separator == ',' {
            self.spaces();
        }
    }

    /// ` Nov 2014` or `-Nov-14` after the day.
    fn named_month(&mut self, day: u32) -> Option<(i32, u32, u32)> {
        let hyphens = self.take('-');
        if !hyphens && !self.spaces() {
            return None;
        }
        let name = self.run(char::is_ascii_alphabetic).to_ascii_lowercase();
        let month = MONTHS.iter().position(|month| *month == name)?;
        if hyphens { self.take('-') } else { self.spaces() }.then_some(())?;
        let (year, digits) = self.number(4)?;
        Some((full_year(year, digits)?, u32::try_from(month).ok()? + 1, day))
    }

    /// `hh:mm[:ss[.fraction]]`.
    fn clock(&mut self, calendar: &mut Calendar) -> Option<()> {
        calendar.hour = self.number(2)?.0;
        if !self.take(':') {
            return None;
        }
        calendar.minute = self.number(2)?.0;
        if self.take(':') {
            calendar.second = self.number(2)?.0;
            if self.take('.') || self.take(',') {
                calendar.fraction = parse_fraction(self.run(char::is_ascii_digit))?;
            }
        }
        Some(())
    }

    /// `AM` or `PM`, when one stands here.
    fn half_of_day(&mut self, calendar: &mut Calendar) -> Option<()> {
        let half = self.rest.get(..2).map(str::to_ascii_lowercase);
        let afternoon = match half.as_deref() {
            Some("am") => 0,
            Some("pm") => 12,
            _ => return Some(()),
        };
        self.rest = self.rest.get(2..)?;
        if !(1..=12).contains(&calendar.hour) {
            return None;
        }
        calendar.hour = calendar.hour % 12 + afternoon;
        Some(())
    }

    /// `Z`, `UTC`, `GMT` or an offset, in minutes east.
    fn zone(&mut self) -> Option<i64> {
        let name = self.run(char::is_ascii_alphabetic);
        if !name.is_empty() {
            let utc = ["z", "utc", "gmt"].iter().any(|zone| name.eq_ignore_ascii_case(zone));
            return utc.then_some(0);
        }
        let sign = if self.take('-') {
            -1
        } else if self.take('+') {
            1
        } else {
            return None;
        };
        let (number, digits) = self.number(4)?;
        let (hours, minutes) = match digits {
            1 | 2 if self.take(':') => (number, self.number(2)?.0),
            1 | 2 => (number, 0),
            4 => (number / 100, number % 100),
            _ => return None,
        };
        (hours <= 14 && minutes < 60).then_some(sign * i64::from(hours * 60 + minutes))
    }
}

/// A year of two digits lies in 1950 to 2049, as RFC 2822 reads it.
fn full_year(year: u32, digits: usize) -> Option<i32> {
    let year = i32::try_from(year).ok()?;
    match digits {
        2 if year < 50 => Some(2000 + year),
        2 => Some(1900 + year),
        4 => Some(year),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse_datetime(text).map(format_datetime)
    }

    #[test]
    fn iso_8601() {
        for (text, expected) in [
            ("2023-05-06T07:08:09.1234567Z", "2023-05-06T07:08:09.1234567Z"),
            ("2023-05-06T07:08:09.12Z", "2023-05-06T07:08:09.1200000Z"),
            ("2023-05-06T07:08:09Z", "2023-05-06T07:08:09.0000000Z"),
            ("2023-05-06 07:08:09.123456789", "2023-05-06T07:08:09.1234567Z"),
            ("2023-05-06 7:08", "2023-05-06T07:08:00.0000000Z"),
            ("  2023-05-06  ", "2023-05-06T00:00:00.0000000Z"),
            ("2023-05", "2023-05-01T00:00:00.0000000Z"),
            ("2023", "2023-01-01T00:00:00.0000000Z"),
            ("2023.5.6", "2023-05-06T00:00:00.0000000Z"),
            ("2023-05-06T01:00:00+02:30", "2023-05-05T22:30:00.0000000Z"),
            ("2023-05-06T01:00:00.5 -0800", "2023-05-06T09:00:00.5000000Z"),
            ("0001-01-01", "0001-01-01T00:00:00.0000000Z"),
            ("9999-12-31 23:59:59.9999999", "9999-12-31T23:59:59.9999999Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_forms() {
        for (text, expected) in [
            ("Tue, 02 May 23 04:05:06 GMT", "2023-05-02T04:05:06.0000000Z"),
            ("2 May 2023 04:05", "2023-05-02T04:05:00.0000000Z"),
            ("Tuesday, 02-May-99 04:05 UTC", "1999-05-02T04:05:00.0000000Z"),
            ("5/2/2023", "2023-05-02T00:00:00.0000000Z"),
            ("05-02-2023 04:05", "2023-05-02T04:05:00.0000000Z"),
            ("2023, 5, 2", "2023-05-02T00:00:00.0000000Z"),
            ("2023/05/02 04:05:06", "2023-05-02T04:05:06.0000000Z"),
            ("2 MAY 2023", "2023-05-02T00:00:00.0000000Z"),
            ("5/2/2023 12:30:00 AM", "2023-05-02T00:30:00.0000000Z"),
            ("5/2/2023 4:05:06 PM", "2023-05-02T16:05:06.0000000Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn no_datetime() {
        for bad in [
            "",
            "abc",
            "2023-13-01",
            "2023-02-29",
            "2023-05-06T25:00",
            "2023-05-06T",
            "2023-05-06Tx",
            "0000-01-01",
            "2023-05-06 07:08:09 EST",
            "2023-05-06 07:08:09Zjunk",
            "5/2/2023 13:00 PM",
            "Foo, 2 May 2023 04:05",
            "é",
            "12345-01-01",
            "0001-01-01T00:00:00+01:00",
            "2023-5-6-7",
            "5-2/2023",
            "2023-05-06T07:08:09.Z",
            "2023-05-06T07:08:0éZ",
            "2é",
            "2023-01-01 ÄÄ",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
