//! The bytes of a local file, as Parquet's page readers ask for them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use datafusion::arrow::buffer::Buffer;
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::reader::{ChunkReader, Length};

use crate::buffers::Buffers;

/// So much is read at once where only the header of a page is wanted, in bytes.
const HEADER_BYTES: usize = 1024;

/// How much memory of pages a partition keeps in view, in bytes. Some writers make pages of 100 MB.
const MOST_KEPT: usize = 256 << 20;

/// A file that one partition reads. Unlike `File` itself it is not duplicated for each page.
#[derive(Debug)]
pub(super) struct LocalFile {
    file: Arc<File>,
    size: u64,
    buffers: Mutex<Buffers>,
}

/// The bytes of a page in memory that is used again.
struct PageBytes(Buffer);

impl AsRef<[u8]> for PageBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl LocalFile {
    pub(super) fn open(path: &std::path::Path) -> std::io::Result<LocalFile> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(LocalFile { file: Arc::new(file), size, buffers: Mutex::new(Buffers::new(MOST_KEPT, MOST_KEPT)) })
    }

    /// Memory of at least this length, which may hold any bytes.
    pub(super) fn memory(&self, length: usize) -> Vec<u8> {
        self.buffers().memory(length)
    }

    /// The first bytes of the memory, which is used again once nobody uses them any more.
    pub(super) fn bytes(&self, memory: Vec<u8>, length: usize) -> Bytes {
        Bytes::from_owner(PageBytes(self.buffers().buffer(memory, length)))
    }

    fn buffers(&self) -> MutexGuard<'_, Buffers> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut memory = self.memory(length);
        let mut file = self.file.as_ref();
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(memory.get_mut(..length).unwrap_or_default())?;
        Ok(self.bytes(memory, length))
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
