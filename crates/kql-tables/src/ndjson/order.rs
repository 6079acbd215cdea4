//! The keys of a file's objects in the order in which they come.

use std::collections::HashMap;

use crate::columns::TableColumn;

/// A key as it stands in the file.
#[derive(Debug)]
struct Known {
    /// With its quotes and the colon behind it.
    text: Box<[u8]>,
    /// The first bytes of the text as words, and which of the words' bits are the text's.
    first: [u128; 2],
    mask: [u128; 2],
    /// The place of its column; `None` where it is not wanted.
    column: Option<usize>,
}

/// How many bytes of a key are compared as words.
const WORDS: usize = 32;

impl Known {
    fn new(text: &[u8], column: Option<usize>) -> Known {
        let first = words(&std::array::from_fn(|place| text.get(place).copied().unwrap_or(0)));
        let mask = words(&std::array::from_fn(|place| if place < text.len() { u8::MAX } else { 0 }));
        Known { text: text.into(), first, mask, column }
    }

    /// Whether the text begins with this key. Most keys are short, and words in registers beat a call.
    #[inline]
    fn begins(&self, text: &[u8]) -> bool {
        let Some(bytes) = text.first_chunk::<WORDS>() else { return text.starts_with(&self.text) };
        let ([low, high], [first_low, first_high], [mask_low, mask_high]) = (words(bytes), self.first, self.mask);
        let differs = ((low ^ first_low) & mask_low) | ((high ^ first_high) & mask_high);
        differs == 0 && (self.text.len() <= WORDS || text.starts_with(&self.text))
    }
}

#[inline]
fn words(bytes: &[u8; WORDS]) -> [u128; 2] {
    let mut words = [0; 2];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<16>().0) {
        *word = u128::from_le_bytes(*bytes);
    }
    words
}

/// All keys that have come, in an order that fits the objects.
///
/// Objects of a file mostly have the same keys in the same order, or leave some of them out. So a key is first compared
/// with the one that is next in this order, then with a few that follow, and only then looked up.
#[derive(Debug)]
pub(super) struct KeyOrder {
    wanted: HashMap<Box<[u8]>, usize>,
    known: Vec<Known>,
    /// The place of each key in `known`.
    places: HashMap<Box<[u8]>, usize>,
}

/// A hostile file with a new key in each line is no reason to remember them all.
const MOST_KEYS: usize = 4096;
/// How many keys may be left out before the next one is looked up.
const NEAR: usize = 4;

impl KeyOrder {
    pub(super) fn new(columns: &[TableColumn]) -> KeyOrder {
        let wanted = columns.iter().enumerate().map(|(place, column)| (column.name.as_bytes().into(), place)).collect();
        KeyOrder { wanted, known: Vec::new(), places: HashMap::new() }
    }

    /// The key whose opening quote is at `at`, with `next` as the place in the order where it is expected: its column
    /// and the length of its text with quotes and colon. `next` moves behind it. `None` for a key that is written in
    /// another way, with an escape or with a space before the colon, or does not end at `close`.
    #[inline]
    pub(super) fn key(
        &mut self,
        text: &[u8],
        at: usize,
        close: Option<u32>,
        next: &mut usize,
    ) -> Option<(Option<usize>, usize)> {
        let rest = text.get(at..)?;
        if let Some(known) = self.known.get(*next)
            && known.begins(rest)
        {
            *next += 1;
            return Some((known.column, known.text.len()));
        }
        self.search(rest, (close? as usize).checked_sub(at)?, next)
    }

    /// The key at the start of `rest`, whose closing quote is at `close`.
    #[cold]
    fn search(&mut self, rest: &[u8], close: usize, next: &mut usize) -> Option<(Option<usize>, usize)> {
        let key = rest.strip_prefix(b"\"")?.get(..close.checked_sub(1)?)?;
        let is_plain = std::str::from_utf8(key).is_ok() && memchr::memchr(b'\\', key).is_none();
        if !is_plain || rest.get(close..close + 2) != Some(b"\":") {
            return None;
        }
        let near = self.known.iter().enumerate().skip(*next).take(NEAR).find(|(_, known)| known.begins(rest));
        let place = match near.map(|(place, _)| place).or_else(|| self.places.get(key).copied()) {
            Some(place) => place,
            None => {
                let column = self.wanted.get(key).copied();
                if self.known.len() >= MOST_KEYS {
                    return Some((column, close + 2));
                }
                let place = (*next).min(self.known.len());
                self.known.insert(place, Known::new(rest.get(..close + 2)?, column));
                self.places.values_mut().filter(|other| **other >= place).for_each(|other| *other += 1);
                self.places.insert(key.into(), place);
                place
            }
        };
        *next = place + 1;
        self.known.get(place).map(|known| (known.column, close + 2))
    }
}
