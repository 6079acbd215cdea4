//! `dynamic` values as JSON text (why: ARCHITECTURE.md). This module alone knows that encoding.
//!
//! A dynamic value is a slice of JSON text. [`Dynamic`] is a cursor over it that parses nothing but what it
//! passes: stepping into a member skips the values before it. All of it is total: text that is not JSON reads as
//! a string whose content is that text, as `parse_json` has it, and broken JSON ends early, never panics.
//!
//! - A column-level null is an Arrow null. Stored text `null` (or only white space) is read as null too, so that a
//!   slice out of an array may become a column value as it is.
//! - The canonical form (compact, key order kept, reals as `tostring` prints them) is made only where it shows:
//!   in `tostring`, output and equality.
//! - Of equal keys in a bag the first one counts.
//! - `datetime`, `timespan`, `guid` and `decimal` inside a dynamic are strings in their text form.
//! - Nesting deeper than [`MAX_DEPTH`] is not JSON here.

mod builder;
mod canonical;
mod convert;
mod path;
mod scan;
mod string;
mod walk;

use std::borrow::Cow;

pub use builder::{Builder, write_string};
pub use canonical::{parse_json, validate};
pub use convert::from_value;
pub use path::{Path, Step};
pub use walk::{Found, Text, Walk};

use crate::text::parse_real;

/// How deeply arrays and bags may lie in each other.
pub const MAX_DEPTH: usize = 256;

/// What a dynamic value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Null,
    Bool,
    /// A whole number within 64 bits.
    Long,
    /// Any other number.
    Real,
    String,
    Array,
    /// A property bag: a JSON object.
    Bag,
}

/// A cursor over the JSON text of one value.
#[derive(Clone, Copy, Debug)]
pub struct Dynamic<'a> {
    /// Without white space around it.
    text: &'a str,
}

impl<'a> Dynamic<'a> {
    /// The value of a text. Nothing is parsed yet.
    pub fn new(text: &'a str) -> Dynamic<'a> {
        // White space is rare, and most texts are short: looking at both ends is all that most of them need.
        let at_end = |byte: Option<&u8>| byte.is_some_and(|byte| scan::is_space(*byte));
        match at_end(text.as_bytes().first()) || at_end(text.as_bytes().last()) {
            true => Dynamic { text: text.trim_matches(scan::is_space_char) },
            false => Dynamic { text },
        }
    }

    /// The null value.
    pub fn null() -> Dynamic<'static> {
        Dynamic { text: "null" }
    }

    /// The JSON text as it stands; `null` for no text at all.
    pub fn text(self) -> &'a str {
        if self.text.is_empty() { "null" } else { self.text }
    }

    /// What the value is, by its first character (numbers and words by all of them).
    pub fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            None => Kind::Null,
            Some(b'{') => Kind::Bag,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b'-' | b'0'..=b'9') if !scan::is_number(self.text.as_bytes()) => Kind::String,
            Some(b'-' | b'0'..=b'9') if self.text.parse::<i64>().is_ok() => Kind::Long,
            Some(b'-' | b'0'..=b'9') => Kind::Real,
            Some(_) => match self.text {
                "null" => Kind::Null,
                "true" | "false" => Kind::Bool,
                _ => Kind::String,
            },
        }
    }

    /// Whether this is null.
    pub fn is_null(self) -> bool {
        matches!(self.text, "" | "null")
    }

    /// The content of a string.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::String).then(|| match scan::string_content(self.text) {
            Some(raw) => string::unescape(raw),
            None => Cow::Borrowed(self.text),
        })
    }

    /// The value of a bool.
    pub fn as_bool(self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The value of a whole number within 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        (self.kind() == Kind::Long).then(|| self.text.parse().ok()).flatten()
    }

    /// The value of any number.
    pub fn as_f64(self) -> Option<f64> {
        matches!(self.kind(), Kind::Long | Kind::Real).then(|| parse_real(self.text)).flatten()
    }

    /// The value of a bag's key; of equal keys the first.
    pub fn member(self, name: &str) -> Option<Dynamic<'a>> {
        self.at(scan::find_member(self.text, 0, name)?)
    }

    /// The element of an array; -1 is the last.
    pub fn element(self, index: i64) -> Option<Dynamic<'a>> {
        self.at(scan::find_element(self.text, 0, index)?)
    }

    /// The value inside this one that starts at `place`.
    fn at(self, place: usize) -> Option<Dynamic<'a>> {
        scan::value_at(self.text, place).map(|text| Dynamic { text })
    }

    /// The elements of an array in order; none for other kinds.
    pub fn elements(self) -> Elements<'a> {
        Elements { scanner: scan::Scanner::inside(self.text, b'[') }
    }

    /// The keys and values of a bag in order, equal keys too; none for other kinds.
    pub fn members(self) -> Members<'a> {
        Members { scanner: scan::Scanner::inside(self.text, b'{') }
    }

    /// How many elements an array has; `None` for other kinds.
    pub fn array_length(self) -> Option<usize> {
        (self.kind() == Kind::Array).then(|| self.elements().count())
    }

    /// The value at the end of a path, found in one scan.
    pub fn path(self, path: &Path) -> Option<Dynamic<'a>> {
        if path.steps().is_empty() {
            return Some(self);
        }
        let place = path.steps().iter().try_fold(0, |place, step| match step {
            Step::Member(name) => scan::find_member(self.text, place, name),
            Step::Element(index) => scan::find_element(self.text, place, *index),
        });
        self.at(place?)
    }

    /// Appends the canonical form.
    pub fn write_canonical(self, out: &mut String) {
        canonical::write(self, out);
    }

    /// Appends the canonical form with the keys of every bag in order (`dynamic_to_json`).
    pub fn write_sorted(self, out: &mut String) {
        canonical::write_sorted(self, out);
    }

    /// A text that is the same for equal values: numbers are equal by value (`1` and `1.0`), bags in any order.
    pub fn equality_key(self) -> Cow<'a, str> {
        canonical::equality_key(self)
    }

    /// The canonical form.
    pub fn canonical(self) -> String {
        let mut out = String::with_capacity(self.text.len());
        self.write_canonical(&mut out);
        out
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    scanner: scan::Scanner<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Dynamic<'a>;

    fn next(&mut self) -> Option<Dynamic<'a>> {
        self.scanner.value().map(|text| Dynamic { text })
    }
}

/// The keys and values of a bag.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    scanner: scan::Scanner<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Dynamic<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let raw = self.scanner.key()?;
        let text = self.scanner.value()?;
        Some((string::unescape(raw), Dynamic { text }))
    }
}

#[cfg(test)]
mod tests;
