//! Reading the parts of one partition, batch by batch.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;

use super::chunks::{Chunk, FileBytes, LineChunks};
use super::{BatchBuilder, BatchDecoder, FilePart, OnError, RecordDecoder, RecordError, ScanReport, TextScanSpec};
use crate::avro::AvroDecoder;
use crate::csv::CsvDecoder;
use crate::event_log::EventLogDecoder;
use crate::format::TextFormat;
use crate::json::RowScanner;
use crate::json_document::DocumentDecoder;
use crate::ndjson::{LineDecoder, row_scanner};
use crate::{TableError, folders};

/// The state of reading one partition.
pub(crate) struct PartitionReader {
    spec: Arc<TextScanSpec>,
    schema: SchemaRef,
    parts: VecDeque<FilePart>,
    /// What the folders of the open part tell.
    folder_values: Vec<(String, String)>,
    context: Arc<TaskContext>,
    report: Arc<ScanReport>,
    names: Vec<String>,
    scanner: RowScanner,
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
    /// A file that is read as one chunk, which has been taken already.
    Whole(FileBytes),
}

impl OpenPart {
    fn file(&self) -> &FileBytes {
        match self {
            OpenPart::Lines(lines) => lines.file(),
            OpenPart::Whole(file) => file,
        }
    }
}

/// The chunk that is being decoded.
struct OpenChunk {
    bytes: Buffer,
    offset: u64,
    decoder: Box<dyn RecordDecoder>,
}

impl PartitionReader {
    pub(crate) fn new(
        spec: Arc<TextScanSpec>,
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
            scanner: row_scanner(&spec.columns),
            batch_size: context.session_config().batch_size().max(1),
            wanted: spec.limit.unwrap_or(usize::MAX),
            file: None,
            chunk: None,
            batches: None,
            context,
            spec,
        }
    }

    /// The next batch; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.wanted > 0 {
            if let Some(chunk) = &mut self.chunk {
                let capacity = self.batch_size.min(self.wanted);
                let mut batch = BatchBuilder::new(&self.schema, &self.spec, &chunk.bytes, capacity);
                let mut failure = None;
                let mut is_done = false;
                while batch.rows() < capacity {
                    match chunk.decoder.decode(&mut batch) {
                        Ok(true) => {}
                        Ok(false) => {
                            is_done = true;
                            break;
                        }
                        Err(error) if error.is_skippable && self.spec.on_error != OnError::Fail => {
                            let path = self.file.as_ref().map_or("", |part| part.file().path());
                            self.report.skip(|| TableError::new(path, error.message));
                        }
                        Err(error) => {
                            failure = Some(error);
                            break;
                        }
                    }
                }
                if let Some(error) = failure {
                    let offset = chunk.offset;
                    return Err(self.failure(offset, error).await);
                }
                if is_done {
                    self.chunk = None;
                }
                batch.tell(&self.report);
                let batch = batch.finish()?;
                if batch.num_rows() > 0 {
                    self.wanted = self.wanted.saturating_sub(batch.num_rows());
                    return self.with_folder_columns(batch).map(Some);
                }
            } else if let Some(batches) = &mut self.batches {
                let path = self.file.as_ref().map_or("", |part| part.file().path());
                let batch = batches.decode(&self.schema, &self.report);
                let Some(batch) = batch.map_err(|error| TableError::new(path, error))? else {
                    self.batches = None;
                    continue;
                };
                let batch = batch.slice(0, batch.num_rows().min(self.wanted));
                self.wanted = self.wanted.saturating_sub(batch.num_rows());
                return self.with_folder_columns(batch).map(Some);
            } else if !self.open_chunk().await? {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// The batch with the columns of the open part's folders behind its own.
    fn with_folder_columns(&self, batch: RecordBatch) -> Result<RecordBatch> {
        if self.spec.folder_columns.is_empty() {
            return Ok(batch);
        }
        let rows = batch.num_rows();
        let mut arrays = batch.columns().to_vec();
        for column in &self.spec.folder_columns {
            arrays.push(folders::array_of(&self.folder_values, column, rows)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.spec.schema(), arrays, &options)?)
    }

    /// Loads the next chunk, if need be from the next part; `false` at the end of all.
    async fn open_chunk(&mut self) -> Result<bool> {
        loop {
            if let Some(OpenPart::Lines(lines)) = &mut self.file
                && let Some(chunk) = lines.next().await?
            {
                let Chunk { bytes, offset, start, end } = chunk;
                let decoder = Box::new(LineDecoder::new(self.scanner.clone(), bytes.clone(), start, end));
                self.chunk = Some(OpenChunk { bytes, offset, decoder });
                return Ok(true);
            }
            let Some(part) = self.parts.pop_front() else { return Ok(false) };
            self.folder_values = part.source.folder_values().to_vec();
            let file = FileBytes::open(&part.source, &self.context).await?;
            if self.spec.format == TextFormat::Ndjson {
                self.file = Some(OpenPart::Lines(LineChunks::new(file, &part)));
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
                    self.chunk = Some(OpenChunk { bytes: chunk.bytes, offset: chunk.offset, decoder });
                    return Ok(true);
                }
                Err(error) => return Err(self.failure(chunk.offset, error).await),
            }
        }
    }

    fn whole_file_decoder(&self, chunk: &Chunk) -> Result<Box<dyn RecordDecoder>, RecordError> {
        let bytes = chunk.bytes.clone();
        Ok(match self.spec.format {
            TextFormat::Csv { delimiter } => {
                let given = self.spec.field_names.as_deref();
                Box::new(CsvDecoder::new(delimiter, &self.names, given, bytes, chunk.start)?)
            }
            TextFormat::Json => {
                Box::new(DocumentDecoder::new(self.scanner.clone(), self.names.clone(), bytes, chunk.start)?)
            }
            TextFormat::EventLog => {
                Box::new(EventLogDecoder::new(bytes.to_vec(), &self.spec.table, &self.spec.columns)?)
            }
            TextFormat::Ndjson | TextFormat::Avro => {
                Box::new(LineDecoder::new(self.scanner.clone(), bytes, chunk.start, chunk.end))
            }
        })
    }

    /// The error for a record of the open part.
    async fn failure(&self, offset: u64, error: RecordError) -> DataFusionError {
        match &self.file {
            Some(part) if self.spec.format == TextFormat::EventLog => {
                TableError::new(part.file().path(), error.message).into()
            }
            Some(part) => part.file().error_at(offset.saturating_add(error.at as u64), &error.message).await,
            None => TableError::new(&self.spec.table, error.message).into(),
        }
    }
}
