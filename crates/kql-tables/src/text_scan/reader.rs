//! Reading the parts of one partition, batch by batch.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;

use super::chunks::{Chunk, FileBytes, LineChunks, RecordChunks};
use super::filter::{Coalescer, ScanFilter, row_ids};
use super::rows::LineFiles;
use super::{BatchBuilder, BatchDecoder, FilePart, OnError, RecordDecoder, RecordError, ScanReport, TextScanSpec};
use crate::avro::AvroDecoder;
use crate::csv::{CsvDecoder, CsvLayout};
use crate::event_log::EventLogDecoder;
use crate::format::TextFormat;
use crate::json::{Keys, RowScanner, Spans};
use crate::json_document::DocumentDecoder;
use crate::ndjson::{LineRange, LineScanner};
use crate::row_ids::RowId;
use crate::{TableError, folders};

/// The schema of a scan's rows, with or without their ids.
pub(crate) fn schema_of(spec: &TextScanSpec, has_ids: bool) -> SchemaRef {
    let schema = spec.schema();
    if !has_ids {
        return schema;
    }
    let fields = schema.fields().iter().cloned().chain(std::iter::once(Arc::new(RowId::field())));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The state of reading one partition.
pub(crate) struct PartitionReader {
    spec: Arc<TextScanSpec>,
    schema: SchemaRef,
    parts: VecDeque<FilePart>,
    /// What the folders of the open part tell.
    folder_values: Vec<(String, String)>,
    context: Arc<TaskContext>,
    report: Arc<ScanReport>,
    filter: Option<Arc<ScanFilter>>,
    /// The files by whose places rows are told, where ids are wanted.
    files: Option<Arc<LineFiles>>,
    /// The schema of the rows before the filter.
    whole_schema: SchemaRef,
    /// The id that a row at the start of the open file would have.
    row_base: Option<u64>,
    names: Vec<String>,
    lines: LineScanner,
    /// The batch of lines that is being read.
    spans: Spans,
    batch_size: usize,
    /// How many rows are still wanted.
    wanted: usize,
    file: Option<OpenPart>,
    chunk: Option<OpenChunk>,
    /// The batches of the open part, where its format has such.
    batches: Option<Box<dyn BatchDecoder>>,
}

/// The part that is being read.
enum OpenPart {
    Lines(LineChunks),
    /// Rows of CSV, and where in them the columns stand, once the header is read.
    Rows(RecordChunks, Option<CsvLayout>),
    /// A file that is read as one chunk, which has been taken already.
    Whole(FileBytes),
}

impl OpenPart {
    fn file(&self) -> &FileBytes {
        match self {
            OpenPart::Lines(lines) => lines.file(),
            OpenPart::Rows(rows, _) => rows.file(),
            OpenPart::Whole(file) => file,
        }
    }

    fn file_mut(&mut self) -> &mut FileBytes {
        match self {
            OpenPart::Lines(lines) => lines.file_mut(),
            OpenPart::Rows(rows, _) => rows.file_mut(),
            OpenPart::Whole(file) => file,
        }
    }
}

/// The chunk that is being decoded.
struct OpenChunk {
    bytes: Buffer,
    offset: u64,
    records: Records,
}

/// What is left of a chunk.
enum Records {
    Lines(LineRange),
    Rows { decoder: CsvDecoder, is_last: bool },
    Decoded(Box<dyn RecordDecoder>),
}

impl PartitionReader {
    pub(crate) fn new(
        spec: Arc<TextScanSpec>,
        filter: Option<Arc<ScanFilter>>,
        files: Option<Arc<LineFiles>>,
        parts: Vec<FilePart>,
        context: Arc<TaskContext>,
        report: Arc<ScanReport>,
    ) -> PartitionReader {
        PartitionReader {
            schema: spec.file_schema(),
            folder_values: Vec::new(),
            parts: parts.into(),
            report,
            names: spec.columns.iter().map(|column| column.name.clone()).collect(),
            lines: LineScanner::new(&spec.columns),
            spans: Spans::default(),
            batch_size: context.session_config().batch_size().max(1),
            wanted: filter.as_ref().map_or(spec.limit, |filter| filter.limit).unwrap_or(usize::MAX),
            file: None,
            chunk: None,
            batches: None,
            filter,
            whole_schema: schema_of(&spec, files.is_some()),
            files,
            row_base: None,
            context,
            spec,
        }
    }

    /// The next batch; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.wanted > 0 {
            if let Some(batches) = &mut self.batches {
                let path = self.file.as_ref().map_or("", |part| part.file().path());
                let batch = batches.decode(&self.schema, &self.report);
                let Some(batch) = batch.map_err(|error| TableError::new(path, error))? else {
                    self.batches = None;
                    continue;
                };
                let batch = self.with_hidden_columns(batch, None)?;
                let batch = self.filter.as_ref().map_or(Ok(batch.clone()), |filter| filter.apply(&batch))?;
                if batch.num_rows() > 0 {
                    return Ok(Some(self.wanted_of(&batch)));
                }
                continue;
            }
            let Some(chunk) = &mut self.chunk else {
                if self.open_chunk().await? {
                    continue;
                }
                return Ok(None);
            };
            // Nobody knows how many rows a filter keeps.
            let capacity = if self.filter.is_some() { self.batch_size } else { self.batch_size.min(self.wanted) };
            let path = self.file.as_ref().map_or("", |part| part.file().path());
            let skip = |message: String| self.report.skip(|| TableError::new(path, message));
            let row_base = self.row_base.map(|base| base + chunk.offset);
            let beside = (self.folder_values.as_slice(), row_base);
            let state = (&self.schema, self.spec.as_ref(), self.filter.as_deref(), beside);
            let decoded = match &mut chunk.records {
                Records::Lines(range) => {
                    self.spans.reset(self.spec.columns.len(), capacity);
                    decode_lines(state, &mut self.lines, &mut self.spans, &chunk.bytes, range, skip)
                }
                Records::Rows { decoder, .. } => decode_records(state, decoder, &chunk.bytes, capacity, skip),
                Records::Decoded(decoder) => decode_records(state, decoder.as_mut(), &chunk.bytes, capacity, skip),
            };
            let (decoded, is_done) = match decoded {
                Ok(decoded) => decoded,
                Err(error) => {
                    let offset = chunk.offset;
                    return Err(self.failure(offset, error).await);
                }
            };
            if is_done {
                let read = self.chunk.take().map(|chunk| chunk.records);
                if let (Some(Records::Rows { decoder, is_last }), Some(OpenPart::Rows(rows, _))) =
                    (read, &mut self.file)
                {
                    if is_last { rows.finish() } else { rows.advance(decoder.position()) }
                }
            }
            let batch = match decoded {
                Decoded::Filtered(batch) => batch?,
                Decoded::Built(builder) => {
                    builder.tell(&self.report);
                    let ids = row_base.map(|base| row_ids(base, &self.spans, None));
                    let batch = self.with_hidden_columns(builder.finish()?, ids)?;
                    match &self.filter {
                        Some(filter) => filter.apply(&batch)?,
                        None => batch,
                    }
                }
            };
            if batch.num_rows() > 0 {
                return Ok(Some(self.wanted_of(&batch)));
            }
        }
        Ok(None)
    }

    /// As much of a batch as is still wanted.
    fn wanted_of(&mut self, batch: &RecordBatch) -> RecordBatch {
        let rows = batch.num_rows().min(self.wanted);
        self.wanted -= rows;
        batch.slice(0, rows)
    }

    /// The batch with the columns of the open part's folders behind its own, and the ids of its rows where there are such.
    fn with_hidden_columns(&self, batch: RecordBatch, ids: Option<ArrayRef>) -> Result<RecordBatch> {
        if self.spec.folder_columns.is_empty() && ids.is_none() {
            return Ok(batch);
        }
        let rows = batch.num_rows();
        let mut arrays = batch.columns().to_vec();
        for column in &self.spec.folder_columns {
            arrays.push(folders::array_of(&self.folder_values, column, rows)?);
        }
        arrays.extend(ids);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.whole_schema.clone(), arrays, &options)?)
    }

    /// Loads the next chunk, if need be from the next part; `false` at the end of all.
    async fn open_chunk(&mut self) -> Result<bool> {
        loop {
            if let Some(OpenPart::Lines(lines)) = &mut self.file
                && let Some(chunk) = lines.next().await?
            {
                let Chunk { bytes, offset, start, end } = chunk;
                self.lines.begin_chunk();
                let records = Records::Lines(LineRange { position: start, end });
                self.chunk = Some(OpenChunk { bytes, offset, records });
                return Ok(true);
            }
            if let Some(OpenPart::Rows(rows, layout)) = &mut self.file
                && let TextFormat::Csv { delimiter } = self.spec.format
                && let Some((chunk, is_last)) = rows.next().await?
            {
                let Chunk { bytes, offset, start, .. } = chunk;
                let given = self.spec.field_names.as_deref();
                let begins = match layout {
                    Some(layout) => Ok(Some((layout.clone(), start))),
                    None => CsvLayout::read(delimiter, &self.names, given, &bytes, start, is_last),
                };
                match begins {
                    Ok(Some((known, start))) => {
                        *layout = Some(known.clone());
                        let decoder = CsvDecoder::new(known, bytes.clone(), start, is_last);
                        let records = Records::Rows { decoder, is_last };
                        self.chunk = Some(OpenChunk { bytes, offset, records });
                        return Ok(true);
                    }
                    Ok(None) => rows.advance(0),
                    Err(error) => return Err(self.failure(offset, error).await),
                }
                continue;
            }
            let Some(part) = self.parts.pop_front() else { return Ok(false) };
            self.folder_values = part.source.folder_values().to_vec();
            self.row_base = self.files.as_ref().map(|files| files.base(&part.source)).transpose()?;
            let mut file = FileBytes::open(&part.source, &self.context).await?;
            if self.spec.format == TextFormat::Ndjson {
                self.file = Some(OpenPart::Lines(LineChunks::new(file, &part)));
                continue;
            }
            if let TextFormat::Csv { .. } = self.spec.format {
                self.file = Some(OpenPart::Rows(RecordChunks::new(file), None));
                continue;
            }
            if self.spec.format == TextFormat::Avro {
                let decoder = AvroDecoder::new(file.bytes().await?, &self.spec.columns, self.spec.on_error);
                self.batches = Some(Box::new(decoder.map_err(|error| TableError::new(file.path(), error))?));
                self.file = Some(OpenPart::Whole(file));
                return Ok(true);
            }
            let chunk = file.whole().await?;
            self.file = Some(OpenPart::Whole(file));
            match self.whole_file_decoder(&chunk) {
                Ok(decoder) => {
                    let records = Records::Decoded(decoder);
                    self.chunk = Some(OpenChunk { bytes: chunk.bytes, offset: chunk.offset, records });
                    return Ok(true);
                }
                Err(error) => return Err(self.failure(chunk.offset, error).await),
            }
        }
    }

    fn whole_file_decoder(&self, chunk: &Chunk) -> Result<Box<dyn RecordDecoder>, RecordError> {
        let bytes = chunk.bytes.clone();
        let scanner = || RowScanner::new(Keys::new(self.names.iter().map(String::as_str)));
        Ok(match self.spec.format {
            TextFormat::EventLog => {
                Box::new(EventLogDecoder::new(bytes.to_vec(), &self.spec.table, &self.spec.columns)?)
            }
            // Lines, rows and Avro are not read as a whole.
            TextFormat::Json | TextFormat::Ndjson | TextFormat::Csv { .. } | TextFormat::Avro => {
                Box::new(DocumentDecoder::new(scanner(), self.names.clone(), bytes, chunk.start)?)
            }
        })
    }

    /// The error for a record of the open part.
    async fn failure(&mut self, offset: u64, error: RecordError) -> DataFusionError {
        match &mut self.file {
            Some(part) if self.spec.format == TextFormat::EventLog => {
                TableError::new(part.file().path(), error.message).into()
            }
            Some(part) => part.file_mut().error_at(offset.saturating_add(error.at as u64), &error.message).await,
            None => TableError::new(&self.spec.table, error.message).into(),
        }
    }
}

/// A batch of a chunk.
enum Decoded {
    Built(BatchBuilder),
    /// With the filter behind it.
    Filtered(Result<RecordBatch>),
}

/// What decoding asks of the reader: schema of what is in the file, specification, filter, and what stands beside the
/// lines: what the folders tell, and the id that a row at the start of the chunk would have.
type State<'r> = (&'r SchemaRef, &'r TextScanSpec, Option<&'r ScanFilter>, (&'r [(String, String)], Option<u64>));

/// Decodes a batch of lines; and whether these were the chunk's last ones.
fn decode_lines(
    (schema, spec, filter, beside): State,
    lines: &mut LineScanner,
    spans: &mut Spans,
    input: &Buffer,
    range: &mut LineRange,
    skip: impl Fn(String),
) -> Result<(Decoded, bool), RecordError> {
    let reject = |error: RecordError| match spec.on_error {
        OnError::Fail => Err(error),
        _ if !error.is_skippable => Err(error),
        _ => {
            skip(error.message);
            Ok(())
        }
    };
    let mut failure = Ok(());
    while let Err(error) = lines.scan(input, range, spans) {
        failure = reject(error);
        if failure.is_err() {
            break;
        }
    }
    // What is wrong with a line before that one comes first.
    let decoded = match filter {
        Some(filter) if spec.on_error == OnError::Fail => Decoded::Filtered(filter.build(spec, beside, input, spans)?),
        _ => {
            let mut batch = BatchBuilder::new(schema, spec, input, spans.rows());
            batch.append_spans(input, spans, reject)?;
            Decoded::Built(batch)
        }
    };
    failure?;
    Ok((decoded, range.position >= range.end))
}

/// Decodes a batch of other records; and whether these were the chunk's last ones.
fn decode_records(
    (schema, spec, ..): State,
    decoder: &mut dyn RecordDecoder,
    input: &Buffer,
    capacity: usize,
    skip: impl Fn(String),
) -> Result<(Decoded, bool), RecordError> {
    let mut batch = BatchBuilder::new(schema, spec, input, capacity);
    while batch.rows() < capacity {
        match decoder.decode(&mut batch) {
            Ok(true) => {}
            Ok(false) => return Ok((Decoded::Built(batch), true)),
            Err(error) if error.is_skippable && spec.on_error != OnError::Fail => skip(error.message),
            Err(error) => return Err(error),
        }
    }
    Ok((Decoded::Built(batch), false))
}

/// The batches of a partition as they leave the scan: small ones that a filter has left are put together.
pub(crate) struct PartitionBatches {
    reader: PartitionReader,
    coalescer: Option<Coalescer>,
}

impl PartitionBatches {
    pub(crate) fn new(reader: PartitionReader) -> PartitionBatches {
        let coalescer = reader.filter.as_ref().map(|filter| Coalescer::new(filter, reader.batch_size));
        PartitionBatches { reader, coalescer }
    }

    /// The next batch; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(coalescer) = &mut self.coalescer else { return self.reader.next().await };
        loop {
            if let Some(batch) = coalescer.next() {
                return Ok(Some(batch));
            }
            if coalescer.is_finished() {
                return Ok(None);
            }
            match self.reader.next().await? {
                Some(batch) => coalescer.push(batch)?,
                None => coalescer.finish()?,
            }
        }
    }
}
