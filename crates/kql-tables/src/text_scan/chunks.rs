//! Loading the bytes of a file part, chunk by chunk.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::buffer::Buffer;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path;
use datafusion::object_store::{ObjectStore, ObjectStoreExt};
use url::{Position, Url};

use super::decompressed::{Compressed, Decompressed};
use super::{FilePart, Source};
use crate::TableError;
use crate::buffers::Buffers;
use crate::compression::Compression;

/// How much of a local file is loaded at once, in bytes: little enough for the caches of a core, which then have it when
/// it is scanned and filtered.
const CHUNK_BYTES: u64 = 1024 * 1024;
/// Memory of larger chunks, in bytes, is not kept to be used again.
const LARGEST_KEPT: usize = 2 * CHUNK_BYTES as usize;
/// How much memory of chunks a partition keeps in view, in bytes.
const MOST_KEPT: usize = 16 * LARGEST_KEPT;
/// How much of another file is loaded at once, in bytes: each request takes its time, whatever its size.
const REQUEST_BYTES: u64 = 8 * 1024 * 1024;
/// How much is read beyond the end of a range in the hope of the end of its last line, in bytes.
const LOOKAHEAD_BYTES: u64 = 64 * 1024;

/// A piece of a file with whole records in it.
pub(crate) struct Chunk {
    pub bytes: Buffer,
    /// Where in the (decompressed) file it begins.
    pub offset: u64,
    /// Where in `bytes` the first record begins.
    pub start: usize,
    /// Records that begin before this place in `bytes` are meant.
    pub end: usize,
}

/// The bytes of one file.
pub(crate) struct FileBytes {
    location: Location,
    source: Source,
    /// In bytes; [`u64::MAX`] until a compressed file's end has been seen.
    size: u64,
    buffers: Buffers,
}

enum Location {
    Local(File),
    Store(Arc<dyn ObjectStore>, Path),
    Memory(Bytes),
    Compressed(Box<Decompressed>),
}

impl FileBytes {
    /// Opens a file. What is compressed elsewhere is loaded as a whole, and decompressed as it is read.
    pub(crate) async fn open(source: &Source, context: &TaskContext) -> Result<FileBytes> {
        let location = match source {
            Source::Memory { bytes, .. } => Location::Memory(bytes.clone()),
            Source::File { url, path, compression, .. } => {
                let url = Url::parse(url).map_err(|error| TableError::new(path, error))?;
                let fail = |error: std::io::Error| TableError::new(path, error);
                let local = (url.scheme() == "file").then(|| url.to_file_path().ok()).flatten();
                match (local, *compression) {
                    (Some(local), Compression::None) => Location::Local(File::open(local).map_err(fail)?),
                    (Some(local), compression) => {
                        let text = Decompressed::open(Compressed::Local(local), compression).map_err(fail)?;
                        Location::Compressed(Box::new(text))
                    }
                    (None, compression) => {
                        let store = ObjectStoreUrl::parse(&url[..Position::BeforePath])?;
                        let store = context.runtime_env().object_store(store)?;
                        let place = Path::from_url_path(url.path()).map_err(|error| TableError::new(path, error))?;
                        if compression == Compression::None {
                            Location::Store(store, place)
                        } else {
                            let bytes = Compressed::Memory(store.get(&place).await?.bytes().await?);
                            Location::Compressed(Box::new(Decompressed::open(bytes, compression).map_err(fail)?))
                        }
                    }
                }
            }
        };
        let size = match &location {
            Location::Memory(bytes) => bytes.len() as u64,
            Location::Store(..) | Location::Local(_) => source.size(),
            Location::Compressed(_) => u64::MAX,
        };
        Ok(FileBytes::new(location, source, size))
    }

    fn new(location: Location, source: &Source, size: u64) -> FileBytes {
        FileBytes { location, source: source.clone(), size, buffers: Buffers::new(LARGEST_KEPT, MOST_KEPT) }
    }

    /// How much is loaded at once, in bytes.
    fn chunk_bytes(&self) -> u64 {
        match self.location {
            Location::Local(_) | Location::Memory(_) | Location::Compressed(_) => CHUNK_BYTES,
            Location::Store(..) => REQUEST_BYTES,
        }
    }

    /// The bytes `start..end`, less where the file is shorter.
    async fn read(&mut self, start: u64, end: u64) -> Result<Buffer> {
        let end = end.min(self.size);
        if start >= end {
            return Ok(Buffer::from(Bytes::new()));
        }
        match &mut self.location {
            // Most files are in memory already, as the system's cache; a hop to another thread, with other caches, would
            // cost more than the copy.
            Location::Local(file) => {
                let length = usize::try_from(end - start).unwrap_or(usize::MAX);
                let read = |memory: &mut [u8]| {
                    file.seek(SeekFrom::Start(start))?;
                    file.read_exact(memory)
                };
                let path = self.source.path();
                Ok(self.buffers.filled(length, read).map_err(|error| TableError::new(path, error))?)
            }
            Location::Memory(bytes) => {
                let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                Ok(Buffer::from(bytes.slice(place(start)..place(end))))
            }
            Location::Compressed(text) => {
                let bytes = text.read(start, end, &mut self.buffers);
                self.size = text.size().unwrap_or(u64::MAX);
                Ok(bytes.map_err(|error| TableError::new(self.source.path(), error))?)
            }
            Location::Store(store, path) => Ok(Buffer::from(store.get_range(path, start..end).await?)),
        }
    }

    /// All of the file, as it is decompressed.
    pub(crate) async fn bytes(&mut self) -> Result<Bytes> {
        let buffer = self.read(0, self.size).await?;
        Ok(buffer.into_vec::<u8>().map_or_else(|shared| Bytes::copy_from_slice(&shared), Bytes::from))
    }

    /// All of the file as one chunk.
    pub(crate) async fn whole(&mut self) -> Result<Chunk> {
        let bytes = self.read(0, self.size).await?;
        let start = self.text_start(&bytes)?;
        let end = bytes.len();
        Ok(Chunk { bytes, offset: 0, start, end })
    }

    /// Behind the byte order mark, if there is one.
    fn text_start(&self, bytes: &[u8]) -> Result<usize> {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Ok(3),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                Err(TableError::new(self.source.path(), "the file is UTF-16; UTF-8 is expected").into())
            }
            _ => Ok(0),
        }
    }

    /// The error for a record that begins at this offset. Counting lines reads the file again up to there.
    pub(crate) async fn error_at(&mut self, offset: u64, message: &str) -> DataFusionError {
        let mut line = 1;
        let mut position = 0;
        while position < offset {
            let end = (position + self.chunk_bytes()).min(offset);
            match self.read(position, end).await {
                Ok(bytes) => line += memchr::memchr_iter(b'\n', &bytes).count() as u64,
                Err(error) => return error,
            }
            position = end;
        }
        TableError::at_line(self.source.path(), line, message).into()
    }

    pub(crate) fn path(&self) -> &str {
        self.source.path()
    }
}

/// A file in chunks that begin with a record and end anywhere: where the last whole record of a chunk ends is for its
/// decoder to say.
pub(crate) struct RecordChunks {
    file: FileBytes,
    /// Where the next record begins.
    position: u64,
    wanted: u64,
}

impl RecordChunks {
    pub(crate) fn new(file: FileBytes) -> RecordChunks {
        RecordChunks { position: 0, wanted: file.chunk_bytes(), file }
    }

    pub(crate) fn file(&self) -> &FileBytes {
        &self.file
    }

    pub(crate) fn file_mut(&mut self) -> &mut FileBytes {
        &mut self.file
    }

    /// The chunk from where the records that have been read end, and whether it ends with the file.
    pub(crate) async fn next(&mut self) -> Result<Option<(Chunk, bool)>> {
        if self.position >= self.file.size {
            return Ok(None);
        }
        let offset = self.position;
        let stop = offset.saturating_add(self.wanted);
        let bytes = self.file.read(offset, stop).await?;
        let start = if offset == 0 { self.file.text_start(&bytes)? } else { 0 };
        let end = bytes.len();
        Ok(Some((Chunk { bytes, offset, start, end }, stop >= self.file.size)))
    }

    /// Goes on behind the records of a chunk, which take so many of its bytes. Without any, the next chunk begins in the
    /// same place and is larger.
    pub(crate) fn advance(&mut self, length: usize) {
        self.wanted = if length == 0 { self.wanted.saturating_mul(2) } else { self.file.chunk_bytes() };
        self.position += length as u64;
    }

    /// There is nothing more to read.
    pub(crate) fn finish(&mut self) {
        self.position = self.file.size;
    }
}

/// The lines of a part, in chunks of whole lines. A line belongs to the part in which its first byte lies.
pub(crate) struct LineChunks {
    file: FileBytes,
    /// Where the next line begins; before the first chunk, the start of the range.
    position: u64,
    end: u64,
    /// Whether `position` may lie within a line that is another part's.
    is_unaligned: bool,
    chunk_bytes: u64,
}

impl LineChunks {
    pub(crate) fn new(file: FileBytes, part: &FilePart) -> LineChunks {
        let (start, end) = part.range.unwrap_or((0, file.size));
        // One byte back: a line begins at `start` if a newline stands before it.
        let (position, is_unaligned) = if start == 0 { (0, false) } else { (start - 1, true) };
        LineChunks { position, end: end.min(file.size), is_unaligned, chunk_bytes: file.chunk_bytes(), file }
    }

    pub(crate) fn file(&self) -> &FileBytes {
        &self.file
    }

    pub(crate) fn file_mut(&mut self) -> &mut FileBytes {
        &mut self.file
    }

    /// The next chunk, which ends with a newline or with the file.
    pub(crate) async fn next(&mut self) -> Result<Option<Chunk>> {
        let mut wanted = self.chunk_bytes;
        while self.position < self.end.min(self.file.size) {
            let stop = (self.position + wanted).min(self.end.saturating_add(LOOKAHEAD_BYTES.min(wanted)));
            // A line that is longer than what was asked for: ask for twice as much.
            let stop =
                if stop - self.position < wanted && wanted > self.chunk_bytes { self.position + wanted } else { stop };
            let bytes = self.file.read(self.position, stop).await?;
            if bytes.is_empty() {
                break;
            }
            let is_last = self.position + bytes.len() as u64 >= self.file.size;
            if self.is_unaligned {
                match memchr::memchr(b'\n', &bytes) {
                    Some(newline) => {
                        self.position += newline as u64 + 1;
                        self.is_unaligned = false;
                    }
                    None if is_last => return Ok(None),
                    None => self.position += bytes.len() as u64,
                }
                continue;
            }
            let length = match memchr::memrchr(b'\n', &bytes) {
                _ if is_last => bytes.len(),
                Some(newline) => newline + 1,
                None => {
                    wanted = wanted.saturating_mul(2);
                    continue;
                }
            };
            let offset = self.position;
            let start = if offset == 0 { self.file.text_start(&bytes)? } else { 0 };
            // The first line begins with the byte order mark, wherever in that the range ends.
            let end = usize::try_from(self.end - offset).unwrap_or(usize::MAX).max(start + 1).min(length);
            self.position += length as u64;
            return Ok(Some(Chunk { bytes: bytes.slice_with_length(0, length), offset, start, end }));
        }
        Ok(None)
    }
}
