//! The keys and values of `parse-kv` (Kusto page: *parse-kv operator*).

use std::borrow::Cow;

use regex::{CaptureLocations, Regex};
use serde::{Deserialize, Serialize};

use super::Matcher;
use crate::KernelError;

/// Which keys to look for, and how they are told from their values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyValues {
    pub keys: Vec<String>,
    pub delimiters: Delimiters,
    pub quotes: Vec<Quote>,
    /// The characters that take the meaning from the one that follows, within quotes.
    pub escapes: Vec<char>,
}

/// A pair of quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quote {
    pub open: char,
    pub close: char,
}

/// How pairs are told apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Delimiters {
    /// By given texts; a greedy value reaches to the next key.
    Given { pair: String, key_value: String, greedy: bool },
    /// By anything that is neither a letter nor a digit.
    Any,
    /// By an expression whose two groups are the key and the value.
    Regex(String),
}

impl KeyValues {
    pub(super) fn matcher(&self) -> Result<Box<dyn Matcher>, KernelError> {
        let Delimiters::Regex(expression) = &self.delimiters else {
            return Ok(Box::new(Scanner { format: self.clone() }));
        };
        let regex = Regex::new(expression)
            .map_err(|_| KernelError("the regular expression of parse-kv is not valid".to_owned()))?;
        if regex.captures_len() != 3 {
            return Err(KernelError("the regular expression of parse-kv must have two groups".to_owned()));
        }
        let locations = regex.capture_locations();
        Ok(Box::new(RegexMatcher { regex, locations, keys: self.keys.clone() }))
    }
}

/// Puts a value in the cell of its key; the first one stands.
fn put<'t>(keys: &[String], cells: &mut [Option<Cow<'t, str>>], key: &str, value: Cow<'t, str>) {
    if let Some((_, cell)) = keys.iter().zip(cells).find(|(wanted, _)| *wanted == key)
        && cell.is_none()
    {
        *cell = Some(value);
    }
}

struct RegexMatcher {
    regex: Regex,
    locations: CaptureLocations,
    keys: Vec<String>,
}

impl Matcher for RegexMatcher {
    fn find<'t>(&mut self, text: &'t str, cells: &mut [Option<Cow<'t, str>>]) -> bool {
        let mut start = 0;
        while let Some(found) = self.regex.captures_read_at(&mut self.locations, text, start) {
            let part = |group| self.locations.get(group).and_then(|(start, end)| text.get(start..end));
            if let (Some(key), Some(value)) = (part(1), part(2)) {
                put(&self.keys, cells, key.trim(), Cow::Borrowed(value.trim()));
            }
            // An empty match must not be found again.
            let step = text.get(found.end()..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            start = if found.is_empty() { found.end() + step } else { found.end() };
            if start > text.len() {
                break;
            }
        }
        true
    }
}

/// Reads pairs one by one.
struct Scanner {
    format: KeyValues,
}

impl Matcher for Scanner {
    fn find<'t>(&mut self, text: &'t str, cells: &mut [Option<Cow<'t, str>>]) -> bool {
        match &self.format.delimiters {
            Delimiters::Given { pair, key_value, greedy } => self.given(text, pair, key_value, *greedy, cells),
            _ => self.any(text, cells),
        }
        true
    }
}

impl Scanner {
    fn given<'t>(&self, text: &'t str, pair: &str, key_value: &str, greedy: bool, cells: &mut [Option<Cow<'t, str>>]) {
        let mut rest = text;
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return;
            }
            let (key, after) = self.key(rest, pair, key_value);
            let Some(after) = after else {
                // Not a key: on with what follows the next delimiter.
                match rest.find(pair).and_then(|at| rest.get(at + pair.len()..)) {
                    Some(next) => rest = next,
                    None => return,
                }
                continue;
            };
            let (value, next) = self.value(after, pair, key_value, greedy);
            put(&self.format.keys, cells, &key, value);
            rest = next;
        }
    }

    /// The key at the start of a text, and what follows its delimiter if it has one.
    fn key<'t>(&self, text: &'t str, pair: &str, key_value: &str) -> (Cow<'t, str>, Option<&'t str>) {
        let (key, rest) = match self.quoted(text) {
            Some(quoted) => quoted,
            None => {
                let end = match (text.find(pair), text.find(key_value)) {
                    (Some(pair), Some(key_value)) => pair.min(key_value),
                    (at, other) => at.or(other).unwrap_or(text.len()),
                };
                let (key, rest) = text.split_at_checked(end).unwrap_or((text, ""));
                (Cow::Borrowed(key.trim()), rest)
            }
        };
        (key, rest.trim_start().strip_prefix(key_value))
    }

    /// The value at the start of a text, and what follows its delimiter.
    fn value<'t>(&self, text: &'t str, pair: &str, key_value: &str, greedy: bool) -> (Cow<'t, str>, &'t str) {
        // A value may be empty, unless it is blanks that part the pairs.
        let text = if text.starts_with(pair) && !pair.trim().is_empty() { text } else { text.trim_start() };
        if let Some((value, rest)) = self.quoted(text) {
            let rest = rest.find(pair).and_then(|at| rest.get(at + pair.len()..)).unwrap_or("");
            return (value, rest);
        }
        let mut from = 0;
        loop {
            let Some(at) = text.get(from..).and_then(|rest| rest.find(pair)).map(|at| at + from) else {
                return (Cow::Borrowed(text.trim()), "");
            };
            let next = text.get(at + pair.len()..).unwrap_or("");
            if !greedy || self.key(next.trim_start(), pair, key_value).1.is_some() {
                return (Cow::Borrowed(text.get(..at).unwrap_or("").trim()), next);
            }
            from = at + pair.len();
        }
    }

    /// The quoted text at the start of a text, and the rest.
    fn quoted<'t>(&self, text: &'t str) -> Option<(Cow<'t, str>, &'t str)> {
        let first = text.chars().next()?;
        let quote = self.format.quotes.iter().find(|quote| quote.open == first)?;
        let inner = text.get(first.len_utf8()..)?;
        let mut unescaped: Option<String> = None;
        let mut characters = inner.char_indices();
        while let Some((at, character)) = characters.next() {
            if self.format.escapes.contains(&character) {
                let content = unescaped.get_or_insert_with(|| inner.get(..at).unwrap_or("").to_owned());
                content.extend(characters.next().map(|(_, next)| next));
            } else if character == quote.close {
                let value = match unescaped {
                    Some(content) => Cow::Owned(content),
                    None => Cow::Borrowed(inner.get(..at)?),
                };
                return Some((value, inner.get(at + character.len_utf8()..)?));
            } else if let Some(content) = &mut unescaped {
                content.push(character);
            }
        }
        None
    }

    fn any<'t>(&self, text: &'t str, cells: &mut [Option<Cow<'t, str>>]) {
        let mut key: Option<Cow<'t, str>> = None;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let word = match self.quoted(rest) {
                Some((word, after)) => {
                    rest = after;
                    word
                }
                None if !first.is_alphanumeric() => {
                    rest = rest.get(first.len_utf8()..).unwrap_or("");
                    continue;
                }
                None => {
                    let end = rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len());
                    let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                    rest = after;
                    Cow::Borrowed(word)
                }
            };
            match key.take() {
                Some(key) => put(&self.format.keys, cells, &key, word),
                None => key = Some(word).filter(|word| self.format.keys.iter().any(|key| key == word)),
            }
        }
    }
}
