//! Compiled regular expressions: a constant pattern is compiled once a batch, patterns that differ by row go
//! through a small cache.
//!
//! Patterns have the syntax of the `regex` crate, which is the one that Kusto documents.

use std::borrow::Cow;
use std::collections::HashMap;

use regex::{CaptureLocations, Regex};

use crate::KernelError;
use crate::argument::Strings;

/// How many patterns of a batch are remembered; beyond that the cache starts anew.
const REMEMBERED: usize = 256;

/// A compiled pattern, with room for what it captures so that matching allocates nothing.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    pub(crate) locations: CaptureLocations,
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
        let regex = Regex::new(&wrap(pattern)).map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or("").trim_start_matches("error: ");
            KernelError(format!("the regular expression '{pattern}' is not valid: {reason}"))
        })?;
        let locations = regex.capture_locations();
        Ok(Pattern { regex, locations })
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
