//! Compiled regular expressions: a constant pattern is compiled once a batch, patterns that differ by row go
//! through a small cache.

use std::borrow::Cow;
use std::collections::HashMap;

use regex::Regex;

use crate::KernelError;
use crate::argument::Strings;

/// How many patterns of a batch are remembered; beyond that the cache starts anew.
const REMEMBERED: usize = 256;

/// The patterns of one argument.
#[derive(Debug)]
pub(crate) struct Patterns<'a> {
    texts: Strings<'a>,
    /// Makes the expression that is compiled of the pattern that the query wrote.
    wrap: fn(&str) -> Cow<'_, str>,
    constant: Option<Regex>,
    remembered: HashMap<&'a str, Regex>,
}

impl<'a> Patterns<'a> {
    /// The patterns as they are written. Fails when the pattern is constant and invalid.
    pub(crate) fn new(texts: Strings<'a>) -> Result<Patterns<'a>, KernelError> {
        Patterns::wrapped(texts, |pattern| Cow::Borrowed(pattern))
    }

    /// The patterns as part of a larger expression, which `wrap` makes.
    pub(crate) fn wrapped(texts: Strings<'a>, wrap: fn(&str) -> Cow<'_, str>) -> Result<Patterns<'a>, KernelError> {
        let constant = texts.constant().map(|pattern| compile(pattern, wrap)).transpose()?;
        Ok(Patterns { texts, wrap, constant, remembered: HashMap::new() })
    }

    /// The pattern of a row.
    pub(crate) fn get(&mut self, row: usize) -> Result<&Regex, KernelError> {
        if let Some(regex) = &self.constant {
            return Ok(regex);
        }
        let pattern = self.texts.value(row);
        if !self.remembered.contains_key(pattern) {
            if self.remembered.len() >= REMEMBERED {
                self.remembered.clear();
            }
            self.remembered.insert(pattern, compile(pattern, self.wrap)?);
        }
        self.remembered.get(pattern).ok_or_else(|| KernelError(format!("the pattern '{pattern}' was forgotten")))
    }
}

/// Compiles a pattern in RE2's syntax.
fn compile(pattern: &str, wrap: fn(&str) -> Cow<'_, str>) -> Result<Regex, KernelError> {
    Regex::new(&wrap(pattern)).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or("").trim_start_matches("error: ");
        KernelError(format!("the regular expression '{pattern}' is not valid: {reason}"))
    })
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
        assert!(patterns.get(0).unwrap().is_match("aa"));
        assert!(!patterns.get(1).unwrap().is_match("aa"));
        assert!(patterns.get(2).unwrap().is_match("aa"));
        assert_eq!(patterns.remembered.len(), 2);
    }

    #[test]
    fn an_invalid_pattern_is_named() {
        let arguments = [text("(a")];
        let error = Patterns::new(Arguments::new(&arguments, 1).strings(0).unwrap()).unwrap_err();
        insta::assert_snapshot!(error, @"the regular expression '(a' is not valid: unclosed group");
    }
}
