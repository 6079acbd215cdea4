//! The keys of a file's objects in the order in which they come.

use std::collections::HashMap;

use crate::columns::TableColumn;

/// A key as it stands in the file.
#[derive(Debug)]
struct Known {
    /// With its quotes and the colon behind it.
    text: Box<[u8]>,
    /// The place of its column; `None` where it is not wanted.
    column: Option<usize>,
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
            && rest.starts_with(&known.text)
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
        let near =
            self.known.iter().enumerate().skip(*next).take(NEAR).find(|(_, known)| rest.starts_with(&known.text));
        let place = match near.map(|(place, _)| place).or_else(|| self.places.get(key).copied()) {
            Some(place) => place,
            None => {
                let column = self.wanted.get(key).copied();
                if self.known.len() >= MOST_KEYS {
                    return Some((column, close + 2));
                }
                let place = (*next).min(self.known.len());
                self.known.insert(place, Known { text: rest.get(..close + 2)?.into(), column });
                self.places.values_mut().filter(|other| **other >= place).for_each(|other| *other += 1);
                self.places.insert(key.into(), place);
                place
            }
        };
        *next = place + 1;
        self.known.get(place).map(|known| (known.column, close + 2))
    }
}
