//! Durations as rules write them.

const SECOND: i64 = 10_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The ticks of a duration: ISO 8601 (`PT5M`, `P14D`), as Sentinel's YAML writes it (`5m`, `14d`), or as a timespan
/// (`01:00:00`). `None` for what is none of these, and for months and years, which have no fixed length.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(iso) = text.strip_prefix(['P', 'p']) {
        let (date, time) = match iso.split_once(['T', 't']) {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (iso, ""),
        };
        if date.is_empty() && time.is_empty() {
            return None;
        }
        let date = parts(date, &[('W', 7 * DAY), ('D', DAY)])?;
        return date.checked_add(parts(time, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)])?);
    }
    if text.contains(':') {
        return kql_types::text::parse_timespan(text).filter(|ticks| *ticks >= 0);
    }
    parts(text, &[('D', DAY), ('H', HOUR), ('M', MINUTE), ('S', SECOND)]).filter(|_| !text.is_empty())
}

/// Numbers, each with its unit, in the order of the units; no unit twice.
fn parts(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut rest, mut units, mut total) = (text, units, 0i64);
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let count: i64 = rest.get(..digits)?.parse().ok()?;
        let unit = rest.get(digits..)?.chars().next()?.to_ascii_uppercase();
        let at = units.iter().position(|(known, _)| *known == unit)?;
        let (_, ticks) = units.get(at)?;
        total = total.checked_add(count.checked_mul(*ticks)?)?;
        units = units.get(at + 1..)?;
        rest = rest.get(digits + 1..)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_duration() {
        for (text, ticks) in [
            ("PT5M", 5 * MINUTE),
            ("P14D", 14 * DAY),
            ("P1DT12H", 36 * HOUR),
            ("P2W", 14 * DAY),
            ("1h", HOUR),
            ("14d", 14 * DAY),
            ("1d12h", 36 * HOUR),
            ("01:30:00", HOUR + 30 * MINUTE),
        ] {
            assert_eq!(parse(text), Some(ticks), "{text}");
        }
        for text in ["", "P", "PT", "5", "M5", "5x", "PT5", "P1M", "5m1h", "-1h", "99999999999999d", "é"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
