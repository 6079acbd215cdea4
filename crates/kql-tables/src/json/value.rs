//! Skipping one JSON value: the whole grammar is checked, nothing is built.

use std::ops::Range;

use super::JsonError;

/// How deep arrays and objects may be nested.
pub(crate) const MAX_DEPTH: usize = 256;

/// What a value is, as its text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    /// A string with at least one backslash.
    EscapedString,
    Object,
    Array,
}

/// A value by its place in the text; a string's place includes its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawValue {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

impl RawValue {
    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// The first offset from `at` on that is no whitespace.
#[inline]
pub(crate) fn skip_whitespace(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = text.get(at) {
        at += 1;
    }
    at
}

/// How the ends of strings are found.
pub(crate) trait Strings {
    /// The end of the string whose opening quote is at `at`, and whether it has a backslash.
    fn skip(&mut self, text: &[u8], at: usize) -> Result<(bool, usize), JsonError>;
}

/// Searches for the end of each string.
pub(crate) struct SearchedStrings;

impl Strings for SearchedStrings {
    #[inline]
    fn skip(&mut self, text: &[u8], at: usize) -> Result<(bool, usize), JsonError> {
        skip_string(text, at)
    }
}

/// The value that begins at `at` (no whitespace before it).
#[inline]
pub(crate) fn skip_value(text: &[u8], at: usize) -> Result<RawValue, JsonError> {
    skip_value_with(text, at, &mut SearchedStrings)
}

/// As [`skip_value`], with another way to find the ends of strings.
#[inline(always)]
pub(crate) fn skip_value_with(text: &[u8], at: usize, strings: &mut impl Strings) -> Result<RawValue, JsonError> {
    let (kind, end) = match text.get(at) {
        Some(b'{') => (Kind::Object, skip_container(text, at, strings)?),
        Some(b'[') => (Kind::Array, skip_container(text, at, strings)?),
        _ => skip_scalar(text, at, strings)?,
    };
    Ok(RawValue { kind, start: at, end })
}

/// The end of the string whose opening quote is at `at`, and whether it has a backslash.
#[inline]
pub(crate) fn skip_string(text: &[u8], at: usize) -> Result<(bool, usize), JsonError> {
    let mut escaped = false;
    let mut position = at + 1;
    loop {
        // Most strings are short: look at a few bytes before asking memchr.
        let near = text.get(position..).unwrap_or_default();
        let found = match near.iter().take(16).position(|byte| matches!(byte, b'"' | b'\\')) {
            Some(found) => found,
            None => match memchr::memchr2(b'"', b'\\', near.get(16..).unwrap_or_default()) {
                Some(found) => found + 16,
                None => return Err(JsonError::new(at, "a string is not closed")),
            },
        };
        if near.get(found) == Some(&b'"') {
            return Ok((escaped, position + found + 1));
        }
        escaped = true;
        position += found + 2;
    }
}

#[inline(always)]
fn skip_scalar(text: &[u8], at: usize, strings: &mut impl Strings) -> Result<(Kind, usize), JsonError> {
    match text.get(at) {
        Some(b'"') => {
            let (escaped, end) = strings.skip(text, at)?;
            Ok((if escaped { Kind::EscapedString } else { Kind::String }, end))
        }
        Some(b'-' | b'0'..=b'9') => Ok((Kind::Number, skip_number(text, at)?)),
        Some(b't') => skip_word(text, at, b"true", Kind::True),
        Some(b'f') => skip_word(text, at, b"false", Kind::False),
        Some(b'n') => skip_word(text, at, b"null", Kind::Null),
        None => Err(JsonError::new(at, "the text ends where a value is expected")),
        Some(_) => Err(JsonError::new(at, "not a JSON value")),
    }
}

fn skip_word(text: &[u8], at: usize, word: &[u8], kind: Kind) -> Result<(Kind, usize), JsonError> {
    let end = at + word.len();
    if text.get(at..end) == Some(word) { Ok((kind, end)) } else { Err(JsonError::new(at, "not a JSON value")) }
}

/// The end of the number that begins at `at`.
#[inline]
fn skip_number(text: &[u8], at: usize) -> Result<usize, JsonError> {
    // Most numbers are whole and of a few digits.
    if let Some(word) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let digits = leading_digits(u64::from_le_bytes(*word));
        if let Some(behind) = word.get(digits)
            && (1..=9).contains(&word[0].wrapping_sub(b'0'))
            && !matches!(behind, b'.' | b'e' | b'E')
        {
            return Ok(at + digits);
        }
    }
    skip_any_number(text, at)
}

/// How many of the bytes of a word, from the lowest on, are digits.
#[inline]
fn leading_digits(word: u64) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // A digit is 0 to 9 once its upper half is taken off, and so is nothing else; the addition lets no byte overflow.
    let values = word ^ 0x3030_3030_3030_3030;
    let others = (((values & !HIGH) + 0x7676_7676_7676_7676) | values) & HIGH;
    (others.trailing_zeros() / 8) as usize
}

fn skip_any_number(text: &[u8], at: usize) -> Result<usize, JsonError> {
    let digits = |mut position: usize| {
        let start = position;
        while text.get(position).is_some_and(u8::is_ascii_digit) {
            position += 1;
        }
        if position == start { Err(JsonError::new(at, "not a number")) } else { Ok(position) }
    };
    let start = if text.get(at) == Some(&b'-') { at + 1 } else { at };
    let mut position = digits(start)?;
    if text.get(start) == Some(&b'0') && position > start + 1 {
        return Err(JsonError::new(at, "a number begins with a needless zero"));
    }
    if text.get(position) == Some(&b'.') {
        position = digits(position + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(position) {
        position += 1;
        if let Some(b'+' | b'-') = text.get(position) {
            position += 1;
        }
        position = digits(position)?;
    }
    Ok(position)
}

/// The kinds of the open containers, innermost last: one bit each, set for an object.
#[derive(Default)]
struct Nesting {
    bits: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Nesting {
    fn push(&mut self, is_object: bool) -> bool {
        let Some(word) = self.bits.get_mut(self.depth / 64) else { return false };
        let bit = 1 << (self.depth % 64);
        *word = if is_object { *word | bit } else { *word & !bit };
        self.depth += 1;
        true
    }

    fn is_object(&self) -> bool {
        let innermost = self.depth.saturating_sub(1);
        self.bits.get(innermost / 64).is_some_and(|word| word & (1 << (innermost % 64)) != 0)
    }
}

/// The end of the array or object that begins at `start`.
fn skip_container(text: &[u8], start: usize, strings: &mut impl Strings) -> Result<usize, JsonError> {
    let mut open = Nesting::default();
    let mut at = start;
    loop {
        // A value begins at `at`.
        let byte = text.get(at).copied();
        if let Some(b'{' | b'[') = byte {
            if !open.push(byte == Some(b'{')) {
                return Err(JsonError::new(at, "nested too deeply"));
            }
            at = skip_whitespace(text, at + 1);
            match (open.is_object(), text.get(at)) {
                (true, Some(b'}')) | (false, Some(b']')) => {}
                (true, _) => {
                    at = skip_key(text, at, strings)?;
                    continue;
                }
                (false, _) => continue,
            }
        } else {
            at = skip_whitespace(text, skip_scalar(text, at, strings)?.1);
        }
        // A value has ended, or an empty container is to be closed: what follows?
        loop {
            match (open.is_object(), text.get(at)) {
                (true, Some(b'}')) | (false, Some(b']')) => {
                    at += 1;
                    open.depth -= 1;
                    if open.depth == 0 {
                        return Ok(at);
                    }
                    at = skip_whitespace(text, at);
                }
                (true, Some(b',')) => {
                    at = skip_key(text, skip_whitespace(text, at + 1), strings)?;
                    break;
                }
                (false, Some(b',')) => {
                    at = skip_whitespace(text, at + 1);
                    break;
                }
                (_, None) => return Err(JsonError::new(start, "an array or object is not closed")),
                (true, _) => return Err(JsonError::new(at, "expected , or }")),
                (false, _) => return Err(JsonError::new(at, "expected , or ]")),
            }
        }
    }
}

/// Past a key, its colon and the whitespace around it: where its value begins.
#[inline]
fn skip_key(text: &[u8], at: usize, strings: &mut impl Strings) -> Result<usize, JsonError> {
    if text.get(at) != Some(&b'"') {
        return Err(JsonError::new(at, "expected a key in quotes"));
    }
    let (_, end) = strings.skip(text, at)?;
    let colon = skip_whitespace(text, end);
    if text.get(colon) != Some(&b':') {
        return Err(JsonError::new(colon, "expected : after the key"));
    }
    Ok(skip_whitespace(text, colon + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> Result<usize, &'static str> {
        skip_value(text.as_bytes(), 0).map(|value| value.end).map_err(|error| error.message)
    }

    #[test]
    fn accepts_what_serde_accepts() {
        for text in [
            "1",
            "-0",
            "0.5",
            "1e9",
            "1E+9",
            "-12.25e-3",
            "true",
            "false",
            "null",
            "\"\"",
            r#""a\"b\\""#,
            "[]",
            "{}",
            "[ ]",
            "{ }",
            r#"{"a":1}"#,
            r#"[1,[2,{"b":[]}],{"c":{}}]"#,
            r#" {"a" : [ 1 , 2 ] , "b" : "}" } "#.trim(),
            r#"{"a":"0123456789abcdef0123456789\"x","b":[true,false,null]}"#,
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
            assert_eq!(end(text), Ok(text.len()), "{text}");
        }
    }

    #[test]
    fn rejects_what_serde_rejects() {
        for text in [
            "",
            "nul",
            "tru",
            "-",
            "01",
            "1.",
            "1e",
            ".5",
            "\"",
            r#""a\""#,
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[1 2]",
            "{",
            "{]",
            "[}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "[[1}]",
            "{\"a\":[1}",
            "'a'",
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
            assert!(end(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(end(&nested(MAX_DEPTH)), Ok(2 * MAX_DEPTH));
        assert_eq!(end(&nested(MAX_DEPTH + 1)), Err("nested too deeply"));
        assert_eq!(end(&nested(100_000)), Err("nested too deeply"));
    }

    #[test]
    fn strings_close_at_every_length() {
        for length in 0..70 {
            let text = format!("\"{}\\\\\"", "x".repeat(length));
            assert_eq!(skip_string(text.as_bytes(), 0), Ok((true, text.len())));
            assert!(skip_string(&text.as_bytes()[..text.len() - 1], 0).is_err());
        }
    }
}
