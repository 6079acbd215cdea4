//! The elements of a block: literals, which stand in the compressed bytes, and copies of what has been decompressed.

use std::hint::select_unpredictable;
use std::marker::PhantomData;

use super::{BrokenSnappy, preamble};

/// A common element's bytes are copied so many at a time, whatever their number.
const SHORT: usize = 32;
const LONG: usize = 64;

/// A block and how far it has been decompressed.
pub(super) struct Block<'a> {
    compressed: &'a [u8],
    decompressed: &'a mut [u8],
    read: usize,
    written: usize,
}

/// What the tag of a common element tells. A copy's offset is `offset` with the two bytes behind the tag as far as
/// `mask` lets them count; a literal's is its length.
#[derive(Clone, Copy)]
struct Element {
    offset: u16,
    mask: u16,
    /// In decompressed bytes, 1 to 64.
    length: u8,
    /// Of the compressed bytes.
    size: u8,
    is_literal: bool,
}

impl Element {
    /// Literals of more than 60 bytes and offsets of four bytes are rare. Their offset is below their length.
    const RARE: Element = Element { offset: 0, mask: 0, length: 1, size: 0, is_literal: false };

    const fn of_tag(tag: u8) -> Element {
        let length = (tag >> 2) + 1;
        match tag & 3 {
            0 if length <= 60 => Element { offset: length as u16, mask: 0, length, size: length + 1, is_literal: true },
            1 => Element {
                offset: ((tag >> 5) as u16) << 8,
                mask: 0xff,
                length: ((tag >> 2) & 7) + 4,
                size: 2,
                is_literal: false,
            },
            2 => Element { offset: 0, mask: 0xffff, length, size: 3, is_literal: false },
            _ => Element::RARE,
        }
    }
}

static ELEMENTS: [Element; 256] = {
    let mut elements = [Element::RARE; 256];
    let mut tag = 0;
    while tag < 256 {
        elements[tag] = Element::of_tag(tag as u8);
        tag += 1;
    }
    elements
};

/// Goes over common elements of two blocks in turn, until one of them is at its end or is all but.
pub(super) fn run_both(first: &mut Block<'_>, second: &mut Block<'_>) -> Result<(), BrokenSnappy> {
    while first.is_clear_of_end() && second.is_clear_of_end() {
        let (mut of_first, mut of_second) = (first.cursor(), second.cursor());
        let has_first_stopped = loop {
            if !of_first.step() {
                break true;
            }
            if !of_second.step() {
                break false;
            }
        };
        let (at_first, at_second) = (of_first.place(), of_second.place());
        first.go_to(at_first);
        second.go_to(at_second);
        if has_first_stopped {
            first.rare_element()?;
        } else {
            second.rare_element()?;
        }
    }
    Ok(())
}

impl<'a> Block<'a> {
    pub(super) fn new(compressed: &'a [u8], decompressed: &'a mut [u8]) -> Result<Block<'a>, BrokenSnappy> {
        let (length, compressed) = preamble(compressed)?;
        if length != decompressed.len() {
            return Err(BrokenSnappy);
        }
        Ok(Block { compressed, decompressed, read: 0, written: 0 })
    }

    /// Decompresses what is left.
    pub(super) fn finish(&mut self) -> Result<(), BrokenSnappy> {
        while self.is_clear_of_end() {
            let mut cursor = self.cursor();
            while cursor.step() {}
            let place = cursor.place();
            self.go_to(place);
            self.rare_element()?;
        }
        while self.read < self.compressed.len() {
            self.element()?;
        }
        if self.written == self.decompressed.len() { Ok(()) } else { Err(BrokenSnappy) }
    }

    /// Whether so much is left to read and to write that the bytes of an element can be copied regardless of its length.
    fn is_clear_of_end(&self) -> bool {
        self.read < self.read_end() && self.written < self.written_end()
    }

    /// From here on less than a tag and the longest common literal may be left to read.
    fn read_end(&self) -> usize {
        self.compressed.len().saturating_sub(LONG)
    }

    /// From here on less than the longest common element may be left to write.
    fn written_end(&self) -> usize {
        (self.decompressed.len() + 1).saturating_sub(LONG)
    }

    fn cursor(&mut self) -> Cursor<'_> {
        Cursor {
            read_end: self.read_end(),
            written_end: self.written_end(),
            read: self.read,
            written: self.written,
            compressed: self.compressed.as_ptr(),
            decompressed: self.decompressed.as_mut_ptr(),
            block: PhantomData,
        }
    }

    fn go_to(&mut self, (read, written): (usize, usize)) {
        (self.read, self.written) = (read, written);
    }

    /// Decompresses the element where a cursor has stopped, unless it stopped for the end.
    fn rare_element(&mut self) -> Result<(), BrokenSnappy> {
        if self.is_clear_of_end() { self.element() } else { Ok(()) }
    }

    /// Decompresses one element of any kind.
    fn element(&mut self) -> Result<(), BrokenSnappy> {
        let behind = self.compressed.get(self.read..).and_then(|rest| rest.split_first()).ok_or(BrokenSnappy)?;
        let (tag, behind) = (*behind.0, behind.1);
        // A number of `count` bytes behind the tag.
        let number = |count: usize| {
            let bytes = behind.get(..count).ok_or(BrokenSnappy)?;
            let number = bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            usize::try_from(number).map_err(|_| BrokenSnappy)
        };
        let length = usize::from(tag >> 2) + 1;
        let count = match tag & 3 {
            0 => length.saturating_sub(60),
            1 => 1,
            2 => 2,
            _ => 4,
        };
        self.read += 1 + count;
        match tag & 3 {
            0 => self.literal(if count == 0 { length } else { number(count)?.saturating_add(1) }),
            1 => self.copy(usize::from(tag >> 5) << 8 | number(1)?, (length - 1) % 8 + 4),
            _ => self.copy(number(count)?, length),
        }
    }

    fn literal(&mut self, length: usize) -> Result<(), BrokenSnappy> {
        let from = self.compressed.get(self.read..).and_then(|rest| rest.get(..length)).ok_or(BrokenSnappy)?;
        let to = self.decompressed.get_mut(self.written..).and_then(|rest| rest.get_mut(..length));
        to.ok_or(BrokenSnappy)?.copy_from_slice(from);
        self.read += length;
        self.written += length;
        Ok(())
    }

    /// What is copied may overlap what it is copied to, which then repeats it.
    fn copy(&mut self, offset: usize, length: usize) -> Result<(), BrokenSnappy> {
        let from = self.written.checked_sub(offset).filter(|_| offset > 0).ok_or(BrokenSnappy)?;
        let end = self.written + length;
        if end > self.decompressed.len() {
            return Err(BrokenSnappy);
        }
        while self.written < end {
            let known = (self.written - from).min(end - self.written);
            self.decompressed.copy_within(from..from + known, self.written);
            self.written += known;
        }
        Ok(())
    }
}

/// Where a block's next element is read and written.
struct Cursor<'a> {
    compressed: *const u8,
    decompressed: *mut u8,
    read: usize,
    written: usize,
    read_end: usize,
    written_end: usize,
    block: PhantomData<&'a mut [u8]>,
}

impl Cursor<'_> {
    fn place(&self) -> (usize, usize) {
        (self.read, self.written)
    }

    /// Decompresses a common element; where there is none, nothing changes. Copies whose bytes overlap are not common, and
    /// neither is the end of a block.
    #[expect(unsafe_code, reason = "with checked slices two blocks at once take a third longer")]
    #[inline(always)]
    fn step(&mut self) -> bool {
        if (self.read >= self.read_end) | (self.written >= self.written_end) {
            return false;
        }
        // SAFETY: more than `LONG` bytes are left to read from `read` on.
        let (tag, behind) = unsafe { (*self.compressed.add(self.read), self.compressed.add(self.read + 1)) };
        // SAFETY: as above.
        let number = u16::from_le(unsafe { behind.cast::<u16>().read_unaligned() });
        let Some(element) = ELEMENTS.get(usize::from(tag)) else { return false };
        let offset = usize::from(element.offset + (number & element.mask));
        let length = usize::from(element.length);
        if (offset < length) | (offset > self.written) {
            return false;
        }
        // SAFETY: `offset` is not more than `written`, and `written` is within the decompressed bytes.
        let (source, to) =
            unsafe { (self.decompressed.add(self.written - offset), self.decompressed.add(self.written)) };
        let from = select_unpredictable(element.is_literal, behind, source.cast_const());
        // SAFETY: behind the tag at least `LONG` bytes are left to read, from `to` on at least as many to write, and
        // `source` is before `to`. All is read before any is written, so that the two may overlap.
        unsafe {
            if length <= SHORT {
                to.cast::<[u8; SHORT]>().write_unaligned(from.cast::<[u8; SHORT]>().read_unaligned());
            } else {
                to.cast::<[u8; LONG]>().write_unaligned(from.cast::<[u8; LONG]>().read_unaligned());
            }
        }
        self.read += usize::from(element.size);
        self.written += length;
        true
    }
}
