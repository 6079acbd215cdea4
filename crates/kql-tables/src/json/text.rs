//! The content of JSON strings.

use std::borrow::Cow;

use super::{JsonError, Kind, RawValue};

/// The content of a string value, unescaped where it has to be; `None` for another kind.
pub(crate) fn string_content(text: &[u8], value: RawValue) -> Result<Option<Cow<'_, str>>, JsonError> {
    let content = || {
        let inner = text.get(value.start + 1..value.end.saturating_sub(1)).unwrap_or_default();
        std::str::from_utf8(inner).map_err(|error| JsonError::new(value.start + 1 + error.valid_up_to(), "not UTF-8"))
    };
    match value.kind {
        Kind::String => Ok(Some(Cow::Borrowed(content()?))),
        Kind::EscapedString => {
            let mut unescaped = String::new();
            unescape(content()?, &mut unescaped)
                .map_err(|error| JsonError::new(value.start + 1 + error.at, error.message))?;
            Ok(Some(Cow::Owned(unescaped)))
        }
        _ => Ok(None),
    }
}

/// Appends the content of a string literal (without its quotes) to `output`. A lone surrogate becomes U+FFFD.
pub(crate) fn unescape(literal: &str, output: &mut String) -> Result<(), JsonError> {
    let bytes = literal.as_bytes();
    let mut at = 0;
    while let Some(offset) = memchr::memchr(b'\\', bytes.get(at..).unwrap_or_default()) {
        let backslash = at + offset;
        output.push_str(literal.get(at..backslash).unwrap_or_default());
        at = backslash + 2;
        match bytes.get(backslash + 1) {
            Some(b'"') => output.push('"'),
            Some(b'\\') => output.push('\\'),
            Some(b'/') => output.push('/'),
            Some(b'b') => output.push('\u{8}'),
            Some(b'f') => output.push('\u{c}'),
            Some(b'n') => output.push('\n'),
            Some(b'r') => output.push('\r'),
            Some(b't') => output.push('\t'),
            Some(b'u') => {
                let unit = code_unit(bytes, at).ok_or(JsonError::new(backslash, "\\u without four hex digits"))?;
                at += 4;
                let low = match (unit, bytes.get(at..at + 2)) {
                    (0xd800..=0xdbff, Some(b"\\u")) => code_unit(bytes, at + 2),
                    _ => None,
                };
                if let Some(low @ 0xdc00..=0xdfff) = low {
                    at += 6;
                    let point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    output.push(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER));
                } else {
                    output.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
            }
            _ => return Err(JsonError::new(backslash, "no such escape in a string")),
        }
    }
    output.push_str(literal.get(at..).unwrap_or_default());
    Ok(())
}

fn code_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(literal: &str) -> Result<String, JsonError> {
        let mut output = String::new();
        unescape(literal, &mut output).map(|()| output)
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescaped(r#"a\"b\\c\/\b\f\n\r\td"#).unwrap(), "a\"b\\c/\u{8}\u{c}\n\r\td");
        assert_eq!(unescaped(r"\u00e4\u0041\u20AC").unwrap(), "äA€");
        assert_eq!(unescaped(r"x\ud83d\ude00y").unwrap(), "x😀y");
        assert_eq!(unescaped(r"\\u0041").unwrap(), r"\u0041");
    }

    #[test]
    fn lone_surrogates_are_replaced() {
        assert_eq!(unescaped(r"\ud83d").unwrap(), "\u{fffd}");
        assert_eq!(unescaped(r"\ude00x").unwrap(), "\u{fffd}x");
        assert_eq!(unescaped(r"\ud83d\u0041").unwrap(), "\u{fffd}A");
    }

    #[test]
    fn bad_escapes_are_errors() {
        assert_eq!(unescaped(r"ab\x").unwrap_err().at, 2);
        assert!(unescaped(r"\u12").is_err());
        assert!(unescaped(r"\u12é4").is_err());
        assert!(unescaped(r"\u+123").is_err());
    }
}
