//! The bytes of a local file, as Parquet's page readers ask for them.
//!
//! A page is read, decompressed and done with; its memory then serves the next one. To ask the system for fresh memory
//! each time took longer than to read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use datafusion::parquet::arrow::arrow_reader::RowGroups;
use datafusion::parquet::column::page::{PageIterator, PageReader};
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use datafusion::parquet::file::reader::{ChunkReader, Length};
use datafusion::parquet::file::serialized_reader::SerializedPageReader;

/// So much is read at once where only the header of a page is wanted, in bytes.
const HEADER_BYTES: usize = 1024;

/// So many buffers wait for another use.
const MOST_BUFFERS: usize = 4;

/// A file that one partition reads. Unlike `File` itself it is not duplicated for each page.
#[derive(Debug)]
pub(super) struct LocalFile {
    file: Arc<File>,
    size: u64,
    buffers: Arc<Buffers>,
}

/// Buffers that wait for another use.
#[derive(Debug, Default)]
struct Buffers(Mutex<Vec<Vec<u8>>>);

/// The bytes of a page in a buffer that is used again.
struct Page {
    bytes: Vec<u8>,
    length: usize,
    buffers: Arc<Buffers>,
}

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let mut waiting = self.buffers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_BUFFERS {
            waiting.push(std::mem::take(&mut self.bytes));
        }
    }
}

impl LocalFile {
    pub(super) fn open(path: &std::path::Path) -> std::io::Result<LocalFile> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(LocalFile { file: Arc::new(file), size, buffers: Arc::default() })
    }
}

fn read_up_to(file: &File, start: u64, length: usize) -> std::io::Result<Vec<u8>> {
    let mut file = file;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::with_capacity(length);
    file.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Length for LocalFile {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for LocalFile {
    type T = Ahead;

    fn get_read(&self, start: u64) -> Result<Ahead> {
        Ok(Ahead { file: self.file.clone(), at: start, bytes: Vec::new(), taken: 0 })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.size) {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} are beyond the end of the file")));
        }
        let mut bytes = self.buffers.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        if bytes.len() < length {
            bytes.resize(length, 0);
        }
        let mut file = self.file.as_ref();
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(bytes.get_mut(..length).unwrap_or_default())?;
        Ok(Bytes::from_owner(Page { bytes, length, buffers: self.buffers.clone() }))
    }
}

/// Reads from a place on, a little at a time, and nothing before it is asked to.
pub(super) struct Ahead {
    file: Arc<File>,
    at: u64,
    bytes: Vec<u8>,
    taken: usize,
}

impl Read for Ahead {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.taken == self.bytes.len() {
            self.bytes = read_up_to(&self.file, self.at, HEADER_BYTES)?;
            self.at += self.bytes.len() as u64;
            self.taken = 0;
        }
        let mut left = self.bytes.get(self.taken..).unwrap_or_default();
        let count = left.read(to)?;
        self.taken += count;
        Ok(count)
    }
}

/// One row group of a file.
pub(super) struct FileGroup<'a> {
    pub file: &'a Arc<LocalFile>,
    pub metadata: &'a ParquetMetaData,
    pub group: &'a RowGroupMetaData,
}

impl RowGroups for FileGroup<'_> {
    fn num_rows(&self) -> usize {
        usize::try_from(self.group.num_rows()).unwrap_or_default()
    }

    fn column_chunks(&self, place: usize) -> Result<Box<dyn PageIterator>> {
        let Some(column) = self.group.columns().get(place) else {
            return Err(ParquetError::General(format!("there is no column {place}")));
        };
        let pages = SerializedPageReader::new(self.file.clone(), column, self.num_rows(), None)?;
        Ok(Box::new(ColumnPages(Some(pages))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.group))
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.metadata
    }
}

/// The pages of one column of one row group.
struct ColumnPages(Option<SerializedPageReader<LocalFile>>);

impl Iterator for ColumnPages {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(|pages| Ok(Box::new(pages) as _))
    }
}

impl PageIterator for ColumnPages {}
