//! CSV and TSV: a header row that names the columns, where there is one, then rows of as many fields. A field in quotes may hold
//! delimiters, newlines and doubled quotes.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use datafusion::arrow::buffer::Buffer;
use kql_types::Schema;

use crate::text_scan::{BatchBuilder, RecordDecoder, RecordError};

/// A field by its content's place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub range: Range<usize>,
    /// Whether the content has doubled quotes.
    pub has_quotes: bool,
}

impl Field {
    /// The content, when it has to be copied.
    pub(crate) fn unquoted(&self, text: &[u8]) -> String {
        let content = text.get(self.range.clone()).unwrap_or_default();
        let content = String::from_utf8_lossy(content);
        if self.has_quotes { content.replace("\"\"", "\"") } else { content.into_owned() }
    }
}

/// Splits a text into records.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    delimiter: u8,
    position: usize,
    /// Whether the text ends with its last record; otherwise that one may go on elsewhere.
    is_whole: bool,
}

impl Records {
    pub(crate) fn new(delimiter: u8, start: usize) -> Records {
        Records { delimiter, position: start, is_whole: true }
    }

    /// The records of a text that may end within one.
    pub(crate) fn of_part(delimiter: u8, start: usize, is_whole: bool) -> Records {
        Records { delimiter, position: start, is_whole }
    }

    /// Where the next record begins.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Puts the fields of the next record into `fields` and returns where it begins; `None` at the end, or where only a
    /// part of a record is left. Blank lines are no records.
    pub(crate) fn next(&mut self, text: &[u8], fields: &mut Vec<Field>) -> Result<Option<usize>, RecordError> {
        fields.clear();
        while let Some(b'\n' | b'\r') = text.get(self.position) {
            self.position += 1;
        }
        let start = self.position;
        if start >= text.len() {
            return Ok(None);
        }
        let record = self.record(text, start, fields);
        // A whole record leaves no more than the end of the text behind it.
        let is_cut = self.position > text.len() || (record.is_err() && self.position == text.len());
        if is_cut && !self.is_whole {
            self.position = start;
            return Ok(None);
        }
        record.map(|()| Some(start))
    }

    /// Takes the fields of the record from `start`, and goes behind the newline or, without one, behind the end.
    fn record(&mut self, text: &[u8], start: usize, fields: &mut Vec<Field>) -> Result<(), RecordError> {
        loop {
            let at = self.position;
            let end = if text.get(at) == Some(&b'"') {
                self.quoted(text, start, fields)?
            } else {
                let rest = text.get(at..).unwrap_or_default();
                let found = memchr::memchr2(self.delimiter, b'\n', rest).map_or(text.len(), |offset| at + offset);
                let is_crlf =
                    found > at && text.get(found) != Some(&self.delimiter) && text.get(found - 1) == Some(&b'\r');
                fields.push(Field { range: at..if is_crlf { found - 1 } else { found }, has_quotes: false });
                found
            };
            self.position = end + 1;
            match text.get(end) {
                Some(byte) if *byte == self.delimiter => {}
                _ => return Ok(()),
            }
        }
    }

    /// Takes a field in quotes and returns where the delimiter or newline behind it stands.
    fn quoted(&mut self, text: &[u8], record: usize, fields: &mut Vec<Field>) -> Result<usize, RecordError> {
        let start = self.position + 1;
        let mut at = start;
        let mut has_quotes = false;
        loop {
            let Some(offset) = memchr::memchr(b'"', text.get(at..).unwrap_or_default()) else {
                self.position = text.len();
                return Err(RecordError::skippable(record, "a quoted field is not closed"));
            };
            let quote = at + offset;
            if text.get(quote + 1) == Some(&b'"') {
                has_quotes = true;
                at = quote + 2;
                continue;
            }
            fields.push(Field { range: start..quote, has_quotes });
            let end = if text.get(quote + 1) == Some(&b'\r') && matches!(text.get(quote + 2), Some(b'\n') | None) {
                quote + 2
            } else {
                quote + 1
            };
            return match text.get(end) {
                None | Some(b'\n') => Ok(end),
                Some(byte) if *byte == self.delimiter => Ok(end),
                Some(_) => {
                    let rest = text.get(end..).unwrap_or_default();
                    self.position = memchr::memchr(b'\n', rest).map_or(text.len(), |newline| end + newline + 1);
                    Err(RecordError::skippable(record, "text after the closing quote of a field"))
                }
            };
        }
    }
}

/// A column of the header row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderColumn {
    pub name: String,
    /// Whether the header says that these are times: the Azure portal exports `TimeGenerated` as
    /// `TimeGenerated [UTC]`.
    pub is_time: bool,
}

/// The columns of the rows: those that are given where there is no header row, else those that it names.
pub(crate) fn read_columns(
    text: &[u8],
    records: &mut Records,
    given: Option<&[String]>,
) -> Result<Vec<HeaderColumn>, RecordError> {
    match given {
        Some(names) => Ok(names.iter().map(|name| HeaderColumn { name: name.clone(), is_time: false }).collect()),
        None => read_header(text, records),
    }
}

/// The names of the fields where the first row of a text is none that names them: those of the schema that the user
/// gives, by position, then `Column` and a number. `None` where the first row is a header.
///
/// Beside the user's word, a row is no header that has a field for each column of the schema, and none that is called
/// as one of them.
pub(crate) fn names_without_header(
    text: &[u8],
    delimiter: u8,
    declared: Option<&Schema>,
    is_headless: bool,
) -> Option<Vec<String>> {
    let start = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut fields = Vec::new();
    Records::new(delimiter, start).next(text, &mut fields).ok()??;
    let declared: Vec<&str> = declared.into_iter().flat_map(Schema::iter).map(|(name, _)| name).collect();
    let is_name = |field: &Field| {
        let content = field.unquoted(text);
        let content = content.trim().trim_end_matches(" [UTC]");
        declared.iter().any(|name| name.eq_ignore_ascii_case(content))
    };
    if !is_headless && (fields.len() != declared.len() || fields.iter().any(is_name)) {
        return None;
    }
    let mut names: Vec<String> = Vec::with_capacity(fields.len());
    for place in 0..fields.len() {
        let mut name = declared.get(place).map_or_else(|| format!("Column{}", place + 1), |name| (*name).to_owned());
        while names.contains(&name) {
            name.push('_');
        }
        names.push(name);
    }
    Some(names)
}

/// Whether the first row is `sep=;`, by which Excel tells its delimiter.
fn is_separator_line(text: &[u8], fields: &[Field]) -> bool {
    match fields {
        [told, rest @ ..] => {
            told.unquoted(text).eq_ignore_ascii_case("sep=") && rest.iter().all(|field| field.range.is_empty())
        }
        [] => false,
    }
}

/// The delimiter of a text, by its first row: what `sep=;` tells, else what stands between its fields. A row without
/// any is one of commas.
pub(crate) fn sniff_delimiter(start: &[u8]) -> u8 {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, b'\r' | b'\n', ..] = start {
        return *delimiter;
    }
    let mut is_quoted = false;
    let mut counts = DELIMITERS.map(|delimiter| (delimiter, 0_usize));
    for byte in start {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            byte if !is_quoted => {
                counts.iter_mut().filter(|(other, _)| other == byte).for_each(|(_, count)| *count += 1)
            }
            _ => {}
        }
    }
    counts.into_iter().find(|(_, count)| *count > 0).map_or(b',', |(delimiter, _)| delimiter)
}

/// What may stand between fields. A comma in the first row goes before all others.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The columns of the header row; an unnamed one is `Column` and its number, a repeated name gets a number.
fn read_header(text: &[u8], records: &mut Records) -> Result<Vec<HeaderColumn>, RecordError> {
    let mut fields = Vec::new();
    let Some(_) = records.next(text, &mut fields)? else { return Ok(Vec::new()) };
    if is_separator_line(text, &fields) && records.next(text, &mut fields)?.is_none() {
        return Ok(Vec::new());
    }
    let mut taken = HashSet::with_capacity(fields.len());
    let mut columns = Vec::with_capacity(fields.len());
    for (place, field) in fields.iter().enumerate() {
        let content = field.unquoted(text);
        let (name, is_time) = match content.trim().strip_suffix(" [UTC]") {
            Some(name) => (name, true),
            None => (content.trim(), false),
        };
        let name = if name.is_empty() { format!("Column{}", place + 1) } else { name.to_owned() };
        let mut unique = name.clone();
        let mut number = 1;
        while !taken.insert(unique.clone()) {
            unique = format!("{name}{number}");
            number += 1;
        }
        columns.push(HeaderColumn { name: unique, is_time });
    }
    Ok(columns)
}

/// Where the wanted columns stand in the rows of a file.
#[derive(Clone, Debug)]
pub(crate) struct CsvLayout {
    delimiter: u8,
    /// Fields of a row.
    width: usize,
    has_header: bool,
    /// For each wanted column the number of its field.
    places: Vec<Option<usize>>,
}

impl CsvLayout {
    /// The layout for columns of these names, and where the rows begin; `given` are the names of all fields where there is
    /// no header row. `None` where the start of the file that is here does not hold all of its header row.
    pub(crate) fn read(
        delimiter: u8,
        names: &[String],
        given: Option<&[String]>,
        text: &[u8],
        start: usize,
        is_whole: bool,
    ) -> Result<Option<(CsvLayout, usize)>, RecordError> {
        let mut records = Records::of_part(delimiter, start, is_whole);
        let header =
            read_columns(text, &mut records, given).map_err(|error| RecordError { is_skippable: false, ..error })?;
        if header.is_empty() && !is_whole {
            return Ok(None);
        }
        let by_name: HashMap<&str, usize> =
            header.iter().enumerate().map(|(place, column)| (column.name.as_str(), place)).collect();
        let places = names.iter().map(|name| by_name.get(name.as_str()).copied()).collect();
        let layout = CsvLayout { delimiter, width: header.len(), has_header: given.is_none(), places };
        Ok(Some((layout, records.position())))
    }
}

/// Decodes the rows of a part of a file that begins with a row.
pub(crate) struct CsvDecoder {
    layout: CsvLayout,
    records: Records,
    input: Buffer,
    fields: Vec<Field>,
}

impl CsvDecoder {
    /// Decodes the rows from `start` on; unless the input `is_whole`, its last row may be cut off.
    pub(crate) fn new(layout: CsvLayout, input: Buffer, start: usize, is_whole: bool) -> CsvDecoder {
        let records = Records::of_part(layout.delimiter, start, is_whole);
        CsvDecoder { layout, records, input, fields: Vec::new() }
    }

    /// Where the next row begins, or the one that is cut off.
    pub(crate) fn position(&self) -> usize {
        self.records.position()
    }
}

impl RecordDecoder for CsvDecoder {
    fn decode(&mut self, batch: &mut BatchBuilder) -> Result<bool, RecordError> {
        let text = self.input.as_slice();
        let Some(start) = self.records.next(text, &mut self.fields)? else { return Ok(false) };
        let CsvLayout { width, has_header, places, .. } = &self.layout;
        if self.fields.len() != *width {
            let first = if *has_header { "header" } else { "first row" };
            let message = format!("{} fields, but the {first} has {width}", self.fields.len());
            return Err(RecordError::skippable(start, message));
        }
        let fields = &self.fields;
        batch
            .append_row(|place, column| {
                match places.get(place).copied().flatten().and_then(|place| fields.get(place)) {
                    Some(field) if field.has_quotes => column.append_unquoted(&field.unquoted(text), field.range.start),
                    Some(field) => column.append_field(field.range.start, field.range.end),
                    None => {
                        column.append_null();
                        Ok(())
                    }
                }
            })
            .map_err(|error| RecordError::skippable(start, error.message))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All records of a text that comes in pieces of so many bytes, and what is wrong with it.
    fn records_in_pieces(text: &[u8], piece: usize) -> Vec<Result<Vec<String>, String>> {
        let (mut found, mut fields) = (Vec::new(), Vec::new());
        let (mut begin, mut wanted) = (0, piece);
        while begin < text.len() {
            let end = (begin + wanted).min(text.len());
            let part = &text[begin..end];
            let mut records = Records::of_part(b',', 0, end == text.len());
            loop {
                match records.next(part, &mut fields) {
                    Ok(Some(_)) => found.push(Ok(fields.iter().map(|field| field.unquoted(part)).collect())),
                    Ok(None) => break,
                    Err(error) => found.push(Err(error.message)),
                }
            }
            if end == text.len() {
                break;
            }
            wanted = if records.position() == 0 { 2 * wanted } else { piece };
            begin += records.position();
        }
        found
    }

    #[test]
    fn records_are_the_same_wherever_the_text_is_cut() {
        let mut seed: u64 = 11;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let pieces = ["a", "\"", "\"\"", ",", "\n", "\r\n", "\r", "\"x,y\"", "\"\r\n\"", ",\"", "\",", "é"];
        for _ in 0..3000 {
            let text: String = (0..next(14)).map(|_| pieces[next(pieces.len())]).collect();
            let whole = records_in_pieces(text.as_bytes(), usize::MAX / 4);
            for piece in 1..text.len() {
                assert_eq!(records_in_pieces(text.as_bytes(), piece), whole, "{text:?} by {piece}");
            }
        }
    }
}
