//! Thirty-two bytes at a time, as one bit for each: the first byte's is the lowest.

#[cfg(not(target_arch = "x86_64"))]
use portable as native;
#[cfg(target_arch = "x86_64")]
use x86_64 as native;

/// How many bytes are looked at in one go.
pub(super) const CHUNK: usize = 32;

/// So many bytes.
pub(super) type Chunk = [u8; CHUNK];

/// The bytes as words of eight.
#[inline(always)]
pub(super) fn words(chunk: &Chunk) -> [u64; CHUNK / 8] {
    let mut words = [0; CHUNK / 8];
    for (word, bytes) in words.iter_mut().zip(chunk.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// Where quotes and backslashes stand.
#[inline(always)]
pub(super) fn quotes_and_backslashes(chunk: &Chunk) -> u32 {
    native::quotes_and_backslashes(chunk)
}

/// Where anything but an ASCII digit stands.
#[inline(always)]
pub(super) fn all_but_digits(chunk: &Chunk) -> u32 {
    native::all_but_digits(chunk)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    use super::{Chunk, words};

    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;

    /// One bit for each byte whose high bit is set.
    fn gather(chunk: &Chunk, high_bits: impl Fn(u64) -> u64) -> u32 {
        let mut mask = 0;
        for (number, word) in words(chunk).into_iter().enumerate() {
            let bits = (high_bits(word) & HIGH) >> 7;
            mask |= ((bits.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32) << (8 * number);
        }
        mask
    }

    /// The high bit of each byte that is zero.
    fn zeros(word: u64) -> u64 {
        !(((word & !HIGH) + !HIGH) | word)
    }

    pub(super) fn quotes_and_backslashes(chunk: &Chunk) -> u32 {
        gather(chunk, |word| zeros(word ^ (LOW * u64::from(b'"'))) | zeros(word ^ (LOW * u64::from(b'\\'))))
    }

    pub(super) fn all_but_digits(chunk: &Chunk) -> u32 {
        gather(chunk, |word| {
            // Seven bits each, so that no sum carries: from '0' on, and from behind '9' on, the high bit comes to be set.
            let low_bits = word & !HIGH;
            let from_zero = low_bits + LOW * (0x80 - u64::from(b'0'));
            let behind_nine = low_bits + LOW * (0x80 - u64::from(b'9') - 1);
            word | !from_zero | behind_nine
        })
    }
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
        _mm_sub_epi8,
    };

    use super::{Chunk, words};

    #[expect(
        unsafe_code,
        reason = "calls a function that names SSE2; it is inlined, and halves the time of a walk against words of eight bytes"
    )]
    #[inline(always)]
    pub(super) fn quotes_and_backslashes(chunk: &Chunk) -> u32 {
        // SAFETY: SSE2 is a part of x86-64.
        unsafe { quotes_and_backslashes_sse2(chunk) }
    }

    #[expect(unsafe_code, reason = "as above")]
    #[inline(always)]
    pub(super) fn all_but_digits(chunk: &Chunk) -> u32 {
        // SAFETY: SSE2 is a part of x86-64.
        unsafe { all_but_digits_sse2(chunk) }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn quotes_and_backslashes_sse2(chunk: &Chunk) -> u32 {
        let is = |bytes: __m128i, byte: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte.cast_signed()));
        let [low, high] = halves(chunk).map(|bytes| mask(_mm_or_si128(is(bytes, b'"'), is(bytes, b'\\'))));
        low | high << 16
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn all_but_digits_sse2(chunk: &Chunk) -> u32 {
        let [low, high] = halves(chunk).map(|bytes| {
            let digits = _mm_sub_epi8(bytes, _mm_set1_epi8(b'0'.cast_signed()));
            mask(_mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits))
        });
        !(low | high << 16)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn mask(bytes: __m128i) -> u32 {
        _mm_movemask_epi8(bytes).cast_unsigned()
    }

    /// Loads of sixteen bytes each, once compiled.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn halves(chunk: &Chunk) -> [__m128i; 2] {
        let [a, b, c, d] = words(chunk).map(u64::cast_signed);
        [_mm_set_epi64x(b, a), _mm_set_epi64x(d, c)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..CHUNK {
                for around in [b'a', b'5', 0xff] {
                    let mut chunk = [around; CHUNK];
                    chunk[place] = byte;
                    let bits = |is: fn(u8) -> bool| (0..CHUNK).map(|at| u32::from(is(chunk[at])) << at).sum::<u32>();
                    let special = bits(|byte| matches!(byte, b'"' | b'\\'));
                    assert_eq!(quotes_and_backslashes(&chunk), special, "{byte} at {place}");
                    assert_eq!(portable::quotes_and_backslashes(&chunk), special, "{byte} at {place}");
                    let others = bits(|byte| !byte.is_ascii_digit());
                    assert_eq!(all_but_digits(&chunk), others, "{byte} at {place}");
                    assert_eq!(portable::all_but_digits(&chunk), others, "{byte} at {place}");
                }
            }
        }
    }
}
