//! Writing arrays, bags and scalars straight into a string.

use super::{Dynamic, string};
use crate::text;

/// Appends a JSON string with this content.
pub fn write_string(content: &str, out: &mut String) {
    string::write_quoted(content, out);
}

/// Writes one dynamic value after another into a string, placing the commas.
///
/// ```
/// use kql_types::dynamic::Builder;
/// let mut out = String::new();
/// let mut builder = Builder::new(&mut out);
/// builder.begin_bag();
/// builder.key("ids");
/// builder.begin_array();
/// builder.long(1);
/// builder.null();
/// builder.end_array();
/// builder.end_bag();
/// assert_eq!(out, r#"{"ids":[1,null]}"#);
/// ```
#[derive(Debug)]
pub struct Builder<'o> {
    out: &'o mut String,
    /// Whether a comma goes before the next value or key.
    comma: bool,
}

impl<'o> Builder<'o> {
    /// A builder that appends to `out`.
    pub fn new(out: &'o mut String) -> Builder<'o> {
        Builder { out, comma: false }
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(',');
        }
        self.comma = true;
    }

    fn open(&mut self, bracket: char) {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
    }

    fn close(&mut self, bracket: char) {
        self.out.push(bracket);
        self.comma = true;
    }

    /// Opens an array.
    pub fn begin_array(&mut self) {
        self.open('[');
    }

    /// Closes the array.
    pub fn end_array(&mut self) {
        self.close(']');
    }

    /// Opens a bag; keys and values follow in turn.
    pub fn begin_bag(&mut self) {
        self.open('{');
    }

    /// Closes the bag.
    pub fn end_bag(&mut self) {
        self.close('}');
    }

    /// A key; its value comes next.
    pub fn key(&mut self, name: &str) {
        self.separate();
        string::write_quoted(name, self.out);
        self.out.push(':');
        self.comma = false;
    }

    /// `null`.
    pub fn null(&mut self) {
        self.separate();
        self.out.push_str("null");
    }

    /// A bool.
    pub fn bool(&mut self, value: bool) {
        self.separate();
        self.out.push_str(if value { "true" } else { "false" });
    }

    /// An int or a long.
    pub fn long(&mut self, value: i64) {
        self.separate();
        text::write_long(value, self.out);
    }

    /// A real; those that JSON cannot write become strings.
    pub fn real(&mut self, value: f64) {
        if value.is_finite() {
            self.separate();
            text::write_real(value, self.out);
        } else {
            self.string(&text::format_real(value));
        }
    }

    /// A decimal (unscaled), which is a string inside a dynamic.
    pub fn decimal(&mut self, unscaled: i128) {
        self.quoted(|out| text::write_decimal(unscaled, out));
    }

    /// A string.
    pub fn string(&mut self, content: &str) {
        self.separate();
        string::write_quoted(content, self.out);
    }

    /// A datetime (ticks).
    pub fn datetime(&mut self, ticks: i64) {
        self.quoted(|out| text::write_datetime(ticks, out));
    }

    /// A timespan (ticks).
    pub fn timespan(&mut self, ticks: i64) {
        self.quoted(|out| text::write_timespan(ticks, out));
    }

    /// A guid.
    pub fn guid(&mut self, bytes: &[u8; 16]) {
        self.quoted(|out| text::write_guid(bytes, out));
    }

    /// A text that needs no escapes.
    fn quoted(&mut self, write: impl FnOnce(&mut String)) {
        self.separate();
        self.out.push('"');
        write(self.out);
        self.out.push('"');
    }

    /// A dynamic value as it stands, when it is JSON already: slices of valid values are. Text that is no JSON
    /// goes in as a string.
    pub fn dynamic(&mut self, value: Dynamic<'_>) {
        if super::validate(value.text()) {
            self.raw(value);
        } else {
            self.string(value.text());
        }
    }

    /// A dynamic value that is known to be valid JSON.
    pub fn raw(&mut self, value: Dynamic<'_>) {
        self.separate();
        self.out.push_str(value.text());
    }
}
