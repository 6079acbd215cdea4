//! Compressed text files: known by their extension or their first bytes, read as a whole.

use std::io::Read;

use serde::{Deserialize, Serialize};

/// How a file is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compression {
    #[default]
    None,
    Gzip,
    Zstd,
}

impl Compression {
    pub(crate) fn from_extension(extension: &str) -> Option<Compression> {
        match extension.to_ascii_lowercase().as_str() {
            "gz" | "gzip" => Some(Compression::Gzip),
            "zst" | "zstd" => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// What the first bytes of a file tell.
    pub(crate) fn from_content(start: &[u8]) -> Compression {
        match start {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// Up to `limit` bytes of what was compressed; a file of several members or frames is one text.
    pub(crate) fn decompress(self, input: impl Read, limit: u64) -> std::io::Result<Vec<u8>> {
        let mut output = Vec::new();
        match self {
            Compression::None => input.take(limit).read_to_end(&mut output)?,
            Compression::Gzip => flate2::read::MultiGzDecoder::new(input).take(limit).read_to_end(&mut output)?,
            Compression::Zstd => zstd::Decoder::new(input)?.take(limit).read_to_end(&mut output)?,
        };
        Ok(output)
    }
}
