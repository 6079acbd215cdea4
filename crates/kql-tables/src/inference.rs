//! Types by looking at the data: what a table's columns are where neither the file nor the catalogue says it.

use indexmap::IndexMap;
use kql_types::{ScalarType, text};

use crate::columns::{TableColumn, looks_like_datetime};
use crate::csv::{Records, read_columns};
use crate::format::TextFormat;
use crate::json::{JsonError, Kind, RawValue, members, read_key, skip_whitespace, string_content};
use crate::json_document::{Rows, find_rows};

/// What has been seen in a column.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    bools: bool,
    longs: bool,
    reals: bool,
    datetimes: bool,
    strings: bool,
    empty_strings: bool,
    containers: bool,
    /// The type that the file itself tells.
    told: Option<ScalarType>,
}

impl Seen {
    fn json(&mut self, text: &[u8], value: RawValue) -> Result<(), JsonError> {
        match value.kind {
            Kind::Null => {}
            Kind::True | Kind::False => self.bools = true,
            Kind::Object | Kind::Array => self.containers = true,
            Kind::Number => {
                let number = text.get(value.range()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("");
                self.number(number);
            }
            Kind::String | Kind::EscapedString => {
                let content = string_content(text, value)?.unwrap_or_default();
                if content.is_empty() {
                    self.empty_strings = true;
                } else if is_datetime(&content) {
                    self.datetimes = true;
                } else {
                    self.strings = true;
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, content: &str) {
        if content.is_empty() {
        } else if content.eq_ignore_ascii_case("true") || content.eq_ignore_ascii_case("false") {
            self.bools = true;
        } else if is_number(content) {
            self.number(content);
        } else if is_datetime(content) {
            self.datetimes = true;
        } else {
            self.strings = true;
        }
    }

    /// A whole number that is no `long` is a real.
    fn number(&mut self, number: &str) {
        if number.parse::<i64>().is_ok() { self.longs = true } else { self.reals = true }
    }

    fn scalar_type(&self) -> ScalarType {
        if let Some(told) = self.told {
            return told;
        }
        let numbers = self.longs || self.reals;
        let kinds = [self.bools, numbers, self.datetimes, self.strings];
        match kinds.iter().filter(|seen| **seen).count() {
            _ if self.containers => ScalarType::Dynamic,
            0 => ScalarType::String,
            1 if self.datetimes => ScalarType::DateTime,
            _ if self.strings || self.datetimes || self.empty_strings => ScalarType::String,
            1 if self.bools => ScalarType::Bool,
            1 if self.reals => ScalarType::Real,
            1 => ScalarType::Long,
            _ => ScalarType::Dynamic,
        }
    }
}

fn is_datetime(content: &str) -> bool {
    looks_like_datetime(content) && text::parse_datetime(content).is_some()
}

/// Whether a field is a number as programs write it. `007` and `+49` are text: a code, a phone number.
fn is_number(content: &str) -> bool {
    let digits = content.strip_prefix('-').unwrap_or(content);
    let is_plain = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+'));
    let is_padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    is_plain && !is_padded && digits.starts_with(|first: char| first.is_ascii_digit()) && content.parse::<f64>().is_ok()
}

/// What has been seen of a table.
#[derive(Debug, Default)]
pub(crate) struct Inference {
    columns: IndexMap<String, Seen>,
    /// The names of CSV's fields where no header row tells them.
    field_names: Option<Vec<String>>,
}

impl Inference {
    /// Of files that have no header row, if names of fields are given.
    pub(crate) fn of_fields(field_names: Option<Vec<String>>) -> Inference {
        Inference { field_names, ..Inference::default() }
    }

    /// Looks at the text of a file, or at its beginning. What cannot be read is left for the scan to report.
    pub(crate) fn look_at(&mut self, format: TextFormat, text: &[u8], is_whole: bool) {
        let start = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        match format {
            TextFormat::Ndjson => self.lines(text, start, is_whole),
            TextFormat::Json => {
                // A broken document is an error of the scan.
                let _ = self.document(text, start);
            }
            TextFormat::Csv { delimiter } => self.csv(delimiter, text, start, is_whole),
            // What these files tell of their columns is not to be guessed.
            TextFormat::Avro | TextFormat::EventLog => {}
        }
    }

    /// Takes a column of the type that the file tells.
    pub(crate) fn told(&mut self, name: &str, scalar_type: ScalarType) {
        self.tell(name, |seen| seen.told = Some(scalar_type));
    }

    /// The columns, in the order in which they were first seen.
    pub(crate) fn columns(&self) -> impl Iterator<Item = TableColumn> {
        self.columns.iter().map(|(name, seen)| TableColumn {
            name: name.clone(),
            scalar_type: seen.scalar_type(),
            is_inferred: seen.told.is_none(),
        })
    }

    /// Tells the column of this name about something seen in it.
    fn tell(&mut self, name: &str, about: impl FnOnce(&mut Seen)) {
        // Asked by reference first: nearly always the name is known, and need not be copied.
        match self.columns.get_mut(name) {
            Some(seen) => about(seen),
            None => about(self.columns.entry(name.to_owned()).or_default()),
        }
    }

    fn lines(&mut self, text: &[u8], start: usize, is_whole: bool) {
        // A line that is cut off is none.
        let end = if is_whole { text.len() } else { memchr::memrchr(b'\n', text).unwrap_or(start) };
        let mut position = start;
        while position < end {
            let rest = text.get(position..end).unwrap_or_default();
            let line_end = memchr::memchr(b'\n', rest).map_or(end, |newline| position + newline);
            let line = text.get(..line_end).unwrap_or_default();
            // A broken line is an error of the scan.
            let _ = self.object(line, skip_whitespace(line, position));
            position = line_end + 1;
        }
    }

    fn object(&mut self, text: &[u8], start: usize) -> Result<usize, JsonError> {
        members(
            text,
            start,
            |at, _| read_key(text, at),
            |key, value| {
                let mut result = Ok(());
                self.tell(&key, |seen| result = seen.json(text, value));
                result
            },
        )
    }

    fn document(&mut self, text: &[u8], start: usize) -> Result<(), JsonError> {
        let runs = find_rows(text, start)?;
        let is_table = |rows: &Rows| rows.columns().is_some();
        for run in &runs {
            for (name, told) in run.columns.iter().flatten() {
                self.tell(name, |seen| seen.told = Some(told.unwrap_or(ScalarType::Dynamic)));
            }
        }
        let mut rows = Rows::new(runs);
        while let Some((row, _)) = rows.next(text)? {
            if row.kind == Kind::Object && !is_table(&rows) {
                self.object(text, row.start)?;
            }
        }
        Ok(())
    }

    fn csv(&mut self, delimiter: u8, text: &[u8], start: usize, is_whole: bool) {
        let mut records = Records::of_part(delimiter, start, is_whole);
        let Ok(header) = read_columns(text, &mut records, self.field_names.as_deref()) else { return };
        let mut seen: Vec<Seen> = vec![Seen::default(); header.len()];
        let mut fields = Vec::new();
        loop {
            match records.next(text, &mut fields) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => continue,
            }
            if fields.len() != header.len() {
                continue;
            }
            for (seen, field) in seen.iter_mut().zip(&fields) {
                seen.field(&field.unquoted(text));
            }
        }
        for (column, new) in header.iter().zip(seen) {
            self.tell(&column.name, |seen| {
                seen.told = seen.told.or(column.is_time.then_some(ScalarType::DateTime));
                seen.bools |= new.bools;
                seen.longs |= new.longs;
                seen.reals |= new.reals;
                seen.datetimes |= new.datetimes;
                seen.strings |= new.strings;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inferred(format: TextFormat, text: &str) -> String {
        let mut inference = Inference::default();
        inference.look_at(format, text.as_bytes(), true);
        inference
            .columns()
            .map(|column| format!("{}:{}", column.name, column.scalar_type))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn json(values: &[&str]) -> String {
        let lines: Vec<String> = values.iter().map(|value| format!("{{\"a\":{value}}}")).collect();
        inferred(TextFormat::Ndjson, &lines.join("\n"))
    }

    #[test]
    fn json_types() {
        assert_eq!(json(&["true", "null", "false"]), "a:bool");
        assert_eq!(json(&["1", "-9223372036854775808"]), "a:long");
        assert_eq!(json(&["9223372036854775808"]), "a:real");
        assert_eq!(json(&["1", "0.5"]), "a:real");
        assert_eq!(json(&["\"2024-01-31T10:00:00.1234567Z\"", "\"\"", "null"]), "a:datetime");
        assert_eq!(json(&["\"2024-01-31T10:00:00Z\"", "\"soon\""]), "a:string");
        assert_eq!(json(&["\"2024-02-31T10:00:00Z\""]), "a:string");
        assert_eq!(json(&["{}", "\"x\""]), "a:dynamic");
        assert_eq!(json(&["[1]"]), "a:dynamic");
        assert_eq!(json(&["1", "\"x\""]), "a:string");
        assert_eq!(json(&["1", "\"\""]), "a:string");
        assert_eq!(json(&["1", "true"]), "a:dynamic");
        assert_eq!(json(&["null"]), "a:string");
        assert_eq!(json(&["\"74e4a1a6-0c3c-4dbb-8cdb-8c9ee2e1f0a3\""]), "a:string");
    }

    #[test]
    fn csv_types() {
        let csv = |text: &str| inferred(TextFormat::Csv { delimiter: b',' }, text);
        assert_eq!(csv("a,b,c,d\n1,1.5,True,2024-01-01\n,,,\n"), "a:long b:real c:bool d:datetime");
        assert_eq!(csv("a,b,c\n007,+49,1e3\n"), "a:string b:string c:real");
        assert_eq!(csv("a,b,c\n0,-0.5,-\n"), "a:long b:real c:string");
        assert_eq!(csv("a,b\n1,true\nx,no\n"), "a:string b:string");
        assert_eq!(csv("a\n"), "a:string");
    }

    #[test]
    fn columns_come_in_the_order_of_their_appearance() {
        assert_eq!(inferred(TextFormat::Ndjson, "{\"b\":1}\nnonsense\n{\"a\":1,\"b\":2}"), "b:long a:long");
    }

    #[test]
    fn answers_of_apis() {
        let json = |text: &str| inferred(TextFormat::Json, text);
        assert_eq!(json(r#"[{"a":1},{"b":"x"}]"#), "a:long b:string");
        assert_eq!(json(r#"{"@odata.context":"x","value":[{"a":1}]}"#), "a:long");
        assert_eq!(json(r#"{"a":1} {"a":2.5}"#), "a:real");
        assert_eq!(json(r#"{"value":[1,2]}"#), "value:dynamic");
        assert_eq!(json(r#"{"tables":[{"name":"t","columns":[{"name":"a","type":"long"}],"rows":[[1]]}]}"#), "a:long");
    }
}
