//! The patterns of `parse` and `parse-where` (Kusto page: *parse operator*), as one regular expression.

use std::borrow::Cow;
use std::fmt::Write;

use kql_types::ScalarType;
use regex::{CaptureLocations, Regex};
use serde::{Deserialize, Serialize};

use super::Matcher;
use super::plain::{PlainMatcher, PlainPart, plain_parts};
use crate::KernelError;

/// How strictly a pattern is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParseKind {
    /// Texts are plain; a value that is not of its type spoils its row.
    Simple,
    /// Texts are regular expressions.
    Regex,
    /// As simple, but a value that is not of its type is null by itself.
    Relaxed,
}

/// A pattern, which a text must match from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pattern {
    pub kind: ParseKind,
    /// The expression, with a group for each column.
    expression: String,
    /// The parts, where a search for texts does.
    plain: Option<Vec<PlainPart>>,
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// `*`: anything.
    Anything,
    /// A plain text, or a regular expression.
    Text(String),
    /// A column of a type.
    Column(ScalarType),
}

impl Pattern {
    /// A pattern of these parts. The flags, as in `(?Ui)`, are those of regular expressions.
    pub fn new(kind: ParseKind, flags: &str, parts: &[Part]) -> Result<Pattern, KernelError> {
        let mut expression = match (kind, flags) {
            (ParseKind::Regex, "") => String::new(),
            (ParseKind::Regex, flags) => format!("(?{flags})"),
            _ => "(?s)".to_owned(),
        };
        expression.push_str(r"\A");
        let mut columns = 0;
        for part in parts {
            match part {
                Part::Anything => expression.push_str("(?:.*?)"),
                Part::Text(text) if kind == ParseKind::Regex => {
                    // Writing to a string does not fail.
                    let _ = write!(expression, "(?:{text})");
                }
                Part::Text(text) => expression.push_str(&regex::escape(text)),
                Part::Column(scalar_type) => {
                    let _ = write!(expression, "(?P<{}>{})", group(columns), value(kind, *scalar_type));
                    columns += 1;
                }
            }
        }
        expression.push_str(r"\z");
        let pattern = Pattern { kind, expression, plain: plain_parts(kind, parts) };
        pattern.compiled()?;
        Ok(pattern)
    }

    /// The regular expression that a text must match.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    fn compiled(&self) -> Result<Regex, KernelError> {
        Regex::new(&self.expression).map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or("").trim_start_matches("error: ");
            KernelError(format!("the pattern is not a valid regular expression: {reason}"))
        })
    }

    pub(super) fn matcher(&self) -> Result<PatternMatcher, KernelError> {
        let regex = self.compiled()?;
        let names: Vec<Option<&str>> = regex.capture_names().collect();
        let mut groups = Vec::new();
        while let Some(at) = names.iter().position(|name| *name == Some(group(groups.len()).as_str())) {
            groups.push(at);
        }
        let locations = regex.capture_locations();
        let plain = self.plain.as_deref().map(PlainMatcher::new);
        Ok(PatternMatcher { plain, regex, groups, locations })
    }
}

/// The name of a column's group; the expressions of a query may have groups of their own.
fn group(column: usize) -> String {
    format!("kql_column_{column}")
}

/// The expression that a value must match before it is converted.
fn value(kind: ParseKind, scalar_type: ScalarType) -> &'static str {
    let whole = matches!(scalar_type, ScalarType::Int | ScalarType::Long);
    let number = matches!(scalar_type, ScalarType::Real | ScalarType::Decimal);
    match kind {
        ParseKind::Relaxed if whole => r"-?\d+|.*?",
        _ if whole => r"-?\d+",
        ParseKind::Relaxed if number => r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|.*?",
        _ if number => r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?i:nan|inf|infinity)",
        ParseKind::Regex => ".*",
        _ => ".*?",
    }
}

pub(super) struct PatternMatcher {
    plain: Option<PlainMatcher>,
    regex: Regex,
    groups: Vec<usize>,
    locations: CaptureLocations,
}

impl Matcher for PatternMatcher {
    fn find<'t>(&mut self, text: &'t str, cells: &mut [Option<Cow<'t, str>>]) -> bool {
        if let Some(found) = self.plain.as_ref().and_then(|plain| plain.find(text, cells)) {
            return found;
        }
        if self.regex.captures_read(&mut self.locations, text).is_none() {
            return false;
        }
        for (cell, group) in cells.iter_mut().zip(&self.groups) {
            let place = self.locations.get(*group);
            *cell = place.and_then(|(start, end)| text.get(start..end)).map(Cow::Borrowed);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Chance;

    fn cells(matcher: &mut PatternMatcher, text: &str, columns: usize) -> Option<Vec<Option<String>>> {
        let mut cells = vec![None; columns];
        let found = matcher.find(text, &mut cells);
        found.then(|| cells.into_iter().map(|cell| cell.map(Cow::into_owned)).collect())
    }

    #[test]
    fn a_search_for_texts_finds_what_the_expression_does() {
        let mut chance = Chance::new(23);
        let (mut plain, mut matched) = (0, 0);
        let types = [ScalarType::String, ScalarType::Long, ScalarType::DateTime, ScalarType::Real];
        let pieces = ["a", "b", "é", "1", "22", "-", "a1", "ab", ",", "٣"];
        for _ in 0..1_000 {
            let parts: Vec<Part> = (0..1 + chance.below(6))
                .map(|_| match chance.below(4) {
                    0 => Part::Anything,
                    1 => Part::Column(*chance.pick(&types)),
                    _ => Part::Text((0..chance.below(3)).map(|_| *chance.pick(&pieces)).collect()),
                })
                .collect();
            let columns = parts.iter().filter(|part| matches!(part, Part::Column(_))).count();
            let kind = *chance.pick(&[ParseKind::Simple, ParseKind::Relaxed]);
            let pattern = Pattern::new(kind, "", &parts).unwrap();
            let mut quick = pattern.matcher().unwrap();
            let mut sure = pattern.matcher().unwrap();
            sure.plain = None;
            plain += usize::from(quick.plain.is_some());
            for _ in 0..60 {
                let text: String = (0..chance.below(9)).map(|_| *chance.pick(&pieces)).collect();
                let expected = cells(&mut sure, &text, columns);
                matched += usize::from(expected.is_some() && quick.plain.is_some());
                assert_eq!(cells(&mut quick, &text, columns), expected, "{parts:?} on {text:?}");
            }
        }
        assert!(plain > 400 && matched > 4000, "{plain} {matched}");
    }
}
