//! Reading some lines of files again, by where they begin.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::TaskContext;

use super::batch::column_of_spans;
use super::chunks::FileBytes;
use super::{OnError, RecordError, Source, TextScanSpec};
use crate::compression::Compression;
use crate::format::TextFormat;
use crate::json::Spans;
use crate::ndjson::{LineRange, LineScanner};
use crate::row_ids::{FileStamp, RowId, RowsById, by_file, changed};
use crate::{TableError, folders};

/// Lines no further apart than this are read together with what is between them, in bytes.
const MOST_BETWEEN: u64 = 16 * 1024;
/// No more than this is read together, in bytes, and then parsed.
const MOST_TOGETHER: u64 = 1024 * 1024;
/// So long a last line is guessed to be, in bytes.
const GUESSED_LINE: u64 = 8 * 1024;

/// The files whose rows a scan tells by their ids: an id's place is where its line begins.
#[derive(Debug)]
pub(crate) struct LineFiles {
    files: Vec<(Source, FileStamp)>,
    /// The place of each among them, by its URL.
    places: HashMap<String, usize>,
}

impl LineFiles {
    /// The files of a scan; `None` where lines cannot be read one by one, or where a line that cannot be read may have to
    /// be left out or counted.
    pub(crate) fn of(spec: &TextScanSpec) -> Option<LineFiles> {
        if spec.format != TextFormat::Ndjson || spec.on_error != OnError::Fail || spec.limit.is_some() {
            return None;
        }
        let (mut files, mut places) = (Vec::new(), HashMap::new());
        for part in spec.partitions.iter().flatten() {
            match &part.source {
                // One of several parts.
                Source::File { url, .. } if places.contains_key(url) => {}
                Source::File { url, size, compression: Compression::None, .. } => {
                    if !RowId::can_tell(files.len() + 1, *size) {
                        return None;
                    }
                    places.insert(url.clone(), files.len());
                    files.push((part.source.clone(), FileStamp::of(url)?));
                }
                _ => return None,
            }
        }
        Some(LineFiles { files, places })
    }

    /// The id of a line at the start of a file.
    pub(crate) fn base(&self, source: &Source) -> Result<u64, TableError> {
        let place = match source {
            Source::File { url, .. } => self.places.get(url),
            Source::Memory { .. } => None,
        };
        match place {
            Some(file) => Ok(RowId::base(*file)),
            None => Err(TableError::new(source.path(), "not a file of the scan")),
        }
    }
}

/// Reads lines by their ids.
#[derive(Debug)]
pub(crate) struct LineRows {
    spec: Arc<TextScanSpec>,
    files: Arc<LineFiles>,
}

impl LineRows {
    pub(crate) fn new(spec: Arc<TextScanSpec>, files: Arc<LineFiles>) -> LineRows {
        LineRows { spec, files }
    }

    /// The lines that begin at these places of a file.
    async fn read_file(
        &self,
        (source, stamp): &(Source, FileStamp),
        places: &[u64],
        lines: &mut LineScanner,
        context: &TaskContext,
    ) -> Result<Vec<RecordBatch>> {
        let path = source.path();
        let mut file = File::open(&stamp.local).map_err(|error| TableError::new(path, error))?;
        let mut batches = Vec::new();
        let mut at = 0;
        while let Some(together) = places.get(at..).map(read_together).filter(|count| *count > 0) {
            let places = places.get(at..at + together).unwrap_or_default();
            at += together;
            let (text, starts) = match lines_at(&mut file, places).map_err(|error| TableError::new(path, error))? {
                Some(lines) => lines,
                None => return Err(changed(path).into()),
            };
            stamp.check(path)?;
            match self.parse(&text, places.len(), lines, source) {
                Ok(Some(batch)) => batches.push(batch?),
                Ok(None) => return Err(changed(path).into()),
                Err(error) => {
                    let line = starts.partition_point(|start| *start <= error.at).saturating_sub(1);
                    let place = places.get(line).copied().unwrap_or_default();
                    let mut file = FileBytes::open(source, context).await?;
                    return Err(file.error_at(place, &error.message).await);
                }
            }
        }
        Ok(batches)
    }

    /// The columns of a text's lines; `None` where these are not as many as they should be.
    fn parse(
        &self,
        text: &Buffer,
        count: usize,
        lines: &mut LineScanner,
        source: &Source,
    ) -> Result<Option<Result<RecordBatch>>, RecordError> {
        let mut spans = Spans::default();
        spans.reset(self.spec.columns.len(), count + 1);
        lines.begin_chunk();
        lines.scan(text, &mut LineRange { position: 0, end: text.len() }, &mut spans)?;
        if spans.rows() != count {
            return Ok(None);
        }
        let mut columns = Vec::with_capacity(self.spec.columns.len() + self.spec.folder_columns.len());
        for (place, column) in self.spec.columns.iter().enumerate() {
            columns.push(column_of_spans(column, text, spans.column(place).iter().copied())?);
        }
        let batch = move || {
            for column in &self.spec.folder_columns {
                columns.push(folders::array_of(source.folder_values(), column, count)?);
            }
            let columns = columns.into_iter().map(compact).collect();
            let options = RecordBatchOptions::new().with_row_count(Some(count));
            Ok(RecordBatch::try_new_with_options(self.spec.schema(), columns, &options)?)
        };
        Ok(Some(batch()))
    }
}

#[async_trait]
impl RowsById for LineRows {
    fn schema(&self) -> SchemaRef {
        self.spec.schema()
    }

    fn at_once(&self) -> usize {
        4096
    }

    async fn read(&self, ids: &[u64], context: &Arc<TaskContext>) -> Result<RecordBatch> {
        let mut lines = LineScanner::new(&self.spec.columns);
        let mut batches = Vec::new();
        for (file, range) in by_file(ids) {
            let places: Vec<u64> = ids.get(range).unwrap_or_default().iter().map(|id| RowId::of(*id).place).collect();
            let Some(file) = self.files.files.get(file) else {
                return Err(TableError::new(&self.spec.table, "a row of no file").into());
            };
            batches.extend(self.read_file(file, &places, &mut lines, context).await?);
        }
        Ok(concat_batches(&self.schema(), &batches)?)
    }
}

/// How many of the lines at these places, which ascend, are read together.
fn read_together(places: &[u64]) -> usize {
    let first = places.first().copied().unwrap_or_default();
    let is_far = |pair: &[u64]| match pair {
        [one, other] => other.saturating_sub(*one) > MOST_BETWEEN || other.saturating_sub(first) > MOST_TOGETHER,
        _ => true,
    };
    places.windows(2).position(is_far).map_or(places.len(), |last| last + 1)
}

/// The lines at these places, each with its newline, one after another, and where in that text each begins; `None` where
/// the file has no such lines.
fn lines_at(file: &mut File, places: &[u64]) -> std::io::Result<Option<(Buffer, Vec<usize>)>> {
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(None) };
    // With the newline before the first one.
    let start = first.saturating_sub(1);
    let mut read = Vec::new();
    let (mut wanted, mut guess) = (last.saturating_sub(start).saturating_add(GUESSED_LINE), GUESSED_LINE);
    let mut is_whole = false;
    let mut text = Vec::new();
    let mut starts = Vec::with_capacity(places.len());
    for place in places {
        let Ok(at) = usize::try_from(place - start) else { return Ok(None) };
        let line = loop {
            match read.get(at..).and_then(|rest: &[u8]| Some(rest.get(..memchr::memchr(b'\n', rest)?)?.len())) {
                Some(length) => break read.get(at..at + length),
                None if is_whole => break read.get(at..),
                None => {
                    file.seek(SeekFrom::Start(start + read.len() as u64))?;
                    let missing = wanted.saturating_sub(read.len() as u64);
                    is_whole = (file.by_ref().take(missing).read_to_end(&mut read)? as u64) < missing;
                    guess = guess.saturating_mul(2);
                    wanted = wanted.saturating_add(guess);
                }
            }
        };
        let is_line = at == 0 || matches!(read.get(at - 1), Some(b'\n'));
        let is_first = *place <= 3;
        match line {
            Some(line) if !line.is_empty() && (is_line || is_first) => {
                starts.push(text.len());
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            _ => return Ok(None),
        }
    }
    Ok(Some((Buffer::from(text), starts)))
}

/// The column with texts of its own, so that a few of them do not hold on to whole lines.
fn compact(column: ArrayRef) -> ArrayRef {
    match column.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()),
        None => column,
    }
}
