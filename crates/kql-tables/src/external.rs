//! `externaldata`: files that a query names itself, with columns that it declares (Kusto page: *externaldata operator*).
//!
//! A path is a local file; a URL is read from the file that the user gives for it, else over the network where that is
//! allowed. Delimited
//! rows are laid out anew by position, and mapped JSON by its paths, so that one reader serves all.

use std::fs::File;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::catalog::TableProvider;
use kql_semantics::plan::ExternalData;
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Path, write_string};
use serde::Deserialize;

use crate::columnar::open_columnar_bytes;
use crate::columns::TableColumn;
use crate::compression::Compression;
use crate::csv::{Field, Records};
use crate::encoding::utf8_of_utf16;
use crate::format::{ColumnarFormat, TextFormat};
use crate::json::skip_value;
use crate::json_document::{Rows, find_rows};
use crate::text_scan::{ScanReport, Source, TextTable};
use crate::{OnError, TableError, network};

/// The most bytes that one file may have, decompressed.
const MAX_BYTES: u64 = 1 << 32;

/// Where local files stand for URLs.
pub(crate) type Externals = indexmap::IndexMap<String, String>;

/// What becomes of a row of a file.
enum Layout {
    /// Fields with this byte between them.
    Fields(u8),
    /// One text a line, or one for the whole file.
    Lines,
    Whole,
    Json,
    Parquet,
}

/// A column of an ingestion mapping: where in the row its value is.
#[derive(Debug, Deserialize)]
struct Mapped {
    #[serde(alias = "Column", alias = "Name", alias = "name")]
    column: String,
    #[serde(alias = "Properties", default)]
    properties: MappedProperties,
    #[serde(alias = "Path")]
    path: Option<String>,
    #[serde(alias = "Ordinal")]
    ordinal: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
struct MappedProperties {
    #[serde(alias = "Path")]
    path: Option<String>,
    #[serde(alias = "Ordinal")]
    ordinal: Option<serde_json::Value>,
}

/// The table of an `externaldata` with these columns.
pub(crate) fn open_external(
    data: &ExternalData,
    columns: &[(String, ScalarType)],
    externals: &Externals,
    on_error: OnError,
    allow_network: bool,
) -> Result<Arc<dyn TableProvider>, TableError> {
    let mut sources = Vec::new();
    let mut text_format = TextFormat::Ndjson;
    let mapping = mapping(data)?;
    for uri in &data.uris {
        let (path, bytes) = match local_path(uri, externals)? {
            Some(path) => (path.clone(), read(&path)?),
            None => {
                let url = uri.split(';').next().unwrap_or_default();
                let shown = network::shown(url).to_owned();
                if !allow_network {
                    return Err(not_fetched(&shown));
                }
                let bytes = network::download(url)?;
                (shown.clone(), unpacked(&shown, bytes)?)
            }
        };
        let (text, format) = match layout(data, uri, &path)? {
            Layout::Parquet => {
                if data.uris.len() > 1 {
                    return Err(TableError::new(uri, "externaldata reads one Parquet file at a time"));
                }
                return parquet(&path, bytes, columns);
            }
            Layout::Fields(delimiter) => {
                let text =
                    by_position(&path, &bytes, delimiter, columns, data.ignore_first_record, mapping.as_deref())?;
                (text, TextFormat::Csv { delimiter: b',' })
            }
            Layout::Lines => (lines(&bytes, columns, data.ignore_first_record), TextFormat::Csv { delimiter: b',' }),
            Layout::Whole => {
                let mut text = header(columns);
                write_field(&String::from_utf8_lossy(&bytes), &mut text);
                text.push_str(&",".repeat(columns.len().saturating_sub(1)));
                text.push('\n');
                (text.into_bytes(), TextFormat::Csv { delimiter: b',' })
            }
            Layout::Json => match &mapping {
                Some(mapping) => (by_path(&path, &bytes, mapping)?, TextFormat::Ndjson),
                None => (bytes, TextFormat::Json),
            },
        };
        text_format = format;
        sources.push(Source::Memory { path, bytes: Bytes::from(text), folder_values: Vec::new() });
    }
    let columns = columns.iter().map(|(name, scalar_type)| TableColumn {
        name: name.clone(),
        scalar_type: *scalar_type,
        is_inferred: false,
    });
    Ok(Arc::new(TextTable {
        name: "externaldata".to_owned(),
        format: text_format,
        field_names: None,
        sources,
        columns: columns.collect(),
        stand_ins: Vec::new(),
        folder_columns: Vec::new(),
        on_error,
        report: Arc::<ScanReport>::default(),
    }))
}

/// The file that stands for a URI, if it has one; what authenticates it is no part of it.
fn local_path(uri: &str, externals: &Externals) -> Result<Option<String>, TableError> {
    let plain = uri.split(';').next().unwrap_or_default();
    let without_query = plain.split('?').next().unwrap_or_default();
    if let Some(file) = [uri, plain, without_query].into_iter().find_map(|uri| externals.get(uri)) {
        return Ok(Some(file.clone()));
    }
    match plain.split_once("://") {
        None => Ok(Some(plain.to_owned())),
        Some(("file", path)) => Ok(Some(path.to_owned())),
        Some(_) if network::is_url(plain) => Ok(None),
        Some(_) => Err(not_fetched(without_query)),
    }
}

fn not_fetched(url: &str) -> TableError {
    let message = format!(
        "nothing is fetched from the network; give a file for it with --external {url}=FILE, or --allow-network"
    );
    TableError::new(url, message)
}

fn read(path: &str) -> Result<Vec<u8>, TableError> {
    let fail = |error: std::io::Error| TableError::new(path, error);
    let bytes = Compression::None.decompress(File::open(path).map_err(fail)?, MAX_BYTES).map_err(fail)?;
    unpacked(path, bytes)
}

/// The text of a file, decompressed and in UTF-8.
fn unpacked(path: &str, bytes: Vec<u8>) -> Result<Vec<u8>, TableError> {
    let fail = |error: std::io::Error| TableError::new(path, error);
    match Compression::from_content(&bytes) {
        Compression::None => Ok(utf8_of_utf16(&bytes).unwrap_or(bytes)),
        compression => {
            let text = compression.decompress(bytes.as_slice(), MAX_BYTES).map_err(fail)?;
            Ok(utf8_of_utf16(&text).unwrap_or(text))
        }
    }
}

/// By the format that the query gives, else by the extension; without either it is CSV, as for Kusto.
fn layout(data: &ExternalData, uri: &str, path: &str) -> Result<Layout, TableError> {
    let named = |name: &str| {
        let name = name.split(['?', ';']).next().unwrap_or_default();
        let name = [".gz", ".zip", ".zst"].into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        FilePath::new(name).extension().map(|extension| extension.to_string_lossy().to_lowercase())
    };
    let given = data.format.as_deref().map(str::to_lowercase);
    let format = given.clone().or_else(|| named(uri)).or_else(|| named(path)).unwrap_or_default();
    Ok(match format.as_str() {
        "csv" => Layout::Fields(b','),
        "tsv" | "tsve" | "tab" => Layout::Fields(b'\t'),
        "psv" => Layout::Fields(b'|'),
        "scsv" => Layout::Fields(b';'),
        "sohsv" => Layout::Fields(1),
        "txt" => Layout::Lines,
        "raw" => Layout::Whole,
        "json" | "multijson" | "singlejson" | "jsonl" | "ndjson" | "jsonlines" => Layout::Json,
        "parquet" => Layout::Parquet,
        other if given.is_some() => {
            return Err(TableError::new(uri, format!("externaldata cannot read the format `{other}`")));
        }
        _ => Layout::Fields(b','),
    })
}

fn mapping(data: &ExternalData) -> Result<Option<Vec<Mapped>>, TableError> {
    let Some(text) = &data.mapping else { return Ok(None) };
    let parsed = serde_json::from_str(text);
    parsed.map(Some).map_err(|error| TableError::new("ingestionMapping", format!("not a mapping: {error}")))
}

impl Mapped {
    /// The position of the field.
    fn ordinal(&self) -> Option<usize> {
        match self.properties.ordinal.as_ref().or(self.ordinal.as_ref())? {
            serde_json::Value::String(text) => text.parse().ok(),
            number => usize::try_from(number.as_u64()?).ok(),
        }
    }

    /// The path of the value.
    fn path(&self) -> Option<Path> {
        let text = self.properties.path.as_deref().or(self.path.as_deref())?;
        Path::parse(text)
    }
}

/// Rows of fields as CSV with a header: as many fields as there are columns, by position or as the mapping says.
fn by_position(
    path: &str,
    bytes: &[u8],
    delimiter: u8,
    columns: &[(String, ScalarType)],
    ignore_first: bool,
    mapping: Option<&[Mapped]>,
) -> Result<Vec<u8>, TableError> {
    let places: Vec<Option<usize>> = columns
        .iter()
        .enumerate()
        .map(|(position, (name, _))| match mapping {
            None => Some(position),
            Some(mapping) => mapping.iter().find(|mapped| mapped.column == *name).and_then(Mapped::ordinal),
        })
        .collect();
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut records = Records::new(delimiter, start);
    let mut fields: Vec<Field> = Vec::new();
    let mut text = header(columns);
    let mut first = ignore_first;
    loop {
        match records.next(bytes, &mut fields) {
            Ok(None) => return Ok(text.into_bytes()),
            Ok(Some(_)) if first => first = false,
            Ok(Some(_)) => {
                for (position, place) in places.iter().enumerate() {
                    if position > 0 {
                        text.push(',');
                    }
                    if let Some(field) = place.and_then(|place| fields.get(place)) {
                        write_field(&field.unquoted(bytes), &mut text);
                    }
                }
                text.push('\n');
            }
            Err(error) => return Err(TableError::new(path, error.message)),
        }
    }
}

/// Each line as the value of the first column.
fn lines(bytes: &[u8], columns: &[(String, ScalarType)], ignore_first: bool) -> Vec<u8> {
    let content = String::from_utf8_lossy(bytes);
    let mut text = header(columns);
    for line in content.lines().skip(usize::from(ignore_first)).filter(|line| !line.is_empty()) {
        write_field(line, &mut text);
        text.push_str(&",".repeat(columns.len().saturating_sub(1)));
        text.push('\n');
    }
    text.into_bytes()
}

/// Rows of JSON as objects, a line each, with the columns of the mapping.
fn by_path(path: &str, bytes: &[u8], mapping: &[Mapped]) -> Result<Vec<u8>, TableError> {
    let fail = |message: &str| TableError::new(path, message);
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut rows = Rows::new(find_rows(bytes, start).map_err(|error| fail(error.message))?);
    let paths: Vec<(&str, Option<Path>)> =
        mapping.iter().map(|mapped| (mapped.column.as_str(), mapped.path())).collect();
    let mut text = String::new();
    while let Some((row, _)) = rows.next(bytes).map_err(|error| fail(error.message))? {
        let end = skip_value(bytes, row.start).map_err(|error| fail(error.message))?.end;
        let row = std::str::from_utf8(bytes.get(row.start..end).unwrap_or_default()).map_err(|_| fail("not UTF-8"))?;
        let row = Dynamic::new(row);
        let mut separator = '{';
        for (name, path) in &paths {
            let Some(value) = path.as_ref().and_then(|path| row.path(path)) else { continue };
            text.push(separator);
            separator = ',';
            write_string(name, &mut text);
            text.push(':');
            text.push_str(&value.canonical());
        }
        text.push_str(if separator == '{' { "{}\n" } else { "}\n" });
    }
    Ok(text.into_bytes())
}

/// The columns of a Parquet file that are declared, each of its type.
fn parquet(path: &str, bytes: Vec<u8>, columns: &[(String, ScalarType)]) -> Result<Arc<dyn TableProvider>, TableError> {
    let mut table = open_columnar_bytes("externaldata", ColumnarFormat::Parquet, path, Bytes::from(bytes), None)?;
    let mut declared = Vec::with_capacity(columns.len());
    for (name, scalar_type) in columns {
        match table.columns.iter().find(|found| found.column.name == *name) {
            Some(found) if found.column.scalar_type == *scalar_type => declared.push(found.clone()),
            Some(found) => {
                let message = format!("the column `{name}` is a {}, not a {scalar_type}", found.column.scalar_type);
                return Err(TableError::new(path, message));
            }
            None => return Err(TableError::new(path, format!("there is no column `{name}`"))),
        }
    }
    table.columns = declared;
    Ok(Arc::new(table))
}

fn header(columns: &[(String, ScalarType)]) -> String {
    let mut text = String::new();
    for (position, (name, _)) in columns.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        write_field(name, &mut text);
    }
    text.push('\n');
    text
}

/// A field in quotes, so that nothing in it ends it; an empty one without.
fn write_field(content: &str, out: &mut String) {
    if !content.is_empty() {
        out.push('"');
        out.push_str(&content.replace('"', "\"\""));
        out.push('"');
    }
}
