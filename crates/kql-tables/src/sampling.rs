//! What a table's text files tell of its columns: a look at all of them where they are small, else at pieces of each.

use crate::compression::Compression;
use crate::csv::names_without_header;
use crate::format::{SNIFF_BYTES, TextFormat};
use crate::inference::Inference;
use crate::text_scan::Source;
use crate::{TableError, avro, event_log, peek};
use kql_types::Schema;

/// A large file of lines is looked at in so many pieces.
const SAMPLE_PIECES: u64 = 8;
/// At least this much of each file is looked at, in bytes.
const MIN_FILE_SAMPLE: u64 = 64 * 1024;

/// The header of an Avro file, with its schema, is shorter than this, in bytes.
const AVRO_HEADER_BYTES: u64 = 4 * 1024 * 1024;

/// The names of the fields of CSV files without a header row, by the first file that has a row.
pub(crate) fn field_names(
    sources: &[Source],
    format: TextFormat,
    declared: Option<&Schema>,
    is_headless: bool,
) -> Result<Option<Vec<String>>, TableError> {
    let (TextFormat::Csv { delimiter }, Some(source)) = (format, sources.iter().find(|source| source.size() > 0))
    else {
        return Ok(None);
    };
    let start = peek::start(source, SNIFF_BYTES)?;
    Ok(names_without_header(&start, delimiter, declared, is_headless))
}

/// Looks at up to `budget` bytes of the files.
pub(crate) fn sample(
    sources: &[Source],
    format: TextFormat,
    budget: u64,
    known: Option<&Schema>,
    field_names: Option<Vec<String>>,
) -> Result<Inference, TableError> {
    let mut inference = Inference::of_fields(field_names);
    match format {
        TextFormat::Avro => {
            for source in sources.iter().filter(|source| source.size() > 0) {
                let start = peek::start(source, AVRO_HEADER_BYTES)?;
                let columns = avro::columns(start, known).map_err(|error| TableError::new(source.path(), error))?;
                columns.iter().for_each(|(name, scalar_type)| inference.told(name, *scalar_type));
            }
            return Ok(inference);
        }
        TextFormat::EventLog => {
            if known.is_none() {
                event_log::columns().iter().for_each(|(name, scalar_type)| inference.told(name, scalar_type));
            }
            return Ok(inference);
        }
        TextFormat::Ndjson | TextFormat::Json | TextFormat::Csv { .. } => {}
    }
    let share = (budget / (sources.len().max(1) as u64)).max(MIN_FILE_SAMPLE);
    let total: u64 = sources.iter().map(Source::size).sum();
    let mut left = budget;
    for source in sources {
        if left == 0 {
            break;
        }
        // The rows of a document cannot be found in its beginning alone.
        let wanted = if format == TextFormat::Json || total <= budget { u64::MAX } else { share };
        let is_plain_file = matches!(source, Source::File { compression: Compression::None, .. });
        let looked_at = if is_plain_file && format == TextFormat::Ndjson && source.size() > wanted {
            sample_lines(source, wanted, &mut inference)?;
            wanted
        } else {
            let text = peek::start(source, wanted)?;
            inference.look_at(format, &text, (text.len() as u64) < wanted);
            text.len() as u64
        };
        left = left.saturating_sub(looked_at);
    }
    Ok(inference)
}

/// Looks at `wanted` bytes of lines in pieces that are spread over the file, since later lines may have other keys.
fn sample_lines(source: &Source, wanted: u64, inference: &mut Inference) -> Result<(), TableError> {
    let length = wanted / SAMPLE_PIECES;
    for piece in 0..SAMPLE_PIECES {
        // The last piece ends with the file.
        let start = (source.size() - length) / (SAMPLE_PIECES - 1) * piece;
        let text = peek::piece(source, start, length)?;
        let first_line = match piece {
            0 => 0,
            _ => memchr::memchr(b'\n', &text).map_or(text.len(), |newline| newline + 1),
        };
        inference.look_at(TextFormat::Ndjson, text.get(first_line..).unwrap_or_default(), false);
    }
    Ok(())
}
