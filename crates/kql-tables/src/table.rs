//! One table: from a path to columns and a provider, done when the table is first asked for.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::catalog::TableProvider;
use kql_types::Schema;

use crate::columnar::{open_columnar, open_columnar_bytes};
use crate::columns::TableColumn;
use crate::compression::Compression;
use crate::csv::sniff_delimiter;
use crate::encoding::{is_utf16, utf8_of_utf16};
use crate::files::FoundFile;
use crate::format::{Format, NamedFormat, SNIFF_BYTES, TextFormat, sniff};
use crate::sampling::{field_names, sample};
use crate::text_scan::{ScanReport, Source, TextTable};
use crate::times::{Times, times};
use crate::{AbsentTime, TableError, TableOptions, files, folders, peek};

/// Where a table's data is.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Files, folders and patterns.
    Paths(Vec<String>),
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

/// Standard input in messages.
const STANDARD_INPUT: &str = "-";
/// The bytes that tell a text's encoding.
const ENCODING_BYTES: u64 = 4;
/// Of a table in the catalogue this much is looked at for columns beyond it, in bytes.
const KNOWN_TABLE_SAMPLE: u64 = 1024 * 1024;

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
            let bytes = utf8_of_utf16(bytes).map_or_else(|| bytes.clone(), Bytes::from);
            let told = options.read_as.as_deref().and_then(Format::of_extension);
            format = Some(delimited(told.unwrap_or_else(|| sniff(&bytes, true)), options));
            sources.push(Source::Memory { path: STANDARD_INPUT.to_owned(), bytes, folder_values: Vec::new() });
        }
        Input::Paths(paths) => {
            for (path, file) in found_in(paths, options)? {
                let (source, found) = open_file(file, options)?;
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
            let known = known_schema(name, options);
            let mut table = match sources.as_slice() {
                [Source::Memory { path, bytes, .. }] => {
                    open_columnar_bytes(name, format, path, bytes.clone(), declared)?
                }
                _ => open_columnar(name, format, sources, known.as_ref(), declared)?,
            };
            table.on_error = options.on_error;
            table.report = report.clone();
            let columns = table.columns.iter().map(|conversion| &conversion.column);
            let schema: Schema = columns.map(|column| (column.name.as_str(), column.scalar_type)).collect();
            let found: Vec<&str> = (table.columns.iter())
                .filter(|conversion| conversion.source.is_some())
                .map(|conversion| conversion.column.name.as_str())
                .collect();
            let Times { stand_in, absent } = times(&schema, known.as_ref(), &found);
            if let Some((column, present)) = stand_in {
                table.read_from(column, present);
            }
            Ok(OpenTable { schema, provider: Arc::new(table), absent_times: absent })
        }
    }
}

/// The files of all paths, each with the path that stands for it.
fn found_in<'p>(paths: &'p [String], options: &TableOptions) -> Result<Vec<(&'p String, FoundFile)>, TableError> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(files::find(path, options.allow_network)?.into_iter().map(|file| (path, file)));
    }
    Ok(found)
}

/// A file with its format; the content tells what the extension does not.
fn open_file(file: FoundFile, options: &TableOptions) -> Result<(Source, Format), TableError> {
    let FoundFile { path, url, size, folder_values, bytes } = file;
    let mut named = NamedFormat::of(Path::new(&path));
    if let Some(extension) = &options.read_as {
        named.format = Format::of_extension(extension);
    }
    let mut source = match bytes {
        Some(bytes) => Source::Memory { path, bytes, folder_values },
        None => Source::File { url, path, size, compression: Compression::None, folder_values },
    };
    let compression = match named.compression {
        Some(compression) => compression,
        None if named.format.is_some() => Compression::None,
        None => Compression::from_content(&peek::start(&source, 4)?),
    };
    match &mut source {
        Source::File { compression: of_source, .. } => *of_source = compression,
        Source::Memory { path, bytes, .. } if compression != Compression::None => {
            let text = compression.decompress(bytes.as_ref(), u64::MAX);
            *bytes = Bytes::from(text.map_err(|error| TableError::new(path.as_str(), error))?);
        }
        Source::Memory { .. } => {}
    }
    if let Some(format @ Format::Columnar(_)) = named.format {
        return Ok((source, format));
    }
    // Of a name that tells all, only the encoding is still to be found out.
    let is_told = !matches!(named.format, None | Some(Format::Text(TextFormat::Json | TextFormat::Csv { .. })));
    let wanted = if is_told { ENCODING_BYTES } else { SNIFF_BYTES };
    let mut start = peek::start(&source, wanted)?;
    let mut is_whole = (start.len() as u64) < wanted;
    if is_utf16(&start)
        && let Some(text) = utf8_of_utf16(&peek::start(&source, u64::MAX)?)
    {
        start.clone_from(&text);
        is_whole = true;
        source = source.with_text(text);
    }
    let found = sniff(&start, is_whole);
    let format = match (named.format, found) {
        // What is called JSON and is none is to be reported as bad JSON.
        (Some(Format::Text(TextFormat::Json)), Format::Text(TextFormat::Ndjson)) => found,
        (Some(Format::Text(TextFormat::Csv { delimiter: b',' })), _) => {
            Format::Text(TextFormat::Csv { delimiter: sniff_delimiter(&start) })
        }
        (Some(named), _) => named,
        (None, found) => found,
    };
    Ok((source, delimited(format, options)))
}

/// The format with the delimiter that the user gives.
fn delimited(format: Format, options: &TableOptions) -> Format {
    match (format, options.delimiter) {
        (Format::Text(TextFormat::Csv { .. }), Some(delimiter)) => Format::Text(TextFormat::Csv { delimiter }),
        (format, _) => format,
    }
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
    let inference = sample(&sources, format, budget, known.as_ref(), field_names.clone())?;
    let folder_columns = folders::columns_of(&sources, known.as_ref());
    for column in inference.columns().chain(folder_columns.iter().cloned()) {
        match columns.iter_mut().find(|other| other.name == column.name) {
            None => columns.push(column),
            // What a folder tells goes before what its files say.
            Some(other) if folder_columns.contains(&column) => *other = column,
            Some(_) => {}
        }
    }
    let schema: Schema = columns.iter().map(|column| (column.name.as_str(), column.scalar_type)).collect();
    let found: Vec<String> =
        inference.columns().chain(folder_columns.iter().cloned()).map(|column| column.name).collect();
    let Times { stand_in, absent } = times(&schema, known.as_ref(), &found);
    let provider = TextTable {
        name: name.to_owned(),
        format,
        field_names,
        sources,
        columns,
        folder_columns,
        stand_ins: stand_in.map(|(column, field)| (column.to_owned(), field.to_owned())).into_iter().collect(),
        on_error: options.on_error,
        report: report.clone(),
    };
    Ok(OpenTable { schema, provider: Arc::new(provider), absent_times: absent })
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
