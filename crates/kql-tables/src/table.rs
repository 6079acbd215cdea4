//! One table: from a path to columns and a provider, done when the table is first asked for.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::catalog::TableProvider;
use kql_types::Schema;
use url::Url;

use crate::columnar::{open_columnar, open_columnar_bytes};
use crate::columns::TableColumn;
use crate::compression::Compression;
use crate::csv::names_without_header;
use crate::format::{Format, NamedFormat, SNIFF_BYTES, TextFormat, sniff};
use crate::inference::Inference;
use crate::text_scan::{ScanReport, Source, TextTable};
use crate::{TableError, TableOptions, files};

/// Where a table's data is.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// A file, folder or pattern.
    Path(String),
    /// What was read from standard input.
    Bytes(Bytes),
}

/// A table whose columns are known.
#[derive(Clone, Debug)]
pub(crate) struct OpenTable {
    pub schema: Schema,
    pub provider: Arc<dyn TableProvider>,
    pub absent_times: Vec<AbsentTime>,
}

/// A column of the time of rows that the table has, but none of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentTime {
    pub column: &'static str,
    /// The column in which the files have it, if they do.
    pub present: Option<&'static str>,
}

/// Log Analytics' and Defender's columns of the time of a row.
const TIMES: [&str; 2] = ["TimeGenerated", "Timestamp"];

/// Standard input in messages.
const STANDARD_INPUT: &str = "-";
/// Of a table in the catalogue this much is looked at for columns beyond it, in bytes.
const KNOWN_TABLE_SAMPLE: u64 = 1024 * 1024;
/// A large file of lines is looked at in so many pieces.
const SAMPLE_PIECES: u64 = 8;
/// At least this much of each file is looked at, in bytes.
const MIN_FILE_SAMPLE: u64 = 64 * 1024;

pub(crate) fn open(
    name: &str,
    input: &Input,
    options: &TableOptions,
    report: &Arc<ScanReport>,
) -> Result<OpenTable, TableError> {
    let mut sources = Vec::new();
    let mut format = None;
    match input {
        Input::Bytes(bytes) => {
            format = Some(sniff(bytes, true));
            sources.push(Source::Memory { path: STANDARD_INPUT.to_owned(), bytes: bytes.clone() });
        }
        Input::Path(path) => {
            for file in files::find(path)? {
                let (source, found) = open_file(&file)?;
                if source.size() > 0 {
                    format = Some(join_formats(format, found).ok_or_else(|| {
                        TableError::new(path, format!("files of different formats, the first is {}", source.path()))
                    })?);
                } else if format.is_none() && matches!(found, Format::Text(TextFormat::Csv { .. })) {
                    format = Some(found);
                }
                sources.push(source);
            }
        }
    }
    match format.unwrap_or(Format::Text(TextFormat::Ndjson)) {
        Format::Text(format) => open_text(name, format, sources, options, report),
        Format::Columnar(format) => {
            let declared = options.schemas.get(name);
            let mut table = match input {
                Input::Bytes(bytes) => open_columnar_bytes(name, format, STANDARD_INPUT, bytes.clone(), declared)?,
                Input::Path(_) => open_columnar(name, format, &sources, declared)?,
            };
            table.on_error = options.on_error;
            table.report = report.clone();
            let columns = table.columns.iter().map(|conversion| &conversion.column);
            let schema: Schema = columns.map(|column| (column.name.as_str(), column.scalar_type)).collect();
            let found: Vec<&str> = (table.columns.iter())
                .filter(|conversion| conversion.source.is_some())
                .map(|conversion| conversion.column.name.as_str())
                .collect();
            let absent_times = absent_times(&schema, &found);
            Ok(OpenTable { schema, provider: Arc::new(table), absent_times })
        }
    }
}

/// A file with its format; the content tells what the extension does not.
fn open_file(path: &Path) -> Result<(Source, Format), TableError> {
    let shown = path.to_string_lossy().into_owned();
    let fail = |error: std::io::Error| TableError::new(&shown, error);
    let named = NamedFormat::of(path);
    let size = path.metadata().map_err(fail)?.len();
    let open = || File::open(path).map_err(fail);
    let compression = match named.compression {
        Some(compression) => compression,
        None if named.format.is_some() => Compression::None,
        None => {
            let mut start = Vec::new();
            open()?.take(4).read_to_end(&mut start).map_err(fail)?;
            Compression::from_content(&start)
        }
    };
    let format = match named.format {
        Some(format) if format != Format::Text(TextFormat::Json) => format,
        _ => {
            let start = compression.decompress(open()?, SNIFF_BYTES).map_err(fail)?;
            let found = sniff(&start, (start.len() as u64) < SNIFF_BYTES);
            match (named.format, found) {
                // What is called JSON and is none is to be reported as bad JSON.
                (Some(_), Format::Text(TextFormat::Ndjson)) => found,
                (Some(json), _) => json,
                (None, found) => found,
            }
        }
    };
    let absolute = std::path::absolute(path).map_err(fail)?;
    let url = Url::from_file_path(&absolute).map_err(|()| TableError::new(&shown, "not a path of a file"))?;
    Ok((Source::File { url: url.into(), path: shown, size, compression }, format))
}

/// One format for two files, if there is one.
fn join_formats(first: Option<Format>, second: Format) -> Option<Format> {
    let json = [Format::Text(TextFormat::Ndjson), Format::Text(TextFormat::Json)];
    match first {
        None => Some(second),
        Some(first) if first == second => Some(first),
        // Lines of objects are a document of objects after each other.
        Some(first) if json.contains(&first) && json.contains(&second) => Some(Format::Text(TextFormat::Json)),
        Some(_) => None,
    }
}

fn open_text(
    name: &str,
    format: TextFormat,
    sources: Vec<Source>,
    options: &TableOptions,
    report: &Arc<ScanReport>,
) -> Result<OpenTable, TableError> {
    let known = known_schema(name, options);
    let mut columns: Vec<TableColumn> = known
        .iter()
        .flat_map(Schema::iter)
        .map(|(name, scalar_type)| TableColumn { name: name.to_owned(), scalar_type, is_inferred: false })
        .collect();
    let budget = if known.is_some() { KNOWN_TABLE_SAMPLE.min(options.sample_bytes) } else { options.sample_bytes };
    let field_names = field_names(&sources, format, options.schemas.get(name), options.is_headless)?;
    let inference = sample(&sources, format, budget, field_names.clone())?;
    let is_known = |column: &TableColumn| known.as_ref().is_some_and(|known| known.get(&column.name).is_some());
    columns.extend(inference.columns().filter(|column| !is_known(column)));
    let schema: Schema = columns.iter().map(|column| (column.name.as_str(), column.scalar_type)).collect();
    let found: Vec<String> = inference.columns().map(|column| column.name).collect();
    let absent_times = absent_times(&schema, &found);
    let provider = TextTable {
        name: name.to_owned(),
        format,
        field_names,
        sources,
        columns,
        on_error: options.on_error,
        report: report.clone(),
    };
    Ok(OpenTable { schema, provider: Arc::new(provider), absent_times })
}

/// The columns of times that the schema has and the files have not; without any columns there is nothing to say.
fn absent_times(schema: &Schema, found: &[impl AsRef<str>]) -> Vec<AbsentTime> {
    let is_found = |name: &str| found.iter().any(|found| found.as_ref() == name);
    let is_absent = |name: &&str| !found.is_empty() && schema.get(name).is_some() && !is_found(name);
    let present = TIMES.into_iter().find(|name| is_found(name));
    TIMES.into_iter().filter(is_absent).map(|column| AbsentTime { column, present }).collect()
}

/// What is known of a table without its files: the columns that the user gives, then the others of the catalogue.
fn known_schema(name: &str, options: &TableOptions) -> Option<Schema> {
    // A table named as a stored function stands in for its result.
    let catalogued = kql_catalog::table(name)
        .or_else(|| kql_catalog::stored_function(name).map(|function| function.columns))
        .filter(|known| !known.is_empty());
    let Some(declared) = options.schemas.get(name) else { return catalogued };
    let mut known = declared.clone();
    for (column, scalar_type) in catalogued.iter().flat_map(Schema::iter) {
        if known.get(column).is_none() {
            known.insert(column, scalar_type);
        }
    }
    Some(known)
}

/// The names of the fields of CSV files without a header row, by the first file that has a row.
fn field_names(
    sources: &[Source],
    format: TextFormat,
    declared: Option<&Schema>,
    is_headless: bool,
) -> Result<Option<Vec<String>>, TableError> {
    let (TextFormat::Csv { delimiter }, Some(source)) = (format, sources.iter().find(|source| source.size() > 0))
    else {
        return Ok(None);
    };
    Ok(match source {
        Source::Memory { bytes, .. } => names_without_header(bytes, delimiter, declared, is_headless),
        Source::File { path, compression, .. } => {
            let fail = |error: std::io::Error| TableError::new(path, error);
            let start = compression.decompress(File::open(path).map_err(fail)?, SNIFF_BYTES).map_err(fail)?;
            names_without_header(&start, delimiter, declared, is_headless)
        }
    })
}

/// Looks at the files: at all of them where they are small, else at pieces of each.
fn sample(
    sources: &[Source],
    format: TextFormat,
    budget: u64,
    field_names: Option<Vec<String>>,
) -> Result<Inference, TableError> {
    let mut inference = Inference::of_fields(field_names);
    let share = (budget / (sources.len().max(1) as u64)).max(MIN_FILE_SAMPLE);
    let total: u64 = sources.iter().map(Source::size).sum();
    let mut left = budget;
    for source in sources {
        if left == 0 {
            break;
        }
        // The rows of a document cannot be found in its beginning alone.
        let wanted = if format == TextFormat::Json || total <= budget { u64::MAX } else { share };
        let looked_at = match source {
            Source::Memory { bytes, .. } => {
                let length = usize::try_from(wanted).unwrap_or(usize::MAX).min(bytes.len());
                inference.look_at(format, bytes.get(..length).unwrap_or_default(), length == bytes.len());
                length as u64
            }
            Source::File { path, size, compression: Compression::None, .. }
                if format == TextFormat::Ndjson && *size > wanted =>
            {
                sample_lines(path, *size, wanted, &mut inference).map_err(|error| TableError::new(path, error))?;
                wanted
            }
            Source::File { path, compression, .. } => {
                let file = File::open(path).map_err(|error| TableError::new(path, error))?;
                let text = compression.decompress(file, wanted).map_err(|error| TableError::new(path, error))?;
                inference.look_at(format, &text, (text.len() as u64) < wanted);
                text.len() as u64
            }
        };
        left = left.saturating_sub(looked_at);
    }
    Ok(inference)
}

/// Looks at `wanted` bytes of lines in pieces that are spread over the file, since later lines may have other keys.
fn sample_lines(path: &str, size: u64, wanted: u64, inference: &mut Inference) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    let length = wanted / SAMPLE_PIECES;
    for piece in 0..SAMPLE_PIECES {
        // The last piece ends with the file.
        let start = (size - length) / (SAMPLE_PIECES - 1) * piece;
        file.seek(SeekFrom::Start(start))?;
        let mut text = Vec::new();
        file.by_ref().take(length).read_to_end(&mut text)?;
        let first_line = match piece {
            0 => 0,
            _ => memchr::memchr(b'\n', &text).map_or(text.len(), |newline| newline + 1),
        };
        inference.look_at(TextFormat::Ndjson, text.get(first_line..).unwrap_or_default(), false);
    }
    Ok(())
}
