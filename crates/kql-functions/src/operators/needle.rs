//! Looking for one text in many: anywhere, at an end, or as a term, with or without regard to case.
//!
//! A term is a maximal run of letters and digits. A needle's end must fall on a term's end only where the needle
//! itself ends in a letter or digit: `.exe` is found in `cmd.exe`, `exe` too, `xe` is not.

use arrow::buffer::BooleanBuffer;
use memchr::memmem::Finder;
use memchr::{memchr, memchr2};

use crate::argument::Strings;
use crate::column_search::{ColumnSearch, Words};
use crate::folding::{fold, fold_text};

/// Where the needle must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Anywhere,
    Start,
    End,
    /// At the start and the end of terms (`has`).
    Term,
    TermPrefix,
    TermSuffix,
}

/// Whether case counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Sensitive,
    Insensitive,
}

/// A text to look for, prepared.
#[derive(Debug)]
pub struct Needle<'n> {
    search: Search<'n>,
    length: usize,
    place: Place,
    /// Whether the first and the last character are part of a term.
    starts_in_term: bool,
    ends_in_term: bool,
}

#[derive(Debug)]
enum Search<'n> {
    /// Case counts.
    Exact(Finder<'n>),
    /// Case does not count, and the needle is ASCII: the rarest of its bytes is looked for first.
    Ascii { needle: &'n [u8], rarest: usize },
    /// Case does not count; the needle is folded and the text must be.
    Folded(Finder<'static>),
}

impl<'n> Needle<'n> {
    /// Prepares a needle.
    pub fn new(needle: &'n str, place: Place, case: Case) -> Needle<'n> {
        let (search, length) = match case {
            Case::Sensitive => (Search::Exact(Finder::new(needle)), needle.len()),
            Case::Insensitive if needle.is_ascii() => {
                let needle = needle.as_bytes();
                (Search::Ascii { needle, rarest: rarest(needle) }, needle.len())
            }
            Case::Insensitive => {
                let folded = fold_text(needle);
                (Search::Folded(Finder::new(&folded).into_owned()), folded.len())
            }
        };
        Needle {
            search,
            length,
            place,
            starts_in_term: needle.chars().next().is_some_and(char::is_alphanumeric),
            ends_in_term: needle.chars().next_back().is_some_and(char::is_alphanumeric),
        }
    }

    /// Whether the text holds the needle in its place. `scratch` is room to fold texts in.
    pub fn is_in(&self, text: &str, scratch: &mut String) -> bool {
        let text = match self.search {
            Search::Folded(_) => {
                scratch.clear();
                scratch.extend(text.chars().map(fold));
                scratch.as_str()
            }
            _ => text,
        };
        match self.place {
            Place::Anywhere => self.find(text.as_bytes()).is_some(),
            Place::Start => text.as_bytes().get(..self.length).is_some_and(|start| self.equals(start)),
            Place::End => {
                let start = text.len().checked_sub(self.length);
                start.and_then(|start| text.as_bytes().get(start..)).is_some_and(|end| self.equals(end))
            }
            Place::Term => self.is_term_in(text, self.starts_in_term, self.ends_in_term),
            Place::TermPrefix => self.is_term_in(text, self.starts_in_term, false),
            Place::TermSuffix => self.is_term_in(text, false, self.ends_in_term),
        }
    }

    /// The rows whose texts hold the needle in its place.
    pub fn rows(&self, texts: Strings<'_>, rows: usize) -> BooleanBuffer {
        let mut scratch = String::new();
        match self.search_of_columns(texts, rows) {
            Some(search) => search.rows(texts, rows, |hit| {
                self.place == Place::Anywhere || self.is_in(texts.value(hit.row), &mut scratch)
            }),
            None => BooleanBuffer::collect_bool(rows, |row| self.is_in(texts.value(row), &mut scratch)),
        }
    }

    /// A search for the needle anywhere, where that is quicker than text by text.
    fn search_of_columns(&self, texts: Strings<'_>, rows: usize) -> Option<ColumnSearch> {
        if texts.is_constant() || matches!(self.place, Place::Start | Place::End) {
            return None;
        }
        let (needle, ignore_case) = match &self.search {
            Search::Exact(finder) => (finder.needle(), false),
            Search::Ascii { needle, .. } => (*needle, true),
            Search::Folded(_) => return None,
        };
        ColumnSearch::new(&Words::new([std::str::from_utf8(needle).ok()?], ignore_case)?, rows)
    }

    fn is_term_in(&self, text: &str, starts_term: bool, ends_term: bool) -> bool {
        let mut from = 0;
        while let Some(at) = text.as_bytes().get(from..).and_then(|rest| self.find(rest)) {
            let start = from + at;
            let begins = !starts_term || !ends_in_term(text, start);
            if begins && (!ends_term || !starts_in_term(text, start + self.length)) {
                return true;
            }
            from = start + 1;
        }
        false
    }

    /// Where the needle first lies.
    fn find(&self, text: &[u8]) -> Option<usize> {
        match &self.search {
            Search::Exact(finder) => finder.find(text),
            Search::Folded(finder) => finder.find(text),
            Search::Ascii { needle, rarest } => find_ascii(text, needle, *rarest),
        }
    }

    /// Whether a text of the needle's length is the needle.
    fn equals(&self, text: &[u8]) -> bool {
        match &self.search {
            Search::Exact(finder) => finder.needle() == text,
            Search::Folded(finder) => finder.needle() == text,
            Search::Ascii { needle, .. } => needle.eq_ignore_ascii_case(text),
        }
    }
}

/// Whether an ASCII needle that stands at this place of a text is a whole term of it.
pub fn is_term_at(text: &str, place: usize, needle: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    (!edge(needle.as_bytes().first()) || !ends_in_term(text, place))
        && (!edge(needle.as_bytes().last()) || !starts_in_term(text, place + needle.len()))
}

/// Finds an ASCII needle without regard to case, by the places where its rarest byte stands.
fn find_ascii(text: &[u8], needle: &[u8], rarest: usize) -> Option<usize> {
    let Some(&byte) = needle.get(rarest) else { return Some(0) };
    let (lower, upper) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
    let mut from = rarest;
    loop {
        let rest = text.get(from..)?;
        let at = from + if lower == upper { memchr(lower, rest) } else { memchr2(lower, upper, rest) }?;
        let start = at - rarest;
        if text.get(start..start + needle.len())?.eq_ignore_ascii_case(needle) {
            return Some(start);
        }
        from = at + 1;
    }
}

/// The position of the byte that is likely to be rarest in logs and paths.
fn rarest(needle: &[u8]) -> usize {
    const COMMON: &[u8] = b" etaoinsrlcdmup./\\-_:0123hgfybwvkxjqz456789";
    let rank = |byte: &u8| {
        let byte = byte.to_ascii_lowercase();
        COMMON.iter().position(|common| *common == byte).unwrap_or(COMMON.len())
    };
    needle.iter().enumerate().max_by_key(|(_, byte)| rank(byte)).map_or(0, |(position, _)| position)
}

/// Whether the character before this place is part of a term.
fn ends_in_term(text: &str, place: usize) -> bool {
    match place.checked_sub(1).and_then(|before| text.as_bytes().get(before)) {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric(),
        Some(_) => text.get(..place).and_then(|text| text.chars().next_back()).is_some_and(char::is_alphanumeric),
    }
}

/// Whether the character at this place is part of a term.
fn starts_in_term(text: &str, place: usize) -> bool {
    match text.as_bytes().get(place) {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric(),
        Some(_) => text.get(place..).and_then(|text| text.chars().next()).is_some_and(char::is_alphanumeric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, needle: &str, place: Place, case: Case) -> bool {
        Needle::new(needle, place, case).is_in(text, &mut String::new())
    }

    fn has(text: &str, needle: &str) -> bool {
        found(text, needle, Place::Term, Case::Insensitive)
    }

    #[test]
    fn terms_are_whole() {
        assert!(has("powershell.exe -enc", "ENC"));
        assert!(has("xenc enc", "enc"));
        assert!(!has("xenc encx", "enc"));
        assert!(!has("", "enc"));
        assert!(has("a_b", "a"));
        assert!(has("C:\\Windows\\System32\\cmd.exe", "system32\\CMD"));
        assert!(!has("C:\\Windows\\System32\\cmd.exe", "system32\\CM"));
    }

    #[test]
    fn a_needle_that_ends_outside_a_term_needs_no_boundary() {
        assert!(has("cmd.exe", ".exe"));
        assert!(has("a b", " "));
        assert!(has("x--y", "-"));
        assert!(has("anything", ""));
        assert!(has("", ""));
    }

    #[test]
    fn letters_outside_ascii_are_letters() {
        assert!(has("un NAÏVE homme", "naïve"));
        assert!(!has("naïve", "na"));
        assert!(!has("éa", "a"));
        assert!(!has("aé", "a"));
        assert!(has("a😀", "a"));
        assert!(found("Größe", "RÖSS", Place::Anywhere, Case::Insensitive) == "größe".contains("röss"));
    }

    #[test]
    fn prefixes_and_suffixes_of_terms() {
        assert!(found("my category", "CAT", Place::TermPrefix, Case::Insensitive));
        assert!(!found("scatter", "cat", Place::TermPrefix, Case::Insensitive));
        assert!(found("tomcat x", "cat", Place::TermSuffix, Case::Insensitive));
        assert!(!found("category", "cat", Place::TermSuffix, Case::Insensitive));
        assert!(!found("my Category", "cat", Place::TermPrefix, Case::Sensitive));
    }

    #[test]
    fn ends_of_the_text() {
        assert!(found("Été chaud", "éTÉ", Place::Start, Case::Insensitive));
        assert!(!found("ab", "abc", Place::Start, Case::Insensitive));
        assert!(found("report.DOCX", ".docx", Place::End, Case::Insensitive));
        assert!(!found("report.DOCX", ".docx", Place::End, Case::Sensitive));
        assert!(found("é", "", Place::End, Case::Insensitive));
        assert!(!found("é", "a", Place::End, Case::Insensitive));
    }

    #[test]
    fn search_by_the_rarest_byte_finds_what_a_plain_search_finds() {
        let texts = ["", "q", "aq", "qa", "aqaqa", "QaQ", "bbbaq", "zzzz", "a q"];
        let needles = ["", "q", "aq", "qa", "qaq", "a", "zz", "zzz"];
        for text in texts {
            for needle in needles {
                let expected = text.to_lowercase().contains(needle);
                assert_eq!(found(text, needle, Place::Anywhere, Case::Insensitive), expected, "{needle} in {text}");
            }
        }
    }
}
