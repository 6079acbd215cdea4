//! File formats: by extension first, by content where the extension says nothing.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::compression::Compression;
use crate::csv::sniff_delimiter;
use crate::event_log;
use crate::json::{skip_value, skip_whitespace};

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text(TextFormat),
    Columnar(ColumnarFormat),
}

impl Format {
    /// What an extension tells.
    pub(crate) fn of_extension(extension: &str) -> Option<Format> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "ndjson" | "jsonl" | "jsonlines" => Format::Text(TextFormat::Ndjson),
            "json" => Format::Text(TextFormat::Json),
            "csv" => Format::Text(TextFormat::Csv { delimiter: b',' }),
            "tsv" | "tab" => Format::Text(TextFormat::Csv { delimiter: b'\t' }),
            "avro" => Format::Text(TextFormat::Avro),
            "evtx" => Format::Text(TextFormat::EventLog),
            "parquet" | "pq" => Format::Columnar(ColumnarFormat::Parquet),
            "arrow" | "arrows" | "feather" | "ipc" => Format::Columnar(ColumnarFormat::Arrow),
            _ => return None,
        })
    }
}

/// A format that carries columns with types of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnarFormat {
    Parquet,
    /// Arrow IPC, as a file (Feather) or a stream.
    Arrow,
}

/// A format that this crate reads by itself, record after record: texts, and files that are like them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextFormat {
    /// One JSON object a line.
    Ndjson,
    /// One JSON document, or several after each other: an array of objects, or an object that holds one.
    Json,
    /// Rows of fields, the first row names the columns.
    Csv { delimiter: u8 },
    /// Avro object container files.
    Avro,
    /// Windows event logs.
    EventLog,
}

/// The extensions that tell a format, for messages.
pub(crate) const EXTENSIONS: &str = ".ndjson, .jsonl, .json, .csv, .tsv, .parquet, .arrow, .avro or .evtx";

/// The bytes that are enough to tell a format.
pub(crate) const SNIFF_BYTES: u64 = 64 * 1024;

/// What the name of a file tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedFormat {
    /// The name without the extensions that were understood.
    pub stem: String,
    /// `None` where the extension says nothing. `.json` may be a document or lines, which its content tells.
    pub format: Option<Format>,
    pub compression: Option<Compression>,
}

impl NamedFormat {
    pub(crate) fn of(path: &Path) -> NamedFormat {
        let mut stem = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut compression = None;
        if let Some((rest, extension)) = split_extension(&stem) {
            compression = Compression::from_extension(extension);
            if compression.is_some() {
                stem = rest.to_owned();
            }
        }
        let Some((rest, extension)) = split_extension(&stem) else {
            return NamedFormat { stem, format: None, compression };
        };
        match Format::of_extension(extension) {
            Some(format) => NamedFormat { stem: rest.to_owned(), format: Some(format), compression },
            None => NamedFormat { stem, format: None, compression },
        }
    }
}

/// A name and its last extension; a leading dot makes none.
fn split_extension(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('.').filter(|(rest, _)| !rest.is_empty())
}

/// The format of a file by its first bytes, already decompressed; `is_whole` says that they are all of it.
pub(crate) fn sniff(start: &[u8], is_whole: bool) -> Format {
    if start.starts_with(b"PAR1") {
        return Format::Columnar(ColumnarFormat::Parquet);
    }
    if start.starts_with(b"ARROW1") {
        return Format::Columnar(ColumnarFormat::Arrow);
    }
    if start.starts_with(b"Obj\x01") {
        return Format::Text(TextFormat::Avro);
    }
    if start.starts_with(event_log::MAGIC) {
        return Format::Text(TextFormat::EventLog);
    }
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let at = skip_whitespace(start, 0);
    match start.get(at) {
        Some(b'[') => Format::Text(TextFormat::Json),
        Some(b'{') => Format::Text(sniff_object(start, at, is_whole)),
        None => Format::Text(TextFormat::Ndjson),
        Some(_) => Format::Text(TextFormat::Csv { delimiter: sniff_delimiter(start) }),
    }
}

/// Lines of objects, or a document that begins with an object: an object that ends within its line and is followed by
/// another one begins lines.
fn sniff_object(start: &[u8], at: usize, is_whole: bool) -> TextFormat {
    let line_end = memchr::memchr(b'\n', start.get(at..).unwrap_or_default()).map(|offset| at + offset);
    match (skip_value(start, at), line_end) {
        (Ok(object), Some(line_end)) if object.end <= line_end => {
            let next = skip_whitespace(start, object.end);
            let is_only = next == start.len() && is_whole;
            if next > line_end && !is_only { TextFormat::Ndjson } else { TextFormat::Json }
        }
        (Ok(_), _) => TextFormat::Json,
        // The object is longer than what was read: a line so long, or a document.
        (Err(_), None) if !is_whole => TextFormat::Json,
        // A broken first line is to be reported as one, unless the object goes on below.
        (Err(error), Some(line_end)) if error.at < line_end && error.at != at => TextFormat::Ndjson,
        (Err(_), _) => TextFormat::Json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> (String, Option<Format>, Option<Compression>) {
        let named = NamedFormat::of(Path::new(name));
        (named.stem, named.format, named.compression)
    }

    #[test]
    fn names() {
        let ndjson = Some(Format::Text(TextFormat::Ndjson));
        assert_eq!(named("dir/EmailEvents.ndjson"), ("EmailEvents".to_owned(), ndjson, None));
        assert_eq!(named("A.jsonl.gz"), ("A".to_owned(), ndjson, Some(Compression::Gzip)));
        assert_eq!(named("My.Table.CSV").0, "My.Table");
        assert_eq!(named("x.parquet").1, Some(Format::Columnar(ColumnarFormat::Parquet)));
        assert_eq!(named("README.md"), ("README.md".to_owned(), None, None));
        assert_eq!(named("x.gz"), ("x".to_owned(), None, Some(Compression::Gzip)));
        assert_eq!(named(".csv").1, None);
    }

    #[test]
    fn content() {
        let text = |format| Format::Text(format);
        for (content, format) in [
            ("[{}]", text(TextFormat::Json)),
            ("\u{feff} [", text(TextFormat::Json)),
            ("{\"a\":1}\n{\"a\":2}\n", text(TextFormat::Ndjson)),
            ("{\"a\":1}\n", text(TextFormat::Json)),
            ("{\n \"value\": [\n", text(TextFormat::Json)),
            ("{\"a\":1} {\"a\":2}", text(TextFormat::Json)),
            ("{\"a\":tru}\n{\"a\":2}\n", text(TextFormat::Ndjson)),
            ("a,b\n1,2\n", text(TextFormat::Csv { delimiter: b',' })),
            ("a\tb\n1\t2\n", text(TextFormat::Csv { delimiter: b'\t' })),
            ("", text(TextFormat::Ndjson)),
            ("PAR1....", Format::Columnar(ColumnarFormat::Parquet)),
            ("ARROW1..", Format::Columnar(ColumnarFormat::Arrow)),
        ] {
            assert_eq!(sniff(content.as_bytes(), true), format, "{content}");
        }
    }
}
