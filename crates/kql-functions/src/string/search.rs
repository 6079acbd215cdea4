//! Finding strings in strings.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;
use memchr::memmem::Finder;

use super::position;
use crate::argument::{Primitives, Strings};
use crate::documentation::example;
use crate::overload::overload;
use crate::regex_cache::Patterns;
use crate::signature::{integer, parameter, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[INDEXOF, INDEXOF_REGEX, COUNTOF];

const INDEXOF: Function = Function {
    name: "indexof",
    aliases: &[],
    documentation: Documentation {
        summary: "Finds the position of a string in another.",
        returns: "The position of the match in code points from 0, or -1 when there is none; null when `start` lies \
                  before the string, `length` is below -1 or `occurrence` is negative.",
        notes: "The search is case-sensitive. A negative `start` counts from the end. Matches may overlap.",
        page: "indexof-function",
    },
    overloads: &[overload!([
        text_of_any("string").describe("The text to search in."),
        text_of_any("match").describe("What to look for."),
        integer("start").optional().describe("Where to start; negative counts from the end."),
        integer("length").optional().describe("How many code points to search; -1, the default, is all."),
        integer("occurrence").constant().optional().describe("Which occurrence to give; the first by default."),
    ] -> Long, indexof)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print indexof('powershell', 'shell')", "5"),
        example("print indexof('powershell', 'Shell')", "-1"),
        example("print indexof('abcabc', 'bc', 2)", "4"),
        example("print indexof('abcabc', 'bc', 0, -1, 2)", "4"),
    ],
};

fn indexof(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (texts, needles) = (arguments.strings(0)?, arguments.strings(1)?);
    let constant = needles.constant().map(Finder::new);
    let window = Window::of(arguments)?;
    Ok(output::longs(arguments.rows(), |row| {
        let part = window.get(texts.value(row), row, true)?;
        let of_row;
        let finder = match &constant {
            Some(finder) => finder,
            None => {
                of_row = Finder::new(needles.value(row));
                &of_row
            }
        };
        part.position(overlapping(finder, part.text).nth(part.skip))
    }))
}

const INDEXOF_REGEX: Function = Function {
    name: "indexof_regex",
    aliases: &[],
    documentation: Documentation {
        summary: "Finds the position of a regular expression's match in a string.",
        returns: "The position of the match in code points from 0, or -1 when there is none; null when `start` or \
                  `occurrence` is negative or `length` is below -1.",
        notes: "Matches do not overlap.",
        page: "indexof-regex-function",
    },
    overloads: &[overload!([
        text_of_any("string").describe("The text to search in."),
        text_of_any("match").constant().describe("The regular expression to look for."),
        integer("start").optional().describe("Where to start."),
        integer("length").optional().describe("How many code points to search; -1, the default, is all."),
        integer("occurrence").constant().optional().describe("Which occurrence to give; the first by default."),
    ] -> Long, indexof_regex)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print indexof_regex('port 443', '[0-9]+')", "5"),
        example("print indexof_regex('a1b22', '[0-9]+', 0, -1, 2)", "3"),
        example("print indexof_regex('abc', '[0-9]+')", "-1"),
    ],
};

fn indexof_regex(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    let mut patterns = Patterns::new(arguments.strings(1)?)?;
    let window = Window::of(arguments)?;
    let mut positions = Vec::with_capacity(arguments.rows());
    for row in 0..arguments.rows() {
        let regex = &patterns.get(row)?.regex;
        positions.push(
            window
                .get(texts.value(row), row, false)
                .and_then(|part| part.position(regex.find_iter(part.text).nth(part.skip).map(|found| found.start()))),
        );
    }
    Ok(output::longs(arguments.rows(), |row| positions.get(row).copied().flatten()))
}

/// The optional `start`, `length` and `occurrence` of a search.
struct Window<'a> {
    starts: Option<Primitives<'a, Int64Type>>,
    lengths: Option<Primitives<'a, Int64Type>>,
    occurrences: Option<Primitives<'a, Int64Type>>,
}

/// The part of a text in which to search.
struct Part<'a> {
    text: &'a str,
    /// The code points before it.
    start: usize,
    /// How many matches to pass over.
    skip: usize,
}

impl<'a> Window<'a> {
    fn of(arguments: &Arguments<'a>) -> Result<Window<'a>, KernelError> {
        let optional = |position| {
            if arguments.len() > position { arguments.primitives(position).map(Some) } else { Ok(None) }
        };
        Ok(Window { starts: optional(2)?, lengths: optional(3)?, occurrences: optional(4)? })
    }

    /// The part of a row's text; `None` where the call asks for something impossible.
    fn get<'t>(&self, text: &'t str, row: usize, from_end: bool) -> Option<Part<'t>> {
        let start = self.starts.as_ref().map_or(Some(0), |starts| starts.get(row))?;
        let length = self.lengths.as_ref().map_or(Some(-1), |lengths| lengths.get(row))?;
        let occurrence = self.occurrences.as_ref().map_or(Some(1), |occurrences| occurrences.get(row))?;
        let start =
            if start < 0 && from_end { start.saturating_add_unsigned(position::count(text) as u64) } else { start };
        let start = usize::try_from(start).ok()?;
        let length = if length == -1 { usize::MAX } else { usize::try_from(length).ok()? };
        let skip = usize::try_from(occurrence).ok()?.saturating_sub(1);
        Some(Part { text: position::slice(text, start, length), start, skip })
    }
}

impl Part<'_> {
    /// The position in the whole text of a match at this byte of the part.
    fn position(&self, byte: Option<usize>) -> Option<i64> {
        match byte {
            Some(byte) => i64::try_from(self.start.saturating_add(position::position_of(self.text, byte))).ok(),
            None => Some(-1),
        }
    }
}

/// Where the needle occurs, overlapping occurrences included.
fn overlapping(finder: &Finder<'_>, text: &str) -> impl Iterator<Item = usize> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + finder.find(text.as_bytes().get(from..)?)?;
        from = at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        Some(at)
    })
}

const COUNTOF: Function = Function {
    name: "countof",
    aliases: &[],
    documentation: Documentation {
        summary: "Counts the occurrences of a string or regular expression in a string.",
        returns: "How many matches there are; 0 when `search` is the empty string.",
        notes: "Plain matches may overlap and are case-sensitive; matches of a regular expression do not overlap.",
        page: "countof-function",
    },
    overloads: &[overload!([
        parameter("source", ScalarType::String).describe("The text to search in."),
        parameter("search", ScalarType::String).describe("What to count."),
        parameter("kind", ScalarType::String)
            .literal()
            .optional()
            .values(&["normal", "regex"])
            .describe("`normal`, the default, or `regex`."),
    ] -> Long, countof)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print countof('aaaa', 'aa')", "3"),
        example("print countof('aaaa', 'aa', 'regex')", "2"),
        example("print countof('a1b22', '[0-9]', 'regex')", "3"),
    ],
};

fn countof(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (texts, searches) = (arguments.strings(0)?, arguments.strings(1)?);
    let kind = if arguments.len() > 2 { arguments.strings(2)?.constant() } else { Some("normal") };
    match kind.unwrap_or("") {
        "normal" => Ok(count_plain(arguments.rows(), texts, searches)),
        "regex" => count_matches(arguments.rows(), texts, searches),
        other => Err(KernelError(format!("countof counts 'normal' or 'regex' matches, not '{other}'"))),
    }
}

fn count_plain(rows: usize, texts: Strings<'_>, searches: Strings<'_>) -> ArrayRef {
    let constant = searches.constant().map(Finder::new);
    let count = |text: &str, finder: &Finder<'_>| {
        if finder.needle().is_empty() { Some(0) } else { i64::try_from(overlapping(finder, text).count()).ok() }
    };
    output::longs(rows, |row| match &constant {
        Some(finder) => count(texts.value(row), finder),
        None => count(texts.value(row), &Finder::new(searches.value(row))),
    })
}

fn count_matches(rows: usize, texts: Strings<'_>, searches: Strings<'_>) -> Result<ArrayRef, KernelError> {
    let mut patterns = Patterns::new(searches)?;
    let mut counts = Vec::with_capacity(rows);
    for row in 0..rows {
        let regex = &patterns.get(row)?.regex;
        let empty = searches.value(row).is_empty();
        counts.push(if empty { 0 } else { regex.find_iter(texts.value(row)).count() });
    }
    Ok(output::longs(rows, |row| counts.get(row).and_then(|count| i64::try_from(*count).ok())))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, long, longs, strings, text};

    #[test]
    fn positions_count_position() {
        let words = strings(&["aé😀b", "b", "", "xx"]);
        assert_eq!(call("indexof", &[words.clone(), text("b")]), "3|0|-1|-1");
        assert_eq!(call("indexof", &[words.clone(), strings(&["😀", "", "", "xx"])]), "2|0|0|0");
        assert_eq!(call("indexof_regex", &[words, text("[b😀]")]), "2|0|-1|-1");
    }

    #[test]
    fn searches_stay_within_their_window() {
        let starts = longs(&[Some(0), Some(2), Some(-3), Some(-9), Some(9), None]);
        assert_eq!(call("indexof", &[text("éabéab"), text("ab"), starts.clone()]), "1|4|4|null|-1|null");
        assert_eq!(call("indexof_regex", &[text("éabéab"), text("ab"), starts]), "1|4|null|null|-1|null");
        let lengths = longs(&[Some(-1), Some(1), Some(2), Some(-2), Some(i64::MAX)]);
        assert_eq!(call("indexof", &[text("éabéab"), text("ab"), long(1), lengths]), "1|-1|1|null|1");
    }

    #[test]
    fn plain_matches_overlap() {
        let found = |occurrence| call("indexof", &[text("aaa"), text("aa"), long(0), long(-1), long(occurrence)]);
        assert_eq!([found(1), found(2), found(3), found(-1)], ["0", "1", "-1", "null"]);
        assert_eq!(call("countof", &[strings(&["aaa", "", "äää"]), text("aa")]), "2|0|0");
        assert_eq!(call("countof", &[strings(&["aaa", "", "äää"]), text("aa"), text("regex")]), "1|0|0");
        assert_eq!(call("countof", &[strings(&["ää"]), text("")]), "0");
        assert_eq!(
            call("countof", &[text("a"), text("a"), text("odd")]),
            "error: countof counts 'normal' or 'regex' matches, not 'odd'"
        );
    }
}
