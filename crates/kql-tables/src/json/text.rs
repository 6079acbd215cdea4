//! The content of JSON strings.

use std::borrow::Cow;

use super::{JsonError, Kind, RawValue};

/// The content of a string value, unescaped where it has to be; `None` for another kind.
pub(crate) fn string_content(text: &[u8], value: RawValue) -> Result<Option<Cow<'_, str>>, JsonError> {
    let start = value.start + 1;
    let literal = text.get(start..value.end.saturating_sub(1)).unwrap_or_default();
    let not_utf8 = |place: usize| JsonError::new(start + place, "not UTF-8");
    match value.kind {
        Kind::String => {
            let content = std::str::from_utf8(literal).map_err(|error| not_utf8(error.valid_up_to()))?;
            Ok(Some(Cow::Borrowed(content)))
        }
        Kind::EscapedString => {
            let unescaped = unescape(literal).map_err(|error| JsonError::new(start + error.at, error.message))?;
            match String::from_utf8(unescaped) {
                Ok(content) => Ok(Some(Cow::Owned(content))),
                // What is wrong with it was wrong in the literal.
                Err(_) => {
                    Err(not_utf8(std::str::from_utf8(literal).map_or_else(|error| error.valid_up_to(), str::len)))
                }
            }
        }
        _ => Ok(None),
    }
}

/// The content of a string literal (without its quotes). A lone surrogate becomes U+FFFD.
fn unescape(literal: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut content = Content::of(literal);
    let mut at = 0;
    loop {
        at += content.copy_plain(literal.get(at..).unwrap_or_default());
        let Some(escape) = literal.get(at + 1) else {
            // Behind the last backslash or, without one, at the end.
            let is_whole = at >= literal.len();
            return if is_whole { Ok(content.finish()) } else { Err(JsonError::new(at, "no such escape in a string")) };
        };
        let backslash = at;
        at += 2;
        match escape {
            b'"' | b'\\' | b'/' => content.push(&[*escape]),
            b'b' => content.push(b"\x08"),
            b'f' => content.push(b"\x0c"),
            b'n' => content.push(b"\n"),
            b'r' => content.push(b"\r"),
            b't' => content.push(b"\t"),
            b'u' => {
                let unit = code_unit(literal, at).ok_or(JsonError::new(backslash, "\\u without four hex digits"))?;
                at += 4;
                let low = match (unit, literal.get(at..at + 2)) {
                    (0xd800..=0xdbff, Some(b"\\u")) => code_unit(literal, at + 2),
                    _ => None,
                };
                let point = if let Some(low @ 0xdc00..=0xdfff) = low {
                    at += 6;
                    0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    unit
                };
                let character = char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
                content.push(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return Err(JsonError::new(backslash, "no such escape in a string")),
        }
    }
}

/// How many bytes are copied at once.
const BLOCK: usize = 16;

/// The content of a literal as it grows. It is never longer than the literal, and a block behind it may be overwritten.
struct Content {
    bytes: Vec<u8>,
    length: usize,
}

impl Content {
    fn of(literal: &[u8]) -> Content {
        Content { bytes: vec![0; literal.len() + BLOCK], length: 0 }
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(self.length..self.length + bytes.len()) {
            place.copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }

    /// Appends what stands before the first backslash, and returns how long that is. Where escapes follow each other
    /// closely, as in JSON within JSON, a block copied whole costs less than a search and a copy.
    #[inline]
    fn copy_plain(&mut self, literal: &[u8]) -> usize {
        const BACKSLASHES: u128 = u128::from_le_bytes([b'\\'; BLOCK]);
        const LOW: u128 = u128::from_le_bytes([0x01; BLOCK]);
        const HIGH: u128 = u128::from_le_bytes([0x80; BLOCK]);
        let mut at = 0;
        while let Some(block) = literal.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
            let Some(place) = self.bytes.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut::<BLOCK>) else {
                break;
            };
            *place = *block;
            let difference = u128::from_le_bytes(*block) ^ BACKSLASHES;
            // The lowest bit that is set is exact.
            let found = difference.wrapping_sub(LOW) & !difference & HIGH;
            if found != 0 {
                let before = (found.trailing_zeros() / 8) as usize;
                self.length += before;
                return at + before;
            }
            self.length += BLOCK;
            at += BLOCK;
        }
        let rest = literal.get(at..).unwrap_or_default();
        let before = rest.iter().position(|byte| *byte == b'\\').unwrap_or(rest.len());
        self.push(rest.get(..before).unwrap_or_default());
        at + before
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.truncate(self.length);
        self.bytes
    }
}

fn code_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(literal: &str) -> Result<String, JsonError> {
        unescape(literal.as_bytes()).map(|content| String::from_utf8(content).unwrap())
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescaped(r#"a\"b\\c\/\b\f\n\r\td"#).unwrap(), "a\"b\\c/\u{8}\u{c}\n\r\td");
        assert_eq!(unescaped(r"\u00e4\u0041\u20AC").unwrap(), "äA€");
        assert_eq!(unescaped(r"x\ud83d\ude00y").unwrap(), "x😀y");
        assert_eq!(unescaped(r"\\u0041").unwrap(), r"\u0041");
    }

    #[test]
    fn escapes_stand_anywhere_in_a_block() {
        for before in 0..40 {
            for between in 0..20 {
                let (before, between) = ("é".repeat(before), "b".repeat(between));
                let literal = format!("{before}\\n{between}\\\"{between}");
                assert_eq!(unescaped(&literal).unwrap(), format!("{before}\n{between}\"{between}"));
                assert_eq!(unescaped(&format!("{before}\\")).unwrap_err().at, before.len());
            }
        }
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
