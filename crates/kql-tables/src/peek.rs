//! Looking at a file before any query runs: its beginning or a piece of it, as the file lies there or decompressed.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use crate::compression::Compression;
use crate::text_scan::Source;
use crate::{TableError, network};

/// Up to `limit` bytes of a source's text, from its beginning.
pub(crate) fn start(source: &Source, limit: u64) -> Result<Vec<u8>, TableError> {
    let fail = |error: std::io::Error| TableError::new(source.path(), error);
    match source {
        Source::Memory { bytes, .. } => Compression::None.decompress(bytes.as_ref(), limit).map_err(fail),
        Source::File { compression, size, .. } if network::is_remote(source) => {
            let wanted = if *compression == Compression::None { limit.min(*size) } else { *size };
            let bytes = if wanted == 0 { Vec::new() } else { network::read(source, 0..wanted)? };
            compression.decompress(bytes.as_slice(), limit).map_err(fail)
        }
        Source::File { path, compression, .. } => {
            compression.decompress(File::open(path).map_err(fail)?, limit).map_err(fail)
        }
    }
}

/// The bytes of a source from `offset` on, as they lie there, `length` or what is left.
pub(crate) fn piece(source: &Source, offset: u64, length: u64) -> Result<Vec<u8>, TableError> {
    let fail = |error: std::io::Error| TableError::new(source.path(), error);
    match source {
        Source::Memory { bytes, .. } => {
            let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            Ok(bytes.get(place(offset)..place(offset.saturating_add(length))).unwrap_or_default().to_vec())
        }
        Source::File { size, .. } if network::is_remote(source) => {
            let end = offset.saturating_add(length).min(*size);
            if offset >= end { Ok(Vec::new()) } else { network::read(source, offset..end) }
        }
        Source::File { path, .. } => {
            let mut file = File::open(path).map_err(fail)?;
            file.seek(SeekFrom::Start(offset)).map_err(fail)?;
            let mut bytes = Vec::new();
            file.take(length).read_to_end(&mut bytes).map_err(fail)?;
            Ok(bytes)
        }
    }
}
