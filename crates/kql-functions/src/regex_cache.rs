//! Compiled regular expressions: each thread keeps those that it compiled last, for a constant pattern comes again with
//! the next batch, and patterns may differ by row.
//!
//! Patterns have the syntax of the `regex` crate, which is the one that Kusto documents.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use arrow::buffer::BooleanBuffer;
use regex::{CaptureLocations, Regex};

use crate::KernelError;
use crate::argument::Strings;
use crate::column_search::{self, ColumnSearch, Words};

/// How many patterns of a batch are remembered; beyond that the cache starts anew.
const REMEMBERED: usize = 256;

/// How many patterns a thread keeps from batch to batch; beyond that it starts anew.
const KEPT: usize = 64;

/// An expression, and words of which one stands in every match.
type Compiled = (Rc<Regex>, Rc<Option<Words>>);

thread_local! {
    /// By the text that was compiled.
    static COMPILED: RefCell<HashMap<String, Compiled>> = RefCell::default();
}

/// A compiled pattern, with room for what it captures so that matching allocates nothing.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// Not a copy for each batch: what it has learnt while matching stays with it.
    pub(crate) regex: Rc<Regex>,
    pub(crate) locations: CaptureLocations,
    /// Words of which one stands in every match, if there are any.
    words: Rc<Option<Words>>,
}

/// The patterns of one argument.
#[derive(Debug)]
pub(crate) struct Patterns<'a> {
    texts: Strings<'a>,
    /// Makes the expression that is compiled of the pattern that the query wrote.
    wrap: fn(&str) -> Cow<'_, str>,
    constant: Option<Pattern>,
    remembered: HashMap<&'a str, Pattern>,
}

impl<'a> Patterns<'a> {
    /// The patterns as they are written. Fails when the pattern is constant and invalid.
    pub(crate) fn new(texts: Strings<'a>) -> Result<Patterns<'a>, KernelError> {
        Patterns::wrapped(texts, |pattern| Cow::Borrowed(pattern))
    }

    /// The patterns as part of a larger expression, which `wrap` makes.
    pub(crate) fn wrapped(texts: Strings<'a>, wrap: fn(&str) -> Cow<'_, str>) -> Result<Patterns<'a>, KernelError> {
        let constant = texts.constant().map(|pattern| Pattern::compile(pattern, wrap)).transpose()?;
        Ok(Patterns { texts, wrap, constant, remembered: HashMap::new() })
    }

    /// The compiled pattern, when it is the same for every row.
    pub(crate) fn constant(&self) -> Option<&Pattern> {
        self.constant.as_ref()
    }

    /// The pattern of a row.
    pub(crate) fn get(&mut self, row: usize) -> Result<&mut Pattern, KernelError> {
        if let Some(pattern) = &mut self.constant {
            return Ok(pattern);
        }
        let text = self.texts.value(row);
        if !self.remembered.contains_key(text) {
            if self.remembered.len() >= REMEMBERED {
                self.remembered.clear();
            }
            self.remembered.insert(text, Pattern::compile(text, self.wrap)?);
        }
        self.remembered.get_mut(text).ok_or_else(|| KernelError(format!("the pattern '{text}' was forgotten")))
    }
}

impl Pattern {
    fn compile(pattern: &str, wrap: fn(&str) -> Cow<'_, str>) -> Result<Pattern, KernelError> {
        let wrapped = wrap(pattern);
        let kept = COMPILED.with_borrow(|compiled| compiled.get(wrapped.as_ref()).cloned());
        let (regex, words) = match kept {
            Some(kept) => kept,
            None => {
                let regex = Regex::new(&wrapped).map_err(|error| {
                    let text = error.to_string();
                    let reason = text.lines().last().unwrap_or("").trim_start_matches("error: ");
                    KernelError(format!("the regular expression '{pattern}' is not valid: {reason}"))
                })?;
                let new = (Rc::new(regex), Rc::new(column_search::of_expression(&wrapped)));
                COMPILED.with_borrow_mut(|compiled| {
                    if compiled.len() >= KEPT {
                        compiled.clear();
                    }
                    compiled.insert(wrapped.into_owned(), new.clone());
                });
                new
            }
        };
        let locations = regex.capture_locations();
        Ok(Pattern { regex, locations, words })
    }

    /// The rows whose texts may match: those that hold a word without which there is no match, and of them those that
    /// `decide` chooses. `None` when there is no such word, or one by one is as quick.
    pub(crate) fn candidates(
        &self,
        texts: Strings<'_>,
        rows: usize,
        mut decide: impl FnMut(usize) -> bool,
    ) -> Option<BooleanBuffer> {
        if texts.is_constant() {
            return None;
        }
        let search = ColumnSearch::new(self.words.as_ref().as_ref()?, rows)?;
        Some(search.rows(texts, rows, |hit| decide(hit.row)))
    }

    /// The places of a capture group in the first match; group 0 is the match itself.
    pub(crate) fn first(&mut self, text: &str, group: usize) -> Option<(usize, usize)> {
        if group == 0 {
            // The whole match needs no bookkeeping of groups, which makes it several times quicker.
            return self.regex.find(text).map(|found| (found.start(), found.end()));
        }
        if group >= self.locations.len() {
            return None;
        }
        self.regex.captures_read(&mut self.locations, text)?;
        self.locations.get(group)
    }

    /// Calls `visit` with the captures of every match from left to right; matches do not overlap.
    pub(crate) fn each(&mut self, text: &str, mut visit: impl FnMut(&CaptureLocations)) {
        let (mut at, mut last_end) = (0, None);
        while at <= text.len() {
            let Some(found) = self.regex.captures_read_at(&mut self.locations, text, at) else { return };
            let end = found.end();
            if found.is_empty() && last_end == Some(end) {
                // An empty match right behind a match does not count: go on behind the next character.
                let next = text.get(end..).and_then(|rest| rest.chars().next());
                at = end + next.map_or(1, char::len_utf8);
                continue;
            }
            visit(&self.locations);
            (at, last_end) = (end, Some(end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arguments;
    use crate::testing::{strings, text};

    #[test]
    fn patterns_that_differ_by_row_are_compiled_as_needed() {
        let arguments = [strings(&["a+", "b", "a+"])];
        let arguments = Arguments::new(&arguments, 3);
        let mut patterns = Patterns::new(arguments.strings(0).unwrap()).unwrap();
        assert!(patterns.get(0).unwrap().regex.is_match("aa"));
        assert!(!patterns.get(1).unwrap().regex.is_match("aa"));
        assert!(patterns.get(2).unwrap().regex.is_match("aa"));
        assert_eq!(patterns.remembered.len(), 2);
    }

    #[test]
    fn an_invalid_pattern_is_named() {
        let arguments = [text("(a")];
        let error = Patterns::new(Arguments::new(&arguments, 1).strings(0).unwrap()).unwrap_err();
        insta::assert_snapshot!(error, @"the regular expression '(a' is not valid: unclosed group");
    }

    #[test]
    fn matches_are_visited_as_the_crate_iterates_them() {
        for (pattern, text) in [("a*", "baac"), ("", "äb"), ("x*", ""), ("b|", "abé"), ("a", "aaa"), ("\\b", "a é")]
        {
            let mut compiled = Pattern::compile(pattern, |pattern| Cow::Borrowed(pattern)).unwrap();
            let mut visited = Vec::new();
            compiled.each(text, |locations| visited.extend(locations.get(0)));
            let expected: Vec<_> = Regex::new(pattern).unwrap().find_iter(text).map(|m| (m.start(), m.end())).collect();
            assert_eq!(visited, expected, "{pattern} on {text}");
        }
    }
}
