//! Rows on disk: written batch by batch into a temporary file in Arrow's IPC format, read as a stream.

use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringViewArray};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::reader::StreamDecoder;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::utils::memory::get_record_batch_memory_size;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::spill_file::{SpillFile, SpillWriter};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, stream};

/// The batch with texts of its own: views into much larger buffers, of which other batches hold parts too, are copied.
pub(super) fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(|column| match column.as_string_view_opt() {
        Some(texts) if is_sparse(texts) => Arc::new(texts.gc()) as ArrayRef,
        _ => column.clone(),
    });
    Ok(RecordBatch::try_new_with_options(
        batch.schema(),
        columns.collect(),
        &RecordBatchOptions::new().with_row_count(Some(batch.num_rows())),
    )?)
}

/// Whether texts take much more memory than they need.
fn is_sparse(texts: &StringViewArray) -> bool {
    let held: usize = texts.data_buffers().iter().map(Buffer::capacity).sum();
    texts.total_buffer_bytes_used() < held - held / 4
}

/// A file that is being written.
pub(crate) struct Spilling {
    file: Arc<dyn SpillFile>,
    target: Box<dyn SpillWriter>,
    // Encodes into memory, so that each batch is one write.
    encoder: StreamWriter<Vec<u8>>,
    written: Size,
}

/// How much a number of rows is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub rows: usize,
    /// In memory.
    pub bytes: usize,
}

impl Spilling {
    /// A new file for rows of a schema.
    pub fn new(runtime: &RuntimeEnv, schema: &SchemaRef) -> Result<Spilling> {
        let file = runtime.disk_manager.create_tmp_file("working in parts")?;
        let target = file.open_writer()?;
        let encoder = StreamWriter::try_new(Vec::new(), schema)?;
        Ok(Spilling { file, target, encoder, written: Size::default() })
    }

    /// Writes a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = compact(batch)?;
        self.encoder.write(&batch)?;
        self.drain()?;
        self.written.rows += batch.num_rows();
        self.written.bytes += get_record_batch_memory_size(&batch);
        Ok(())
    }

    /// The file, written.
    pub fn finish(mut self) -> Result<Spilled> {
        self.encoder.finish()?;
        self.drain()?;
        self.target.finish()?;
        Ok(Spilled { file: self.file, size: self.written })
    }

    fn drain(&mut self) -> Result<()> {
        let bytes = std::mem::take(self.encoder.get_mut());
        Ok(self.target.write_all(&bytes)?)
    }
}

/// Rows in a file, which is gone with the last reference to it.
#[derive(Clone)]
pub(crate) struct Spilled {
    file: Arc<dyn SpillFile>,
    pub size: Size,
}

impl Spilled {
    /// The rows, in the order in which they were written.
    pub fn read(&self, schema: &SchemaRef) -> Result<SendableRecordBatchStream> {
        let reading = Reading {
            chunks: self.file.read_stream()?,
            chunk: Buffer::from(&[]),
            decoder: StreamDecoder::new(),
            _file: self.file.clone(),
        };
        let batches = stream::try_unfold(reading, |mut reading| async move {
            loop {
                if !reading.chunk.is_empty()
                    && let Some(batch) = reading.decoder.decode(&mut reading.chunk)?
                {
                    return Ok(Some((batch, reading)));
                }
                match reading.chunks.next().await.transpose()? {
                    Some(chunk) => reading.chunk = Buffer::from(chunk),
                    None => {
                        reading.decoder.finish()?;
                        return Ok(None);
                    }
                }
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema.clone(), batches)))
    }
}

/// Where the reading of a file stands.
struct Reading<Chunks> {
    chunks: Chunks,
    chunk: Buffer,
    decoder: StreamDecoder,
    /// Keeps the file there until it is read.
    _file: Arc<dyn SpillFile>,
}
