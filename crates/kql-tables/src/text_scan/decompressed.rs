//! The text of a compressed file, from its beginning to its end.

use std::fs::File;
use std::io::{Cursor, Read, Result};
use std::path::PathBuf;

use bytes::Bytes;
use datafusion::arrow::buffer::Buffer;

use crate::buffers::Buffers;
use crate::compression::Compression;

/// Where the compressed bytes are.
#[derive(Clone)]
pub(super) enum Compressed {
    Local(PathBuf),
    Memory(Bytes),
}

impl Compressed {
    fn open(&self, compression: Compression) -> Result<Box<dyn Read + Send>> {
        match self {
            Compressed::Local(path) => compression.reader(File::open(path)?),
            Compressed::Memory(bytes) => compression.reader(Cursor::new(bytes.clone())),
        }
    }
}

/// A text as it is decompressed. Only what was read last is at hand; who goes back further has all of it decompressed
/// once more.
pub(super) struct Decompressed {
    compressed: Compressed,
    compression: Compression,
    reader: Box<dyn Read + Send>,
    /// What was read last, and where in the text it begins.
    last: Buffer,
    offset: u64,
    /// How long the text is, once its end has been seen.
    size: Option<u64>,
}

impl Decompressed {
    pub(super) fn open(compressed: Compressed, compression: Compression) -> Result<Decompressed> {
        let reader = compressed.open(compression)?;
        Ok(Decompressed { compressed, compression, reader, last: Buffer::from(&[]), offset: 0, size: None })
    }

    /// How long the text is, once its end has been seen.
    pub(super) fn size(&self) -> Option<u64> {
        self.size
    }

    /// The bytes `start..end` of the text, less where it is shorter.
    pub(super) fn read(&mut self, start: u64, end: u64, buffers: &mut Buffers) -> Result<Buffer> {
        self.seek(start)?;
        let Some(place) = start.checked_sub(self.offset).and_then(|place| usize::try_from(place).ok()) else {
            return Ok(Buffer::from(&[]));
        };
        if place > self.last.len() {
            // The text ends before `start`.
            return Ok(Buffer::from(&[]));
        }
        let kept = self.last.slice(place);
        let length = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        if length <= kept.len() {
            return Ok(kept.slice_with_length(0, length));
        }
        // Of a text whose end is asked for, the length is not known yet.
        if end == u64::MAX {
            let mut text = kept.to_vec();
            self.reader.read_to_end(&mut text)?;
            self.size = Some(start + text.len() as u64);
            (self.last, self.offset) = (Buffer::from(text), start);
            return Ok(self.last.clone());
        }
        let mut filled = kept.len();
        let text = buffers.filled(length, |memory| {
            let (head, rest) = memory.split_at_mut(filled);
            head.copy_from_slice(&kept);
            filled += fill(&mut self.reader, rest)?;
            Ok::<(), std::io::Error>(())
        })?;
        if filled < length {
            self.size = Some(start + filled as u64);
        }
        (self.last, self.offset) = (text.slice_with_length(0, filled), start);
        Ok(self.last.clone())
    }

    /// Goes to a place from which reading can go on.
    fn seek(&mut self, start: u64) -> Result<()> {
        if start < self.offset {
            *self = Decompressed { size: self.size, ..Decompressed::open(self.compressed.clone(), self.compression)? };
        }
        let position = self.offset + self.last.len() as u64;
        if start > position {
            let skipped = std::io::copy(&mut self.reader.by_ref().take(start - position), &mut std::io::sink())?;
            (self.last, self.offset) = (Buffer::from(&[]), position + skipped);
            if self.offset < start {
                self.size = Some(self.offset);
            }
        }
        Ok(())
    }
}

/// Reads until the memory is full or the text ends, and returns how much that was.
fn fill(reader: &mut impl Read, memory: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while let Some(rest) = memory.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
