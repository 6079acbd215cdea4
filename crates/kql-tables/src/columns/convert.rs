//! What a text may be read as.

use kql_types::text::parse_datetime;

/// A time as logs and exports write it: what `todatetime` reads, and `2/21/2023, 8:14:38.123 PM` as the Azure portal
/// exports it.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    parse_datetime(text).or_else(|| match text.split_once(", ") {
        Some((date, time)) if date.contains('/') => parse_datetime(&format!("{date} {time}")),
        _ => None,
    })
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
