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

    /// A walk behind the opening bracket that stands at a place in a text; the text may go on behind the closing one.
    fn inside_at(text: &'a str, place: usize, opening: u8) -> Option<Scanner<'a>> {
        (text.as_bytes().get(place) == Some(&opening)).then_some(Scanner { text, at: place + 1 })
    }

    /// Past the next value.
    fn skip(&mut self) -> Option<()> {
        self.skip_separators();
        self.at = skip_value(self.text.as_bytes(), self.at)?;
        Some(())
    }

    /// Where the next value starts; `None` behind the last.
    fn start_of_value(&mut self) -> Option<usize> {
        self.skip_separators();
        (!matches!(self.peek()?, b']' | b'}' | b':')).then_some(self.at)
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

/// Where the value of a key starts, in the bag that starts at `place`. Nothing behind that is looked at.
pub(super) fn find_member(text: &str, place: usize, name: &str) -> Option<usize> {
    let mut members = Scanner::inside_at(text, place, b'{')?;
    loop {
        let raw = members.key()?;
        // Keys are compared as they stand; only a key with a backslash needs its content made.
        let found = if raw.contains('\\') { super::string::unescape(raw) == name } else { raw == name };
        if found {
            return members.start_of_value();
        }
        members.skip()?;
    }
}

/// Where an element starts, in the array that starts at `place`; -1 is the last element.
pub(super) fn find_element(text: &str, place: usize, index: i64) -> Option<usize> {
    let mut elements = Scanner::inside_at(text, place, b'[')?;
    let index = if index < 0 {
        let mut all = elements.clone();
        let length = std::iter::from_fn(|| all.skip()).count();
        i64::try_from(length).ok()?.checked_add(index)?
    } else {
        index
    };
    for _ in 0..usize::try_from(index).ok()? {
        elements.skip()?;
    }
    elements.start_of_value()
}

/// The text of the value that starts at `place`.
pub(super) fn value_at(text: &str, place: usize) -> Option<&str> {
    text.get(place..skip_value(text.as_bytes(), place)?)
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
        at += find_quote_or_backslash(bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Where the next quote or backslash stands. Most strings are short, and there sixteen bytes at a time in registers
/// beat a call into vector code.
fn find_quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    const SHORT: usize = 64;
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let word = u128::from_le_bytes(*chunk);
        let found = zero_bytes(word ^ repeated(b'"')) | zero_bytes(word ^ repeated(b'\\'));
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 16;
        if at >= SHORT {
            break;
        }
    }
    Some(at + memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?)
}

/// Where the next byte stands that a JSON string cannot hold as it is: a quote, a backslash or a control character.
/// The length of the text when there is none.
pub(super) fn find_special(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let word = u128::from_le_bytes(*chunk);
        let control = word.wrapping_sub(repeated(0x20)) & !word & repeated(0x80);
        let found = zero_bytes(word ^ repeated(b'"')) | zero_bytes(word ^ repeated(b'\\')) | control;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 16;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\')).unwrap_or(rest.len())
}

/// A word of sixteen times the same byte.
const fn repeated(byte: u8) -> u128 {
    u128::from_le_bytes([byte; 16])
}

/// Sets the high bit of each byte that is zero; above the first such byte the bits mean nothing.
const fn zero_bytes(word: u128) -> u128 {
    word.wrapping_sub(repeated(1)) & !word & repeated(0x80)
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
