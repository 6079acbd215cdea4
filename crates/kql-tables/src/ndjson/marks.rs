//! Where quotes and newlines stand: the first, structural pass over a text.
//!
//! Sixty-four bytes at a time become one bit mask for each kind of byte; quotes that a backslash escapes are taken out
//! by arithmetic on the masks, and the bits that are left become a list of places. With it the end of a string is the
//! next entry of a list: the second pass looks at keys and at what stands between strings, and never into a string.

/// The places of the quotes that no backslash escapes, and of the newlines, in order.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    places: Vec<u32>,
    count: usize,
}

/// How many bytes become one mask.
const BLOCK: usize = 64;

impl Marks {
    /// Marks a text that begins at a line's start, at the offset `base`.
    pub(crate) fn find(&mut self, text: &[u8], base: u32) {
        // A block may write all of its places, whether they are in use or not.
        let most = text.len() + 2 * BLOCK;
        if self.places.len() < most {
            self.places.resize(most, 0);
        }
        self.count = find(text, base, &mut self.places);
    }

    /// The places.
    pub(crate) fn places(&self) -> &[u32] {
        self.places.get(..self.count).unwrap_or_default()
    }
}

/// One bit for each byte of a block, the first byte's being the lowest.
struct Masks {
    quotes: u64,
    backslashes: u64,
    newlines: u64,
}

/// Writes the places of a text's marks and returns how many there are. `write` gets the bits of a block's marks, the
/// block's place, and more slots than there are bits.
#[inline(always)]
fn find_with(
    text: &[u8],
    base: u32,
    places: &mut [u32],
    masks: impl Fn(&[u8; BLOCK]) -> Masks,
    write: impl Fn(u64, u32, &mut [u32; BLOCK]),
) -> usize {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut last = [0; BLOCK];
    for (byte, from) in last.iter_mut().zip(rest) {
        *byte = *from;
    }
    let mut is_escaping = 0;
    let mut count = 0;
    let mut at = base;
    for block in blocks.iter().chain([&last]) {
        let masks = masks(block);
        let quotes = masks.quotes & !escaped(masks.backslashes, &mut is_escaping);
        let bits = quotes | masks.newlines;
        let Some(slots) = places.get_mut(count..).and_then(|slots| slots.first_chunk_mut::<BLOCK>()) else { break };
        write(bits, at, slots);
        count += bits.count_ones() as usize;
        at = at.wrapping_add(BLOCK as u32);
    }
    count
}

/// Writes the places of bits, one after the other.
#[inline(always)]
fn write_places(mut bits: u64, at: u32, slots: &mut [u32; BLOCK]) {
    let found = bits.count_ones();
    // Writing a fixed number of places, be they in use or not, costs less than a loop whose end is a surprise.
    let (first, slots) = slots.split_at_mut(8);
    let (second, third) = slots.split_at_mut(8);
    let mut write = |slots: &mut [u32]| {
        for slot in slots {
            *slot = at.wrapping_add(bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
        }
    };
    write(first);
    if found > 8 {
        write(second);
        if found > 16 {
            write(third);
        }
    }
}

/// The bytes that a backslash escapes, given where backslashes stand: of a run of them, every other one escapes what
/// follows. `is_escaping` is 1 where the last byte of the block before escapes the first of this one.
#[inline(always)]
fn escaped(backslashes: u64, is_escaping: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    if backslashes == 0 {
        return std::mem::take(is_escaping);
    }
    // Subtraction carries through each run, so that its bits come out alternating from the run's start; beginning at an
    // odd place or an even one, the runs are told apart by adding the odd bits first (simdjson's method).
    let begins = backslashes & !*is_escaping;
    let alternating = ((begins << 1) | ODD).wrapping_sub(begins) ^ ODD;
    let escaped = alternating ^ (backslashes | *is_escaping);
    *is_escaping = (alternating & backslashes) >> 63;
    escaped
}

#[cfg(target_arch = "x86_64")]
fn find(text: &[u8], base: u32, places: &mut [u32]) -> usize {
    x86_64::find(text, base, places, x86_64::Machine::Avx512)
}

#[cfg(not(target_arch = "x86_64"))]
fn find(text: &[u8], base: u32, places: &mut [u32]) -> usize {
    find_with(text, base, places, portable_masks, write_places)
}

/// The masks by arithmetic on words of eight bytes.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable_masks(block: &[u8; BLOCK]) -> Masks {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut masks = Masks { quotes: 0, backslashes: 0, newlines: 0 };
    for (number, word) in block.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let bits = |byte: u8| {
            let difference = word ^ (LOW * u64::from(byte));
            // The high bit of each byte that is zero, exactly; then the eight bits are gathered by a multiplication.
            let zero = !(((difference & !HIGH) + !HIGH) | difference) & HIGH;
            ((zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number)
        };
        masks.quotes |= bits(b'"');
        masks.backslashes |= bits(b'\\');
        masks.newlines |= bits(b'\n');
    }
    masks
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8, _mm256_cmpeq_epi8,
        _mm256_movemask_epi8, _mm256_set_epi64x, _mm256_set1_epi8, _mm512_add_epi32, _mm512_cmpeq_epi8_mask,
        _mm512_cvtepu8_epi32, _mm512_extracti32x4_epi32, _mm512_maskz_compress_epi8, _mm512_set_epi64,
        _mm512_set1_epi8, _mm512_set1_epi32, _mm512_storeu_si512,
    };

    use super::{BLOCK, Masks, find_with, write_places};

    /// What a machine can do.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(super) enum Machine {
        /// All machines can.
        Sse2,
        Avx2,
        /// With the instructions that gather bytes by a mask.
        Avx512,
    }

    impl Machine {
        /// What this one can do.
        fn this() -> Machine {
            if !(is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("popcnt"))
            {
                Machine::Sse2
            } else if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi2") {
                Machine::Avx512
            } else {
                Machine::Avx2
            }
        }
    }

    /// With what this machine can do, and no more than `most`.
    #[expect(
        unsafe_code,
        reason = "calls functions that are compiled for more than the least machine; marks come at 32 GB/s with AVX-512, 8 \
                  with AVX2, 6 with SSE2 and 2 without any of them"
    )]
    pub(super) fn find(text: &[u8], base: u32, places: &mut [u32], most: Machine) -> usize {
        match most.min(Machine::this()) {
            // SAFETY: the features that the function is compiled for are there, as has just been found.
            Machine::Avx512 => unsafe { find_avx512(text, base, places) },
            // SAFETY: as above.
            Machine::Avx2 => unsafe { find_avx2(text, base, places) },
            // SAFETY: SSE2 is a part of x86-64.
            Machine::Sse2 => unsafe { find_sse2(text, base, places) },
        }
    }

    #[target_feature(enable = "sse2")]
    fn find_sse2(text: &[u8], base: u32, places: &mut [u32]) -> usize {
        // As a closure it has the features of this function.
        find_with(text, base, places, |block| sse2_masks(block), write_places)
    }

    #[target_feature(enable = "avx2,bmi1,popcnt")]
    fn find_avx2(text: &[u8], base: u32, places: &mut [u32]) -> usize {
        find_with(text, base, places, |block| avx2_masks(block), write_places)
    }

    #[target_feature(enable = "avx512bw,avx512vbmi2,bmi1,popcnt")]
    fn find_avx512(text: &[u8], base: u32, places: &mut [u32]) -> usize {
        let write = |bits, at, slots: &mut [u32; BLOCK]| write_places_avx512(bits, at, slots);
        find_with(text, base, places, |block| avx512_masks(block), write)
    }

    /// The words of a block, as the intrinsics want them.
    #[inline(always)]
    fn words(block: &[u8; BLOCK]) -> [i64; 8] {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
            *word = i64::from_le_bytes(*bytes);
        }
        words
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn sse2_masks(block: &[u8; BLOCK]) -> Masks {
        let [a, b, c, d, e, f, g, h] = words(block);
        // Loads of sixteen bytes each, once compiled.
        let vectors = [_mm_set_epi64x(b, a), _mm_set_epi64x(d, c), _mm_set_epi64x(f, e), _mm_set_epi64x(h, g)];
        let mask = |byte: u8| {
            let bits = |vector: __m128i| {
                let equal = _mm_cmpeq_epi8(vector, _mm_set1_epi8(byte.cast_signed()));
                u64::from(_mm_movemask_epi8(equal).cast_unsigned())
            };
            let [first, second, third, fourth] = vectors.map(bits);
            first | second << 16 | third << 32 | fourth << 48
        };
        Masks { quotes: mask(b'"'), backslashes: mask(b'\\'), newlines: mask(b'\n') }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    fn avx2_masks(block: &[u8; BLOCK]) -> Masks {
        let [a, b, c, d, e, f, g, h] = words(block);
        let (low, high) = (_mm256_set_epi64x(d, c, b, a), _mm256_set_epi64x(h, g, f, e));
        let mask = |byte: u8| {
            let bits = |vector: __m256i| {
                let equal = _mm256_cmpeq_epi8(vector, _mm256_set1_epi8(byte.cast_signed()));
                u64::from(_mm256_movemask_epi8(equal).cast_unsigned())
            };
            bits(low) | bits(high) << 32
        };
        Masks { quotes: mask(b'"'), backslashes: mask(b'\\'), newlines: mask(b'\n') }
    }

    #[inline]
    #[target_feature(enable = "avx512bw")]
    fn avx512_masks(block: &[u8; BLOCK]) -> Masks {
        let [a, b, c, d, e, f, g, h] = words(block);
        let block = _mm512_set_epi64(h, g, f, e, d, c, b, a);
        let mask = |byte: u8| _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(byte.cast_signed()));
        Masks { quotes: mask(b'"'), backslashes: mask(b'\\'), newlines: mask(b'\n') }
    }

    /// Gathers the numbers of the bits that are set, and writes sixteen places at a time.
    #[inline]
    #[target_feature(enable = "avx512bw,avx512vbmi2,popcnt")]
    fn write_places_avx512(bits: u64, at: u32, slots: &mut [u32; BLOCK]) {
        const NUMBERS: [u8; BLOCK] = {
            let mut numbers = [0; BLOCK];
            let mut number = 0;
            while number < BLOCK {
                numbers[number] = number as u8;
                number += 1;
            }
            numbers
        };
        let [a, b, c, d, e, f, g, h] = words(&NUMBERS);
        let numbers = _mm512_maskz_compress_epi8(bits, _mm512_set_epi64(h, g, f, e, d, c, b, a));
        let found = bits.count_ones();
        let (quarters, _) = slots.as_chunks_mut::<16>();
        let [first, second, third, fourth] = quarters else { return };
        write_sixteen(_mm512_extracti32x4_epi32::<0>(numbers), at, first);
        if found > 16 {
            write_sixteen(_mm512_extracti32x4_epi32::<1>(numbers), at, second);
            if found > 32 {
                write_sixteen(_mm512_extracti32x4_epi32::<2>(numbers), at, third);
                write_sixteen(_mm512_extracti32x4_epi32::<3>(numbers), at, fourth);
            }
        }
    }

    #[expect(
        unsafe_code,
        reason = "there is no safe way to write a vector of 64 bytes that is sure to be one instruction"
    )]
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn write_sixteen(numbers: __m128i, at: u32, slots: &mut [u32; 16]) {
        let places: __m512i = _mm512_add_epi32(_mm512_cvtepu8_epi32(numbers), _mm512_set1_epi32(at.cast_signed()));
        // SAFETY: the slots take 64 bytes, and any alignment does.
        unsafe { _mm512_storeu_si512(std::ptr::from_mut(slots).cast(), places) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places by looking at one byte after another.
    fn plain(text: &[u8], base: u32) -> Vec<u32> {
        let mut places = Vec::new();
        let mut is_escaped = false;
        for (offset, byte) in text.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'"' && !is_escaped) {
                places.push(base + offset as u32);
            }
            is_escaped = *byte == b'\\' && !is_escaped;
        }
        places
    }

    /// Numbers that look random, the same in each run.
    fn numbers(mut seed: u64) -> impl FnMut() -> u64 {
        move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 33
        }
    }

    #[test]
    fn every_way_finds_the_same_places() {
        let mut next = numbers(7);
        for round in 0..2000 {
            let length = next() as usize % 300;
            let alphabet: &[u8] = match round % 3 {
                0 => b"\"\\",
                1 => b"\"\\\nab\x80\xff\x21\x23\x5b\x5d\x0b",
                _ => b"\\\\\\\\\\\\\\\\\\\\\"",
            };
            let text: Vec<u8> = (0..length).map(|_| alphabet[next() as usize % alphabet.len()]).collect();
            let expected = plain(&text, 1000);
            let mut marks = Marks::default();
            marks.find(&text, 1000);
            assert_eq!(marks.places(), expected, "{text:?}");
            let mut places = vec![0; text.len() + 2 * BLOCK];
            let count = find_with(&text, 1000, &mut places, portable_masks, write_places);
            assert_eq!(places[..count], expected, "{text:?}");
            #[cfg(target_arch = "x86_64")]
            for machine in [x86_64::Machine::Sse2, x86_64::Machine::Avx2, x86_64::Machine::Avx512] {
                let count = x86_64::find(&text, 1000, &mut places, machine);
                assert_eq!(places[..count], expected, "{machine:?} {text:?}");
            }
        }
    }
}
