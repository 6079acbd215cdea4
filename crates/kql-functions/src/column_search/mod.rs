//! Searching the texts of a whole column together.
//!
//! A search of one text costs more to start than to run, and the quickest search for several words at once minds case.
//! So the texts are laid one behind the other into a block that fits the cache nearest to the processor, in lower case
//! where case does not count, and the block is searched in one go. Where something is found, the row decides by itself:
//! the search only spares the rows in which there is nothing.

mod literals;

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind, packed};
use arrow::buffer::BooleanBuffer;
use arrow::buffer::MutableBuffer;
use arrow::util::bit_util;
use memchr::memmem::Finder;

pub(crate) use literals::of_expression;

use crate::argument::Strings;

/// Fewer rows are looked through quicker one by one.
const FEW_ROWS: usize = 32;

/// The size from which on a block is searched.
const BLOCK_BYTES: usize = 16 << 10;

/// Stands behind each text of a block. No text in UTF-8 holds this byte, so nothing is found across two texts.
const SEPARATOR: u8 = 0xff;

/// Texts of which one must stand in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// In lower case where case does not count; none of them is empty.
    words: Vec<String>,
    ignore_case: bool,
    /// Whether they say nothing about texts that are not ASCII.
    only_ascii: bool,
}

impl Words {
    /// These words; `None` when there is none or an empty one, which is everywhere, and where case does not count in a
    /// word that is not ASCII.
    pub(crate) fn new<'w>(words: impl IntoIterator<Item = &'w str>, ignore_case: bool) -> Option<Words> {
        let words: Vec<String> = words
            .into_iter()
            .map(|word| if ignore_case { word.to_ascii_lowercase() } else { word.to_owned() })
            .collect();
        let searchable = |word: &String| !word.is_empty() && (!ignore_case || word.is_ascii());
        (!words.is_empty() && words.iter().all(searchable)).then_some(Words { words, ignore_case, only_ascii: false })
    }
}

/// A prepared search for words.
#[derive(Clone, Debug)]
pub(crate) struct ColumnSearch {
    engine: Engine,
    ignore_case: bool,
    only_ascii: bool,
}

#[derive(Clone, Debug)]
enum Engine {
    One(Box<Finder<'static>>),
    /// Several words by vector instructions.
    Packed(Box<packed::Searcher>),
    /// More words than those take.
    Automaton(Box<AhoCorasick>),
}

/// Where a word was found first in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The row.
    pub row: usize,
    /// The word, by its position in the list; `None` where the row was not searched.
    pub word: Option<usize>,
    /// The byte of the row's text at which it starts.
    pub start: usize,
}

impl ColumnSearch {
    /// Prepares the search. `None` where it would not pay, or for more words than memory holds.
    pub(crate) fn new(words: &Words, rows: usize) -> Option<ColumnSearch> {
        if rows < FEW_ROWS {
            return None;
        }
        let engine = match words.words.as_slice() {
            [] => return None,
            [word] => Engine::One(Box::new(Finder::new(word).into_owned())),
            words => match packed::Config::new().builder().extend(words).build() {
                Some(searcher) => Engine::Packed(Box::new(searcher)),
                None => {
                    let mut builder = AhoCorasick::builder();
                    builder.match_kind(MatchKind::LeftmostFirst).start_kind(StartKind::Unanchored);
                    Engine::Automaton(Box::new(builder.build(words).ok()?))
                }
            },
        };
        Some(ColumnSearch { engine, ignore_case: words.ignore_case, only_ascii: words.only_ascii })
    }

    /// The rows that hold a word and for which `decide`, told of the first one, says so.
    pub(crate) fn rows(&self, texts: Strings<'_>, rows: usize, mut decide: impl FnMut(Hit) -> bool) -> BooleanBuffer {
        let mut chosen = MutableBuffer::from_len_zeroed(bit_util::ceil(rows, 8));
        let mut block = Block::default();
        let mut row = 0;
        while row < rows {
            block.clear();
            let first = row;
            while row < rows && block.bytes.len() < BLOCK_BYTES {
                let text = texts.value(row);
                if self.only_ascii && !text.is_ascii() {
                    if decide(Hit { row, word: None, start: 0 }) {
                        bit_util::set_bit(&mut chosen, row);
                    }
                    block.push("");
                } else {
                    block.push(text);
                }
                row += 1;
            }
            if self.ignore_case {
                block.bytes.make_ascii_lowercase();
            }
            self.search(&block, |within, word, start| {
                let hit = Hit { row: first + within, word: Some(word), start };
                if decide(hit) {
                    bit_util::set_bit(&mut chosen, hit.row);
                }
            });
        }
        BooleanBuffer::new(chosen.into(), 0, rows)
    }

    /// Calls `found` with each row of the block that holds a word, that word and where it starts.
    fn search(&self, block: &Block, mut found: impl FnMut(usize, usize, usize)) {
        let (mut at, mut row, mut begin) = (0, 0, 0);
        while let Some((word, start)) = self.find(&block.bytes, at) {
            // The text that holds the place: the first that does not end before it.
            let end = loop {
                match block.ends.get(row) {
                    Some(end) if *end > start => break *end,
                    Some(end) => begin = end + 1,
                    None => return,
                }
                row += 1;
            };
            found(row, word, start - begin);
            at = end + 1;
        }
    }

    fn find(&self, block: &[u8], from: usize) -> Option<(usize, usize)> {
        match &self.engine {
            Engine::One(finder) => Some((0, from + finder.find(block.get(from..)?)?)),
            Engine::Packed(searcher) => {
                let found = searcher.find_in(block, (from.min(block.len())..block.len()).into())?;
                Some((found.pattern().as_usize(), found.start()))
            }
            Engine::Automaton(automaton) => {
                let input = Input::new(block).span(from.min(block.len())..block.len()).anchored(Anchored::No);
                let found = automaton.try_find(input).ok().flatten()?;
                Some((found.pattern().as_usize(), found.start()))
            }
        }
    }
}

/// Texts one behind the other.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    /// Where each text ends: the place of its separator.
    ends: Vec<usize>,
}

impl Block {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len());
        self.bytes.push(SEPARATOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arguments;
    use crate::testing::{Chance, strings};

    /// The rows in which the search finds a word, with where the first one starts.
    fn found(words: &[&str], ignore_case: bool, texts: &[&str]) -> Vec<(usize, usize)> {
        let arguments = [strings(texts)];
        let arguments = Arguments::new(&arguments, texts.len());
        let words = Words::new(words.iter().copied(), ignore_case).unwrap();
        let search = ColumnSearch::new(&words, texts.len().max(FEW_ROWS)).unwrap();
        let mut hits = Vec::new();
        let rows = search.rows(arguments.strings(0).unwrap(), texts.len(), |hit| {
            hits.push((hit.row, hit.start));
            hit.row % 3 != 0
        });
        assert_eq!(
            rows.set_indices().collect::<Vec<_>>(),
            hits.iter().map(|hit| hit.0).filter(|row| row % 3 != 0).collect::<Vec<_>>()
        );
        hits
    }

    #[test]
    fn finds_what_a_plain_search_finds() {
        let mut chance = Chance::new(7);
        for round in 0..300 {
            let texts: Vec<String> = (0..chance.below(400)).map(|_| chance.text(60)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let words: Vec<String> = (0..=chance.below(if round % 10 == 0 { 200 } else { 8 }))
                .map(|_| chance.text(4).chars().filter(char::is_ascii).collect::<String>() + "a")
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            for ignore_case in [false, true] {
                let fold = |text: &str| if ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
                let first = |text: &&str| words.iter().filter_map(|word| fold(text).find(&fold(word))).min();
                let expected: Vec<(usize, usize)> =
                    texts.iter().enumerate().filter_map(|(row, text)| Some((row, first(text)?))).collect();
                assert_eq!(found(&words, ignore_case, &texts), expected, "{words:?}");
            }
        }
    }

    #[test]
    fn texts_longer_than_a_block_are_searched_too() {
        let long = "x".repeat(3 * BLOCK_BYTES);
        let ends = format!("{long}needle");
        assert_eq!(found(&["needle"], false, &[&ends, "no", &long, "need", "le", "needle"]), [(0, long.len()), (5, 0)]);
    }

    #[test]
    fn an_empty_word_cannot_be_searched_for() {
        assert_eq!(Words::new(["a", ""], false), None);
        assert_eq!(Words::new([], true), None);
        assert_eq!(Words::new(["é"], true), None);
        assert!(Words::new(["é"], false).is_some());
    }
}
