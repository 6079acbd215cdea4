//! Text that is compressed as it is written, by the extension of its file.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use flate2::write::GzEncoder;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compressed {
    Not,
    Gzip,
    Zstd,
}

impl Compressed {
    /// What the extension of a file says.
    pub fn of(path: &Path) -> Compressed {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "gz" | "gzip" => Compressed::Gzip,
            "zst" | "zstd" => Compressed::Zstd,
            _ => Compressed::Not,
        }
    }

    /// A writer that compresses what goes through it.
    ///
    /// # Errors
    /// The compressor cannot be had.
    pub fn open<'o>(self, out: &'o mut (dyn Write + Send)) -> Result<CompressedWriter<'o>> {
        Ok(match self {
            Compressed::Not => CompressedWriter::Not(out),
            Compressed::Gzip => CompressedWriter::Gzip(GzEncoder::new(out, flate2::Compression::default())),
            Compressed::Zstd => CompressedWriter::Zstd(zstd::Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL)?),
        })
    }
}

/// Compresses what goes through it.
pub enum CompressedWriter<'o> {
    Not(&'o mut (dyn Write + Send)),
    Gzip(GzEncoder<&'o mut (dyn Write + Send)>),
    Zstd(zstd::Encoder<'static, &'o mut (dyn Write + Send)>),
}

impl CompressedWriter<'_> {
    /// Writes what is left.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> Result<()> {
        match self {
            CompressedWriter::Not(out) => out.flush()?,
            CompressedWriter::Gzip(encoder) => encoder.finish()?.flush()?,
            CompressedWriter::Zstd(encoder) => encoder.finish()?.flush()?,
        }
        Ok(())
    }
}

impl Write for CompressedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            CompressedWriter::Not(out) => out.write(bytes),
            CompressedWriter::Gzip(encoder) => encoder.write(bytes),
            CompressedWriter::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            CompressedWriter::Not(out) => out.flush(),
            CompressedWriter::Gzip(encoder) => encoder.flush(),
            CompressedWriter::Zstd(encoder) => encoder.flush(),
        }
    }
}
