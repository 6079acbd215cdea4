//! Checking JSON, and Kusto's compact form of it.

use std::borrow::Cow;

use super::{Dynamic, Kind, MAX_DEPTH, scan, string};
use crate::text::{parse_real, write_real};

/// Whether all of the text is one JSON value.
pub fn validate(text: &str) -> bool {
    let mut walk = Walk { text, at: 0, out: None };
    walk.document().is_some()
}

/// The canonical form of a JSON text; `None` when it is not JSON (or nests deeper than [`MAX_DEPTH`]).
pub fn parse_json(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut walk = Walk { text, at: 0, out: Some(&mut out) };
    walk.document()?;
    Some(out)
}

/// Appends the canonical form; text that is not JSON is written as a string.
pub(super) fn write(value: Dynamic<'_>, out: &mut String) {
    let start = out.len();
    let mut walk = Walk { text: value.text(), at: 0, out: Some(out) };
    if walk.document().is_none() {
        out.truncate(start);
        string::write_quoted(value.text(), out);
    }
}

/// Appends the canonical form with the keys of every bag in order.
pub(super) fn write_sorted(value: Dynamic<'_>, out: &mut String) {
    if validate(value.text()) {
        write_sorted_inside(value, out, false);
    } else {
        string::write_quoted(value.text(), out);
    }
}

/// Goes as deep as the value does, which [`validate`] has bounded.
fn write_sorted_inside(value: Dynamic<'_>, out: &mut String, by_value: bool) {
    match value.kind() {
        Kind::Array => {
            out.push('[');
            for (position, element) in value.elements().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_sorted_inside(element, out, by_value);
            }
            out.push(']');
        }
        Kind::Bag => {
            let mut members: Vec<_> = value.members().collect();
            members.sort_by(|(left, _), (right, _)| left.cmp(right));
            out.push('{');
            for (position, (key, member)) in members.into_iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                string::write_quoted(&key, out);
                out.push(':');
                write_sorted_inside(member, out, by_value);
            }
            out.push('}');
        }
        Kind::Long | Kind::Real if by_value => out.push_str(&number_key(value)),
        _ => write(value, out),
    }
}

/// A text that is the same for equal values.
pub(super) fn equality_key(value: Dynamic<'_>) -> Cow<'_, str> {
    match value.kind() {
        Kind::Null => Cow::Borrowed("null"),
        Kind::Bool => Cow::Borrowed(value.text),
        Kind::Long | Kind::Real => number_key(value),
        // A string without escapes stands in its canonical form already.
        Kind::String if scan::string_content(value.text).is_some() && !value.text.contains('\\') => {
            Cow::Borrowed(value.text)
        }
        Kind::String => Cow::Owned(value.canonical()),
        Kind::Array | Kind::Bag => {
            let mut out = String::with_capacity(value.text.len());
            if validate(value.text) {
                write_sorted_inside(value, &mut out, true);
            } else {
                string::write_quoted(value.text, &mut out);
            }
            Cow::Owned(out)
        }
    }
}

/// Whole reals within the exact range have the key of the equal long.
fn number_key(value: Dynamic<'_>) -> Cow<'_, str> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match (value.as_i64(), value.as_f64()) {
        (Some(0), _) => Cow::Borrowed("0"),
        (Some(_), _) => Cow::Borrowed(value.text),
        (None, Some(real)) if real.fract() == 0.0 && real.abs() <= EXACT => Cow::Owned((real as i64).to_string()),
        _ => Cow::Owned(value.canonical()),
    }
}

/// One pass over a JSON text that checks it and, where asked, writes the canonical form. Every step gives `None`
/// at the first byte that does not belong.
struct Walk<'t, 'o> {
    text: &'t str,
    at: usize,
    out: Option<&'o mut String>,
}

impl Walk<'_, '_> {
    fn document(&mut self) -> Option<()> {
        // The closing bracket of each array and bag that is open.
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.skip_spaces();
            match self.peek()? {
                opening @ (b'[' | b'{') => {
                    if open.len() == MAX_DEPTH {
                        return None;
                    }
                    self.keep_byte(opening);
                    let closing = if opening == b'[' { b']' } else { b'}' };
                    self.skip_spaces();
                    if self.peek()? != closing {
                        open.push(closing);
                        if closing == b'}' {
                            self.key()?;
                        }
                        continue;
                    }
                    self.keep_byte(closing);
                }
                b'"' => self.string()?,
                _ => self.scalar()?,
            }
            // A value has ended: close what closes here, or go on to the next one.
            loop {
                self.skip_spaces();
                let Some(&closing) = open.last() else { return (self.at == self.text.len()).then_some(()) };
                match self.peek()? {
                    b',' => {
                        self.keep_byte(b',');
                        if closing == b'}' {
                            self.skip_spaces();
                            self.key()?;
                        }
                        break;
                    }
                    byte if byte == closing => {
                        self.keep_byte(closing);
                        open.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.skip_spaces();
        if self.peek()? != b':' {
            return None;
        }
        self.keep_byte(b':');
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        let text = self.text;
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            self.at += scan::find_special(text.as_bytes().get(self.at..)?);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return None,
            }
        }
        let raw = text.get(start..self.at)?;
        self.at += 1;
        if let Some(out) = &mut self.out {
            if escaped {
                string::write_quoted(&string::unescape(raw), out);
            } else {
                out.push('"');
                out.push_str(raw);
                out.push('"');
            }
        }
        Some(())
    }

    fn escape(&mut self) -> Option<()> {
        let rest = self.text.get(self.at + 1..)?;
        match rest.as_bytes().first()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                string::code_unit(rest)?;
                self.at += 6;
            }
            _ => return None,
        }
        Some(())
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let ends = |byte: &u8| scan::is_space(*byte) || matches!(*byte, b',' | b'}' | b']');
        let length = rest.as_bytes().iter().position(ends).unwrap_or(rest.len());
        let token = rest.get(..length)?;
        let kind = match token {
            "null" | "true" | "false" => Kind::Bool,
            _ if scan::is_number(token.as_bytes()) => Dynamic { text: token }.kind(),
            _ => return None,
        };
        self.at += length;
        if let Some(out) = &mut self.out {
            match kind {
                Kind::Real => match parse_real(token).filter(|value| value.is_finite()) {
                    Some(value) => write_real(value, out),
                    None => return None,
                },
                _ => out.push_str(token),
            }
        } else if kind == Kind::Real && !parse_real(token).is_some_and(f64::is_finite) {
            return None;
        }
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(scan::is_space) {
            self.at += 1;
        }
    }

    fn keep_byte(&mut self, byte: u8) {
        self.at += 1;
        if let Some(out) = &mut self.out {
            out.push(char::from(byte));
        }
    }
}
