//! Patterns of `parse` without regular expressions: plain texts, anything, and whole numbers.
//!
//! Between the gaps, which anything may fill, stand runs of texts and numbers that follow each other at once. Each run
//! is looked for from where the one before it ended, and the first place counts: taking a later one never helps the
//! runs behind it, as what matches from a later place does not end earlier. The regular expression of the pattern
//! finds the same, at several times the cost.

use std::borrow::Cow;

use kql_types::ScalarType;
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::pattern::{ParseKind, Part};

/// A part of a pattern that takes no regular expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum PlainPart {
    Anything,
    Text(String),
    /// A column that takes anything.
    Value,
    /// A column that takes a whole number.
    Number,
}

/// The parts, if none of them takes a regular expression.
pub(super) fn plain_parts(kind: ParseKind, parts: &[Part]) -> Option<Vec<PlainPart>> {
    let plain = |part: &Part| match part {
        Part::Anything => Some(PlainPart::Anything),
        Part::Text(_) if kind == ParseKind::Regex => None,
        Part::Text(text) => Some(PlainPart::Text(text.clone())),
        Part::Column(ScalarType::Int | ScalarType::Long) => (kind == ParseKind::Simple).then_some(PlainPart::Number),
        Part::Column(ScalarType::Real | ScalarType::Decimal) => None,
        Part::Column(_) => (kind != ParseKind::Regex).then_some(PlainPart::Value),
    };
    // An empty text says nothing.
    let parts = parts.iter().filter(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    parts.map(plain).collect::<Option<Vec<_>>>().filter(|parts| numbers_are_certain(parts))
}

/// Whether all digits of a number are the number's: none of them may be needed by what follows.
fn numbers_are_certain(parts: &[PlainPart]) -> bool {
    parts.iter().enumerate().filter(|(_, part)| **part == PlainPart::Number).all(|(place, _)| {
        let mut rest = parts.iter().skip(place + 1);
        match rest.find(|part| matches!(part, PlainPart::Text(_) | PlainPart::Number)) {
            Some(PlainPart::Text(text)) => !text.starts_with(|first: char| first.is_ascii_digit()),
            next => next.is_none(),
        }
    })
}

/// A pattern as runs with gaps between them.
pub(super) struct PlainMatcher {
    /// The first one stands at the start, maybe without any item.
    runs: Vec<Run>,
    /// Whether a gap ends the pattern; without one the last run ends where the text does.
    ends_in_gap: bool,
    has_numbers: bool,
}

/// A gap and what stands behind it.
#[derive(Default)]
struct Run {
    /// What the gap fills, `None` being `*`. Each takes as little as it can, so that the last one takes it all.
    columns: Vec<Option<usize>>,
    has_gap: bool,
    items: Vec<Item>,
}

enum Item {
    Text(Box<Finder<'static>>),
    /// A whole number in ASCII digits, and its column.
    Number(usize),
}

impl PlainMatcher {
    pub(super) fn new(parts: &[PlainPart]) -> PlainMatcher {
        let (mut runs, mut run) = (Vec::new(), Run::default());
        let (mut column, mut has_numbers) = (0, false);
        for part in parts {
            match part {
                PlainPart::Text(text) => run.items.push(Item::Text(Box::new(Finder::new(text).into_owned()))),
                PlainPart::Number => {
                    run.items.push(Item::Number(column));
                    has_numbers = true;
                }
                PlainPart::Anything | PlainPart::Value => {
                    if !run.has_gap || !run.items.is_empty() {
                        runs.push(std::mem::take(&mut run));
                        run.has_gap = true;
                    }
                    run.columns.push((*part == PlainPart::Value).then_some(column));
                }
            }
            column += usize::from(matches!(part, PlainPart::Value | PlainPart::Number));
        }
        let ends_in_gap = run.has_gap && run.items.is_empty();
        runs.push(run);
        PlainMatcher { runs, ends_in_gap, has_numbers }
    }

    /// Fills the cells; whether the text is of the form. `None` for a text that the regular expression is to decide
    /// about: other scripts' digits make numbers too.
    pub(super) fn find<'t>(&self, text: &'t str, cells: &mut [Option<Cow<'t, str>>]) -> Option<bool> {
        if self.has_numbers && !text.is_ascii() {
            return None;
        }
        let mut at = 0;
        for (number, run) in self.runs.iter().enumerate() {
            let is_last = number + 1 == self.runs.len();
            let place = if is_last && self.ends_in_gap {
                Some((text.len(), text.len()))
            } else {
                run.find(text, at, is_last, cells)
            };
            let Some((start, end)) = place else { return Some(false) };
            if let Some((last, others)) = run.columns.split_last() {
                for column in others.iter().flatten() {
                    set(cells, *column, text.get(at..at));
                }
                if let Some(column) = last {
                    set(cells, *column, text.get(at..start));
                }
            }
            at = end;
        }
        Some(true)
    }
}

impl Run {
    /// The first place from `from` on where the items stand, up to the end of the text if that `is_last`.
    fn find<'t>(
        &self,
        text: &'t str,
        from: usize,
        is_last: bool,
        cells: &mut [Option<Cow<'t, str>>],
    ) -> Option<(usize, usize)> {
        let fits = |end: &usize| !is_last || *end == text.len();
        if !self.has_gap {
            return self.read(text, from, cells).filter(fits).map(|end| (from, end));
        }
        let rest = text.as_bytes().get(from..)?;
        match self.items.as_slice() {
            // A text alone at the end needs no search.
            [Item::Text(finder)] if is_last => {
                let start = text.len().checked_sub(finder.needle().len())?;
                (start >= from && rest.ends_with(finder.needle())).then_some((start, text.len()))
            }
            [Item::Text(finder), ..] => {
                let mut start = from;
                loop {
                    start += finder.find(text.as_bytes().get(start..)?)?;
                    if let Some(end) = self.read(text, start, cells).filter(fits) {
                        return Some((start, end));
                    }
                    // Places may overlap.
                    start += 1;
                }
            }
            _ => {
                (from..text.len()).find_map(|start| self.read(text, start, cells).filter(fits).map(|end| (start, end)))
            }
        }
    }

    /// Reads the items from a place on and returns where they end.
    fn read<'t>(&self, text: &'t str, start: usize, cells: &mut [Option<Cow<'t, str>>]) -> Option<usize> {
        let mut at = start;
        for item in &self.items {
            let rest = text.as_bytes().get(at..)?;
            match item {
                Item::Text(finder) => {
                    if !rest.starts_with(finder.needle()) {
                        return None;
                    }
                    at += finder.needle().len();
                }
                Item::Number(column) => {
                    let sign = usize::from(rest.first() == Some(&b'-'));
                    let digits = rest.iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
                    if digits == 0 {
                        return None;
                    }
                    let end = at + sign + digits;
                    set(cells, *column, text.get(at..end));
                    at = end;
                }
            }
        }
        Some(at)
    }
}

fn set<'t>(cells: &mut [Option<Cow<'t, str>>], column: usize, text: Option<&'t str>) {
    if let Some(cell) = cells.get_mut(column) {
        *cell = text.map(Cow::Borrowed);
    }
}
