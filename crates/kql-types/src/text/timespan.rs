//! The text form of `timespan`: `[-][d.]hh:mm:ss[.fffffff]` (Kusto page: *The timespan data type*).

use crate::ticks::{PER_DAY, PER_HOUR, PER_MICROSECOND, PER_MILLISECOND, PER_MINUTE, PER_SECOND};

/// Appends a timespan.
pub fn write_timespan(ticks: i64, out: &mut String) {
    if ticks < 0 {
        out.push('-');
    }
    let ticks = ticks.unsigned_abs();
    let unit = |unit: i64| unit.unsigned_abs();
    let days = ticks / unit(PER_DAY);
    if days > 0 {
        out.push_str(&days.to_string());
        out.push('.');
    }
    push_digits(ticks % unit(PER_DAY) / unit(PER_HOUR), 2, out);
    out.push(':');
    push_digits(ticks % unit(PER_HOUR) / unit(PER_MINUTE), 2, out);
    out.push(':');
    push_digits(ticks % unit(PER_MINUTE) / unit(PER_SECOND), 2, out);
    let fraction = ticks % unit(PER_SECOND);
    if fraction > 0 {
        out.push('.');
        push_digits(fraction, 7, out);
    }
}

/// The text of a timespan.
pub fn format_timespan(ticks: i64) -> String {
    let mut out = String::with_capacity(16);
    write_timespan(ticks, &mut out);
    out
}

/// Appends a number with leading zeros to at least `width` digits.
fn push_digits(value: u64, width: u32, out: &mut String) {
    for place in (0..width).rev() {
        let digit = value / 10u64.pow(place) % 10;
        out.push(char::from(b'0' + digit as u8));
    }
}

/// Reads a timespan: the printed form (also `d:hh:mm:ss` and `hh:mm`), a number with a unit (`1.5h`, `15 seconds`),
/// or a whole number of days. Anything else, and what 64 bits of ticks cannot hold, is `None`.
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let ticks = if magnitude.contains(':') { parse_clock(magnitude) } else { parse_amount(magnitude) }?;
    i64::try_from(if negative { -ticks } else { ticks }).ok()
}

/// `[d.]hh:mm[:ss[.fffffff]]` or `d:hh:mm:ss[.fffffff]`, without sign.
fn parse_clock(text: &str) -> Option<i128> {
    let mut parts: Vec<&str> = text.split(':').collect();
    let mut days = 0;
    if parts.len() == 4 {
        days = parse_whole(parts.remove(0), 8)?;
    } else if let Some((before, hours)) = parts.first()?.split_once('.') {
        days = parse_whole(before, 8)?;
        *parts.first_mut()? = hours;
    }
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (*hours, *minutes, "0"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let (seconds, fraction) = match seconds.split_once('.') {
        Some((seconds, fraction)) => (seconds, parse_fraction(fraction)?),
        None => (seconds, 0),
    };
    let hours = parse_whole(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = parse_whole(minutes, 2).filter(|minutes| *minutes < 60)?;
    let seconds = parse_whole(seconds, 2).filter(|seconds| *seconds < 60)?;
    Some(
        days * i128::from(PER_DAY)
            + hours * i128::from(PER_HOUR)
            + minutes * i128::from(PER_MINUTE)
            + seconds * i128::from(PER_SECOND)
            + i128::from(fraction),
    )
}

fn parse_whole(text: &str, longest: usize) -> Option<i128> {
    let digits = !text.is_empty() && text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The digits after a second's point, as ticks; what is finer than a tick is cut off.
pub(super) fn parse_fraction(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = text.bytes().chain(std::iter::repeat(b'0')).take(7);
    Some(digits.fold(0, |ticks, digit| ticks * 10 + u32::from(digit - b'0')))
}

/// `number unit`, or a whole number of days.
fn parse_amount(text: &str) -> Option<i128> {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 18 || digits.contains('.') {
        return None;
    }
    let hundredths = hundredths_of_ticks(unit.trim_start())?;
    if unit.is_empty() && !fraction.is_empty() {
        return None;
    }
    let mantissa: i128 = digits.parse().ok()?;
    let divisor = 100 * 10i128.pow(u32::try_from(fraction.len()).ok()?);
    Some((mantissa * hundredths + divisor / 2) / divisor)
}

/// The length of a unit in hundredths of ticks (nanoseconds); no unit means days.
fn hundredths_of_ticks(unit: &str) -> Option<i128> {
    let ticks = match unit {
        "" | "d" | "day" | "days" => PER_DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => PER_HOUR,
        "m" | "min" | "minute" | "minutes" => PER_MINUTE,
        "s" | "sec" | "second" | "seconds" => PER_SECOND,
        "ms" | "milli" | "millis" | "millisec" | "millisecond" | "milliseconds" => PER_MILLISECOND,
        "micro" | "micros" | "microsec" | "microsecond" | "microseconds" => PER_MICROSECOND,
        "tick" | "ticks" => 1,
        "nano" | "nanos" | "nanosec" | "nanosecond" | "nanoseconds" => return Some(1),
        _ => return None,
    };
    Some(i128::from(ticks) * 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints() {
        let text = |ticks| format_timespan(ticks);
        assert_eq!(text(0), "00:00:00");
        assert_eq!(text(-PER_MINUTE * 90), "-01:30:00");
        assert_eq!(text(3 * PER_DAY + 2), "3.00:00:00.0000002");
        assert_eq!(text(i64::MIN), "-10675199.02:48:05.4775808");
    }

    #[test]
    fn reads() {
        let seconds = |text| parse_timespan(text).map(|ticks| ticks as f64 / PER_SECOND as f64);
        assert_eq!(seconds("2.03:04:05.5"), Some(183_845.5));
        assert_eq!(seconds("-00:00:01"), Some(-1.0));
        assert_eq!(seconds("09:30"), Some(34_200.0));
        assert_eq!(seconds("1:00:00:00"), Some(86_400.0));
        assert_eq!(seconds("1.5h"), Some(5400.0));
        assert_eq!(seconds("15 seconds"), Some(15.0));
        assert_eq!(seconds("-250ms"), Some(-0.25));
        assert_eq!(seconds("2"), Some(172_800.0));
        assert_eq!(parse_timespan("7ticks"), Some(7));
        assert_eq!(parse_timespan("300nanoseconds"), Some(3));
        assert_eq!(parse_timespan("-10675199.02:48:05.4775808"), Some(i64::MIN));
        for bad in ["", "-", "2.5", "25:00:00", "00:60", "1x", "d", "1.2.3d", ":", "1:2:3:4:5", "99999999d", "1.:1:1"] {
            assert_eq!(parse_timespan(bad), None, "{bad}");
        }
    }
}
