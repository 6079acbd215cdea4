//! Skipping over JSON text byte by byte, without recursion and without looking into what is skipped.

/// White space as JSON has it.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

pub(super) fn is_space_char(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// A walk through the inside of one array or bag.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// A walk behind the opening bracket; an empty one when the text opens otherwise.
    pub(super) fn inside(text: &'a str, opening: u8) -> Scanner<'a> {
        let opens = text.as_bytes().first() == Some(&opening);
        Scanner { text, at: if opens { 1 } else { text.len() } }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// The raw content of the next key, and past its colon.
    pub(super) fn key(&mut self) -> Option<&'a str> {
        self.skip_separators();
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        self.at = skip_string(self.text.as_bytes(), start)?;
        let raw = self.text.get(start + 1..self.at - 1)?;
        self.skip_spaces();
        if self.peek()? != b':' {
            return None;
        }
        self.at += 1;
        Some(raw)
    }

    /// The text of the next value.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        self.skip_separators();
        let start = self.at;
        self.at = skip_value(self.text.as_bytes(), start)?;
        self.text.get(start..self.at)
    }

    fn skip_separators(&mut self) {
        while self.peek().is_some_and(|byte| is_space(byte) || byte == b',') {
            self.at += 1;
        }
    }
}

/// The end of the value that starts at `start`; `None` when there is no value or it does not end.
fn skip_value(bytes: &[u8], start: usize) -> Option<usize> {
    match *bytes.get(start)? {
        b'"' => skip_string(bytes, start),
        b'{' | b'[' => skip_nested(bytes, start),
        b'}' | b']' | b':' => None,
        _ => {
            let ends = |byte: &u8| is_space(*byte) || matches!(*byte, b',' | b'}' | b']' | b':' | b'"');
            let length = bytes.get(start..)?.iter().position(ends);
            Some(length.map_or(bytes.len(), |length| start + length))
        }
    }
}

/// The end of the array or bag that starts at `start`, by counting brackets outside strings.
fn skip_nested(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = start;
    loop {
        match *bytes.get(at)? {
            b'"' => {
                at = skip_string(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// The end of the string whose opening quote is at `start`.
fn skip_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// What stands between the quotes, when the text is one string and nothing else.
pub(super) fn string_content(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let whole = bytes.first() == Some(&b'"') && skip_string(bytes, 0) == Some(bytes.len());
    if whole { text.get(1..text.len() - 1) } else { None }
}

/// Whether all of it is a number as JSON writes numbers.
pub(super) fn is_number(bytes: &[u8]) -> bool {
    fn digits(bytes: &[u8]) -> (usize, &[u8]) {
        let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count, bytes.get(count..).unwrap_or_default())
    }
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let leading_zero = bytes.first() == Some(&b'0');
    let (whole, mut rest) = digits(bytes);
    if whole == 0 || leading_zero && whole > 1 {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let (count, after) = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = after;
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
        let (count, after) = digits(exponent);
        if count == 0 {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}
