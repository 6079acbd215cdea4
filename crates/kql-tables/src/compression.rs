//! Compressed text files: known by their extension or their first bytes.

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

    /// What was compressed; a file of several members or frames is one text.
    pub(crate) fn reader<'i>(self, input: impl Read + Send + 'i) -> std::io::Result<Box<dyn Read + Send + 'i>> {
        Ok(match self {
            Compression::None => Box::new(input),
            Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
            Compression::Zstd => Box::new(zstd::Decoder::new(input)?),
        })
    }

    /// Up to `limit` bytes of what was compressed.
    pub(crate) fn decompress(self, input: impl Read + Send, limit: u64) -> std::io::Result<Vec<u8>> {
        let mut output = Vec::new();
        self.reader(input)?.take(limit).read_to_end(&mut output)?;
        Ok(output)
    }
}
