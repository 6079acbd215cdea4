//! What a text may be read as.

use kql_types::text::parse_datetime;
use kql_types::ticks;

/// A time as logs and exports write it: what `todatetime` reads, and `2/21/2023, 8:14:38.123 PM` as the Azure portal
/// exports it.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    parse_datetime(text).or_else(|| match text.split_once(", ") {
        Some((date, time)) if date.contains('/') => parse_datetime(&format!("{date} {time}")),
        _ => None,
    })
}

/// A time as logs mostly write it, `2024-01-31T12:30:15.1234567Z` with up to seven digits of a second's fraction or
/// none; `None` for any other text, which may still be a time.
#[inline]
pub(crate) fn parse_usual_time(text: &[u8]) -> Option<i64> {
    let (fixed, rest) = text.split_first_chunk::<19>()?;
    let digit = |byte: u8| byte.wrapping_sub(b'0');
    let mut is_number = true;
    let mut two = |tens: u8, ones: u8| {
        is_number &= digit(tens) < 10 && digit(ones) < 10;
        u32::from(digit(tens)) * 10 + u32::from(digit(ones))
    };
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1] = *fixed else {
        return None;
    };
    let (century, of_century, month, day) = (two(y0, y1), two(y2, y3), two(m0, m1), two(d0, d1));
    let (hour, minute, second) = (two(h0, h1), two(n0, n1), two(s0, s1));
    let fraction = match rest {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if (1..=7).contains(&digits.len()) => {
            let mut fraction = 0;
            for place in 0..7 {
                let byte = digits.get(place).copied().unwrap_or(b'0');
                is_number &= byte.is_ascii_digit();
                fraction = fraction * 10 + i64::from(digit(byte));
            }
            fraction
        }
        _ => return None,
    };
    // A day that every month has needs no calendar to be right.
    if !is_number || !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let year = century * 100 + of_century;
    if year == 0 {
        return None;
    }
    // Days from 0001-01-01 on, in years that begin with March: the leap day is the last of its year.
    let (year, month) =
        if month > 2 { (i64::from(year), i64::from(month) - 3) } else { (i64::from(year) - 1, i64::from(month) + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + i64::from(day) - 307;
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    Some(days * ticks::PER_DAY + seconds * ticks::PER_SECOND + fraction)
}

/// A time as [`parse_time`] reads it, or a number since 1970 as [`epoch_time`] does.
pub(crate) fn parse_declared_time(text: &str) -> Option<i64> {
    parse_time(text).or_else(|| parse_epoch_time(text))
}

/// The least number of seconds that is taken for a time, in 1973. What is smaller may as well be a year, a count or a
/// date without separators.
const MIN_EPOCH_SECONDS: f64 = 1e8;

/// The time that the text of a number stands for, as [`epoch_time`] and [`epoch_time_of_real`] say.
pub(crate) fn parse_epoch_time(number: &str) -> Option<i64> {
    match number.parse::<i64>() {
        Ok(number) => epoch_time(number),
        Err(_) => epoch_time_of_real(number.parse().ok()?),
    }
}

/// The time that a number since 1970 stands for, in ticks. Its magnitude tells the unit: seconds, milliseconds,
/// microseconds, each up to the year 5138, or nanoseconds. A number below nine digits is no time, nor is one beyond the
/// years 1 to 9999.
pub(crate) fn epoch_time(number: i64) -> Option<i64> {
    let since = match number.unsigned_abs() {
        100_000_000_000_000_000.. => number.div_euclid(100),
        magnitude => number.checked_mul(ticks_per_unit(magnitude as f64)?)?,
    };
    in_range(since)
}

/// As [`epoch_time`], exact to a microsecond, which is what a real of today's seconds can hold.
pub(crate) fn epoch_time_of_real(number: f64) -> Option<i64> {
    if !number.is_finite() || number.abs() >= 1e17 {
        return epoch_time(whole(number)?);
    }
    let unit = ticks_per_unit(number.abs())?;
    let microseconds = (number.fract() * unit as f64 / ticks::PER_MICROSECOND as f64).round() as i64;
    in_range(whole(number)?.checked_mul(unit)?.checked_add(microseconds.checked_mul(ticks::PER_MICROSECOND)?)?)
}

/// The unit of a number below 10^17.
fn ticks_per_unit(magnitude: f64) -> Option<i64> {
    match magnitude {
        ..MIN_EPOCH_SECONDS => None,
        ..1e11 => Some(ticks::PER_SECOND),
        ..1e14 => Some(ticks::PER_MILLISECOND),
        _ => Some(ticks::PER_MICROSECOND),
    }
}

fn whole(number: f64) -> Option<i64> {
    (number.abs() < 9.2e18).then_some(number.trunc() as i64)
}

fn in_range(since_epoch: i64) -> Option<i64> {
    let at = since_epoch.checked_add(ticks::UNIX_EPOCH)?;
    (0..=ticks::MAX_DATETIME).contains(&at).then_some(at)
}

/// Whether a text is an ISO 8601 date, alone or with a time: what inference takes for a `datetime`.
pub(crate) fn looks_like_datetime(text: &str) -> bool {
    let bytes = text.as_bytes();
    let matches = |at: usize, pattern: &[u8]| {
        bytes.get(at..at + pattern.len()).is_some_and(|part| {
            part.iter().zip(pattern).all(|(byte, expected)| match expected {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b' '),
                other => byte == other,
            })
        })
    };
    if !matches(0, b"0000-00-00") {
        return false;
    }
    let mut at = match bytes.len() {
        10 => return true,
        _ if matches(10, b"T00:00:00") => 19,
        _ if matches(10, b"T00:00") => 16,
        _ => return false,
    };
    if bytes.get(at) == Some(&b'.') {
        let digits = bytes.iter().skip(at + 1).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        at += 1 + digits;
    }
    match bytes.get(at) {
        None => true,
        Some(b'Z') => bytes.len() == at + 1,
        Some(b'+' | b'-') => {
            (matches(at + 1, b"00:00") && bytes.len() == at + 6) || (matches(at + 1, b"0000") && bytes.len() == at + 5)
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_since_1970() {
        let time = |number: &str| Some(parse_datetime(number).unwrap());
        for number in ["1700000000", "1700000000000", "1700000000000000", "1700000000000000000", "1.7e9"] {
            assert_eq!(parse_epoch_time(number), time("2023-11-14T22:13:20Z"), "{number}");
        }
        assert_eq!(parse_epoch_time("1700000000.123456"), time("2023-11-14T22:13:20.123456Z"));
        assert_eq!(parse_epoch_time("1700000000123.5"), time("2023-11-14T22:13:20.1235Z"));
        assert_eq!(parse_epoch_time("-100000000"), time("1966-10-31T14:13:20Z"));
        assert_eq!(epoch_time(i64::MIN), time("1677-09-21T00:12:43.1452241Z"));
        assert_eq!(parse_epoch_time("1e300"), None);
        assert_eq!(parse_epoch_time("x"), None);
        assert_eq!(parse_epoch_time("99999999.5"), None);
        assert_eq!(parse_declared_time("1700000000"), time("2023-11-14T22:13:20Z"));
        assert_eq!(parse_declared_time("123"), None);
    }

    #[test]
    fn usual_times_are_those_of_the_whole_grammar() {
        let mut checked = 0;
        for year in [1, 4, 99, 100, 400, 1600, 1900, 1969, 1970, 2000, 2023, 2024, 2026, 2100, 9999] {
            for month in 0..=13 {
                for day in 0..=32 {
                    for time in
                        ["00:00:00", "23:59:59.9999999", "12:30:15.5", "24:00:00", "01:60:00", "01:02:03.12345678"]
                    {
                        let text = format!("{year:04}-{month:02}-{day:02}T{time}Z");
                        if let Some(ticks) = parse_usual_time(text.as_bytes()) {
                            assert_eq!(Some(ticks), parse_datetime(&text), "{text}");
                            checked += 1;
                        }
                    }
                }
            }
        }
        assert_eq!(checked, 15 * 12 * 28 * 3);
        for text in [
            "",
            "2024-01-31",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "0000-01-01T00:00:00Z",
            "2024-01-01T00:00:0aZ",
        ] {
            assert_eq!(parse_usual_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn iso_times_and_nothing_else() {
        for text in [
            "2024-01-31",
            "2024-01-31T12:30",
            "2024-01-31T12:30:15",
            "2024-01-31 12:30:15.1",
            "2024-01-31T12:30:15.1234567Z",
            "2024-01-31T12:30:15+02:00",
            "2024-01-31T12:30:15.5-0730",
        ] {
            assert!(looks_like_datetime(text), "{text}");
        }
        for text in [
            "",
            "2024",
            "2024-01",
            "2024-1-31",
            "31/01/2024",
            "2024-01-31T",
            "2024-01-31T12",
            "2024-01-31T12:30:15.",
            "2024-01-31T12:30:15Zulu",
            "2024-01-31T12:30:15+2",
            "2024-01-31-host",
            "20240131",
        ] {
            assert!(!looks_like_datetime(text), "{text}");
        }
    }
}
