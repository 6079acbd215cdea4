//! Decompression of Snappy blocks without frames, as Parquet compresses its pages (`format_description.txt` of
//! google/snappy).
//!
//! Only the length of an element tells where the next one begins, so that a core mostly waits. Two blocks that have
//! nothing to do with each other are therefore decompressed at once, an element of each in turn: `benches/snappy.rs` has
//! the figures.

mod block;
#[cfg(test)]
mod tests;

use std::fmt;

use block::Block;

/// Data that is not what Snappy writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenSnappy;

impl fmt::Display for BrokenSnappy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data is not what Snappy writes")
    }
}

impl std::error::Error for BrokenSnappy {}

/// How many bytes a block has when it is decompressed.
pub fn decompressed_length(compressed: &[u8]) -> Result<usize, BrokenSnappy> {
    let (length, elements) = preamble(compressed)?;
    // No element gives more than 64 bytes for each 3 of its own; a length beyond that is not worth its memory.
    if length / 22 > elements.len() { Err(BrokenSnappy) } else { Ok(length) }
}

/// Decompresses a block into memory of just its length.
pub fn decompress(compressed: &[u8], decompressed: &mut [u8]) -> Result<(), BrokenSnappy> {
    Block::new(compressed, decompressed)?.finish()
}

/// Decompresses two blocks, each into memory of just its length, in less time than one after the other.
pub fn decompress_both(first: (&[u8], &mut [u8]), second: (&[u8], &mut [u8])) -> Result<(), BrokenSnappy> {
    let (mut first, mut second) = (Block::new(first.0, first.1)?, Block::new(second.0, second.1)?);
    block::run_both(&mut first, &mut second)?;
    first.finish()?;
    second.finish()
}

/// The length of the decompressed block, as a little-endian base-128 number of up to five bytes, and its elements.
fn preamble(compressed: &[u8]) -> Result<(usize, &[u8]), BrokenSnappy> {
    let mut length: u64 = 0;
    for (place, byte) in compressed.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let length = u32::try_from(length).map_err(|_| BrokenSnappy)?;
            let elements = compressed.get(place + 1..).unwrap_or_default();
            return Ok((usize::try_from(length).map_err(|_| BrokenSnappy)?, elements));
        }
    }
    Err(BrokenSnappy)
}
