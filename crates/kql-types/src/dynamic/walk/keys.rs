//! The keys that a text is expected to have, by those of the texts before it.

use super::super::string;
use super::chunk::{CHUNK, Chunk, words};

/// So many keys are remembered.
const MOST_KEYS: usize = 64;

/// The names whose members are wanted, and the keys in the order in which texts have had them.
#[derive(Debug)]
pub(super) struct Keys {
    names: Vec<String>,
    expected: Vec<Expected>,
    /// Which key is expected next.
    next: usize,
}

/// A key as it is expected to stand: in its quotes, and with its colon.
#[derive(Debug, PartialEq, Eq)]
struct Expected {
    words: [u64; CHUNK / 8],
    /// All bits of its bytes.
    mask: [u64; CHUNK / 8],
    length: usize,
    /// The number of its name among the wanted ones.
    name: Option<usize>,
}

impl Expected {
    /// `None` for a key that is too long.
    fn new(key: &[u8], name: Option<usize>) -> Option<Expected> {
        if key.len() > CHUNK {
            return None;
        }
        let (mut bytes, mut mask) = ([0; CHUNK], [0; CHUNK]);
        for ((byte, mask), from) in bytes.iter_mut().zip(&mut mask).zip(key) {
            (*byte, *mask) = (*from, 0xff);
        }
        Some(Expected { words: words(&bytes), mask: words(&mask), length: key.len(), name })
    }

    #[inline(always)]
    fn begins(&self, chunk: &Chunk) -> bool {
        let mut difference = 0;
        for ((word, expected), mask) in words(chunk).iter().zip(&self.words).zip(&self.mask) {
            difference |= (word ^ expected) & mask;
        }
        difference == 0
    }
}

impl Keys {
    pub(super) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Keys {
        Keys { names: names.into_iter().map(str::to_owned).collect(), expected: Vec::new(), next: 0 }
    }

    /// How many names are wanted.
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// The number of the key that is expected next.
    #[inline(always)]
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// Expects the key of this number next.
    #[inline(always)]
    pub(super) fn go_to(&mut self, next: usize) {
        self.next = next;
    }

    /// Whether the text goes on with the key that is expected; then the number of its name, and its length with quotes
    /// and colon.
    #[inline(always)]
    pub(super) fn expected(&mut self, chunk: &Chunk) -> Option<(Option<usize>, usize)> {
        let expected = self.expected.get(self.next)?;
        if !expected.begins(chunk) {
            return None;
        }
        self.next += 1;
        Some((expected.name, expected.length))
    }

    /// Takes note of a key that was not expected, as it stands and by its content between the quotes; gives the number
    /// of its name.
    pub(super) fn learn(&mut self, key: &[u8], content: &[u8], is_plain: bool) -> Option<usize> {
        if !is_plain {
            let content = str::from_utf8(content).ok()?;
            let content = string::unescape(content);
            return self.names.iter().position(|name| *name == content);
        }
        let name = self.names.iter().position(|name| name.as_bytes() == content);
        let Some(key) = Expected::new(key, name) else { return name };
        // Keys were left out, or those of an earlier bag come again.
        let later = self.expected.iter().skip(self.next).position(|known| *known == key).map(|at| self.next + at);
        match later.or_else(|| self.expected.iter().position(|known| *known == key)) {
            Some(at) => self.next = at + 1,
            None if self.expected.len() < MOST_KEYS => {
                let at = self.next.min(self.expected.len());
                self.expected.insert(at, key);
                self.next = at + 1;
            }
            None => {}
        }
        name
    }
}
