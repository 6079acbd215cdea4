//! Replacing what a regular expression matches, and quoting text for one.

use arrow::array::ArrayRef;
use kql_types::ScalarType;

use crate::argument::Strings;
use crate::documentation::example;
use crate::overload::overload;
use crate::regex_cache::Patterns;
use crate::signature::{parameter, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[REPLACE_REGEX, REPLACE, REGEX_QUOTE];

const SOURCE: Parameter = parameter("source", ScalarType::String).describe("The text to change.");

const REPLACE_REGEX: Function = Function {
    name: "replace_regex",
    aliases: &[],
    documentation: Documentation {
        summary: "Replaces every match of a regular expression.",
        returns: "The text in which every match is replaced by the rewrite pattern.",
        notes: "In the rewrite pattern `\\0` stands for the match, `\\1` to `\\9` for its capture groups and `\\\\` \
                for a backslash. A group that took no part is the empty string.",
        page: "replace-regex-function",
    },
    overloads: &[overload!([
        SOURCE,
        parameter("lookup_regex", ScalarType::String).constant().describe("The regular expression to look for."),
        parameter("rewrite_pattern", ScalarType::String).constant().describe("What to put in its place."),
    ] -> String, replace_regex)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(r"print replace_regex('10.0.0.1', @'\d', '#')", "##.#.#.#"),
        example(r"print replace_regex('key=value', @'(\w+)=(\w+)', @'\2=\1')", "value=key"),
    ],
};

fn replace_regex(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    replaced(arguments.rows(), arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?)
}

const REPLACE: Function = Function {
    name: "replace",
    aliases: &[],
    documentation: Documentation {
        summary: "Replaces every match of a regular expression.",
        returns: "The text in which every match is replaced by the rewrite pattern.",
        notes: "Deprecated: `replace_regex` does the same with the text first, `replace_string` replaces plain text.",
        page: "replace-regex-function",
    },
    overloads: &[overload!([
        parameter("regex", ScalarType::String).constant().describe("The regular expression to look for."),
        parameter("rewrite", ScalarType::String).constant().describe("What to put in its place."),
        SOURCE,
    ] -> String, replace)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(r"print replace(@'\s+', ' ', 'a   b')", "a b"),
        example("print replace('a', '', 'banana')", "bnn"),
    ],
};

fn replace(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    replaced(arguments.rows(), arguments.strings(2)?, arguments.strings(0)?, arguments.strings(1)?)
}

/// A piece of a rewrite pattern.
enum Piece<'r> {
    Text(&'r str),
    Group(usize),
}

fn replaced(
    rows: usize,
    texts: Strings<'_>,
    patterns: Strings<'_>,
    rewrites: Strings<'_>,
) -> Result<ArrayRef, KernelError> {
    let mut patterns = Patterns::new(patterns)?;
    let constant = rewrites.constant().map(pieces);
    output::strings(rows, |row, out| {
        let of_row;
        let pieces = match &constant {
            Some(pieces) => pieces,
            None => {
                of_row = pieces(rewrites.value(row));
                &of_row
            }
        };
        let text = texts.value(row);
        let mut from = 0;
        patterns.get(row)?.each(text, |locations| {
            let Some((start, end)) = locations.get(0) else { return };
            out.push_str(text.get(from..start).unwrap_or(""));
            from = end;
            for piece in pieces {
                out.push_str(match piece {
                    Piece::Text(text) => text,
                    Piece::Group(group) => {
                        let place = if *group < locations.len() { locations.get(*group) } else { None };
                        place.and_then(|(start, end)| text.get(start..end)).unwrap_or("")
                    }
                });
            }
        });
        out.push_str(text.get(from..).unwrap_or(""));
        Ok(())
    })
}

/// Takes a rewrite pattern apart; a backslash before anything but a digit or a backslash stands for itself.
fn pieces(rewrite: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = rewrite;
    while let Some(at) = rest.find('\\') {
        let (text, escape) = rest.split_at(at);
        pieces.push(Piece::Text(text));
        let (piece, length) = match escape.as_bytes().get(1) {
            Some(digit @ b'0'..=b'9') => (Piece::Group(usize::from(digit - b'0')), 2),
            Some(b'\\') => (Piece::Text("\\"), 2),
            _ => (Piece::Text("\\"), 1),
        };
        pieces.push(piece);
        rest = escape.get(length..).unwrap_or("");
    }
    pieces.push(Piece::Text(rest));
    pieces
}

const REGEX_QUOTE: Function = Function {
    name: "regex_quote",
    aliases: &[],
    documentation: Documentation {
        summary: "Escapes a string so that a regular expression matches it literally.",
        returns: "The text with a backslash before every character that means something in a regular expression.",
        notes: "",
        page: "regex-quote-function",
    },
    overloads: &[overload!([text_of_any("string").describe("The text to escape.")] -> String, regex_quote)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print regex_quote('a.b*c')", r"a\.b\*c"), example("print regex_quote('plain')", "plain")],
};

fn regex_quote(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::strings(arguments.rows(), |row, out| {
        out.push_str(&regex::escape(texts.value(row)));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings, text};

    #[test]
    fn every_match_is_replaced() {
        let words = strings(&["a1é22", "", "x"]);
        assert_eq!(call("replace_regex", &[words.clone(), text(r"\d+"), text("-")]), "a-é-||x");
        assert_eq!(
            call("replace_regex", &[words.clone(), text(r"(\w)(\d)"), text(r"[\2\1\0\3\\\x$1]")]),
            r"[1aa1\\x$1][2éé2\\x$1]2||x"
        );
        assert_eq!(call("replace_regex", &[words.clone(), text("x*"), text("-")]), "-a-1-é-2-2-|-|-");
        assert_eq!(call("replace", &[text("[a-z]"), text(""), words]), "1é22||");
    }

    #[test]
    fn patterns_and_rewrites_may_differ_by_row() {
        let (patterns, rewrites) = (strings(&["a", "(b)"]), strings(&["x", r"\1\1"]));
        assert_eq!(call("replace_regex", &[text("ab"), patterns, rewrites]), "xb|abb");
    }

    #[test]
    fn quoted_text_matches_itself() {
        assert_eq!(call("regex_quote", &[strings(&["(é$)[1]", "", r"\"])]), r"\(é\$\)\[1\]||\\");
    }
}
