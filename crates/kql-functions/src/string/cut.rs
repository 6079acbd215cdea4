//! Taking strings apart.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Step, write_string};
use memchr::memchr;
use memchr::memmem::Finder;

use super::position;
use crate::argument::Strings;
use crate::documentation::example;
use crate::dynamic::path::constant_path;
use crate::overload::overload;
use crate::signature::{integer, parameter, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, ResultName, SPLIT_PART, output};

/// One part of a split text; [`fused`](crate::fused) puts it in place of the path into the array of all.
macro_rules! split_part {
    ($name:expr, $type:ident, $kernel:expr) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: "Gives one part of a string that is cut at every delimiter.",
                returns: "The part; null, or the empty string, when there is no such part.",
                notes: "Takes the place of `split(s, d)[i]`; no query can name it.",
                page: "split-function",
            },
            overloads: &[overload!([
                text_of_any("source").describe("The text to cut."),
                parameter("delimiter", ScalarType::String).describe("Where to cut."),
                parameter("path", ScalarType::String).literal().describe("The path into the array of parts."),
            ] -> $type, $kernel)],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    SPLIT,
    split_part!(SPLIT_PART, Dynamic, split_part),
    split_part!("$split_part_tostring", String, split_part_to_string),
    SUBSTRING,
    REVERSE,
];

const SPLIT: Function = Function {
    name: "split",
    aliases: &[],
    documentation: Documentation {
        summary: "Cuts a string at every delimiter.",
        returns: "An array of the parts in order, empty ones included; the empty string gives an array of one empty \
                  string. With an index, an array of that one part, or null when there is no such part.",
        notes: "The delimiter is a plain string, matched case-sensitively; an empty one leaves the text whole. To get \
                one part as a value, index the result: `tostring(split(s, '/')[0])`, where -1 is the last.",
        page: "split-function",
    },
    overloads: &[overload!([
        text_of_any("source").describe("The text to cut."),
        parameter("delimiter", ScalarType::String).describe("Where to cut."),
        integer("requestedIndex").optional().describe("Which part to give, from 0; all by default."),
    ] -> Dynamic, split)],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print split('a/b//c', '/')", r#"["a","b","","c"]"#),
        example("print split('a/b/c', '/', 1)", r#"["b"]"#),
        example("print split('', '/')", r#"[""]"#),
        example("print split('a/b', '/')[-1]", "b"),
    ],
};

fn split(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (texts, delimiters) = (arguments.strings(0)?, arguments.strings(1)?);
    let indices = if arguments.len() > 2 { Some(arguments.primitives::<Int64Type>(2)?) } else { None };
    let constant = delimiters.constant().map(Finder::new);
    output::dynamics(arguments.rows(), |row, out| {
        let of_row;
        let delimiter = match &constant {
            Some(finder) => finder,
            None => {
                of_row = Finder::new(delimiters.value(row));
                &of_row
            }
        };
        let mut parts = parts(texts.value(row), delimiter);
        let mut array = Builder::new(out);
        let Some(indices) = &indices else {
            array.begin_array();
            parts.for_each(|part| array.string(part));
            array.end_array();
            return Ok(true);
        };
        let index = indices.get(row).and_then(|index| usize::try_from(index).ok());
        let Some(part) = index.and_then(|index| parts.nth(index)) else { return Ok(false) };
        array.begin_array();
        array.string(part);
        array.end_array();
        Ok(true)
    })
}

fn split_part(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let part = PartOf::new(arguments)?;
    output::dynamics(arguments.rows(), |row, out| {
        let part = part.get(row);
        if let Some(part) = part {
            write_string(part, out);
        }
        Ok(part.is_some())
    })
}

fn split_part_to_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let part = PartOf::new(arguments)?;
    output::slices(arguments.rows(), |row| Ok(part.get(row).unwrap_or("")))
}

/// One part of each row's text.
struct PartOf<'a> {
    texts: Strings<'a>,
    delimiters: Strings<'a>,
    constant: Option<Finder<'a>>,
    /// Which part; `None` for a path that leads nowhere, for the parts are strings, which have no members.
    index: Option<i64>,
}

impl<'a> PartOf<'a> {
    fn new(arguments: &Arguments<'a>) -> Result<PartOf<'a>, KernelError> {
        let (texts, delimiters) = (arguments.strings(0)?, arguments.strings(1)?);
        let index = match constant_path(arguments, 2)?.steps() {
            [Step::Element(index)] => Some(*index),
            [] => return Err(KernelError("a path without a step leads to no part".to_owned())),
            _ => None,
        };
        Ok(PartOf { texts, delimiters, constant: delimiters.constant().map(Finder::new), index })
    }

    fn get(&self, row: usize) -> Option<&'a str> {
        let (text, index) = (self.texts.value(row), self.index?);
        let of_row;
        let delimiter = match &self.constant {
            Some(finder) => finder,
            None => {
                of_row = Finder::new(self.delimiters.value(row));
                &of_row
            }
        };
        let from_start = match usize::try_from(index) {
            Ok(index) => index,
            // -1 is the last part.
            Err(_) => parts(text, delimiter).count().checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
        };
        parts(text, delimiter).nth(from_start)
    }
}

/// The parts of a text between delimiters; an empty delimiter cuts nowhere.
fn parts<'t>(text: &'t str, delimiter: &Finder<'_>) -> impl Iterator<Item = &'t str> {
    let length = delimiter.needle().len();
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let cut = match delimiter.needle() {
            [] => None,
            [byte] => memchr(*byte, text.as_bytes()),
            _ => delimiter.find(text.as_bytes()),
        };
        let part = cut.map_or(Some(text), |at| text.get(..at));
        rest = cut.and_then(|at| text.get(at + length..));
        part
    })
}

const SUBSTRING: Function = Function {
    name: "substring",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes a part of a string by position.",
        returns: "The text from `start`, `length` code points long at most; the empty string when `start` lies \
                  outside.",
        notes: "Positions count code points from 0. A negative start counts from the end; one before the first \
                character gives the empty string.",
        page: "substring-function",
    },
    overloads: &[overload!([
        text_of_any("string").describe("The text to take from."),
        integer("start").describe("Where to start; negative counts from the end."),
        integer("length").optional().describe("How many code points; all that follow by default."),
    ] -> String, substring)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print substring('powershell', 5)", "shell"),
        example("print substring('powershell', 0, 5)", "power"),
        example("print substring('powershell', -5, 2)", "sh"),
        example("print substring('short', 10)", ""),
    ],
};

fn substring(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    let starts = arguments.primitives::<Int64Type>(1)?;
    let lengths = if arguments.len() > 2 { Some(arguments.primitives::<Int64Type>(2)?) } else { None };
    output::slices(arguments.rows(), |row| {
        let text = texts.value(row);
        let length = lengths.as_ref().map_or(Some(i64::MAX), |lengths| lengths.get(row));
        let (Some(start), Some(length)) = (starts.get(row), length) else { return Ok("") };
        let start = if start < 0 { start.saturating_add_unsigned(position::count(text) as u64) } else { start };
        let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else { return Ok("") };
        Ok(position::slice(text, start, length))
    })
}

const REVERSE: Function = Function {
    name: "reverse",
    aliases: &[],
    documentation: Documentation {
        summary: "Reverses the order of a string's code points.",
        returns: "The text backwards.",
        notes: "Combining accents come to stand on the letter that was after theirs.",
        page: "reverse-function",
    },
    overloads: &[overload!([text_of_any("value").describe("The text to reverse.")] -> String, reverse)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print reverse('kql')", "lqk"), example("print reverse(120)", "021")],
};

fn reverse(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::strings(arguments.rows(), |row, out| {
        out.extend(texts.value(row).chars().rev());
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, long, longs, strings, text};

    #[test]
    fn split_keeps_empty_parts() {
        let words = strings(&["a,é,", "", ",,", "a"]);
        assert_eq!(call("split", &[words.clone(), text(",")]), r#"["a","é",""]|[""]|["","",""]|["a"]"#);
        assert_eq!(call("split", &[words.clone(), text(",,")]), r#"["a,é,"]|[""]|["",""]|["a"]"#);
        assert_eq!(call("split", &[words.clone(), text("")]), r#"["a,é,"]|[""]|[",,"]|["a"]"#);
        assert_eq!(call("split", &[words, strings(&["é", "", ",", "a"])]), r#"["a,",","]|[""]|["","",""]|["",""]"#);
    }

    #[test]
    fn split_gives_one_part_by_index() {
        let words = strings(&["a,b", "", ",\"", "a"]);
        assert_eq!(call("split", &[words.clone(), text(","), long(1)]), r#"["b"]|null|["\""]|null"#);
        let indices = longs(&[Some(-1), Some(0), None, Some(i64::MAX)]);
        assert_eq!(call("split", &[words, text(","), indices]), r#"null|[""]|null|null"#);
    }

    #[test]
    fn substring_counts_position() {
        let words = strings(&["abcdef", "a😀é", ""]);
        assert_eq!(call("substring", &[words.clone(), long(1)]), "bcdef|😀é|");
        assert_eq!(call("substring", &[words.clone(), long(1), long(1)]), "b|😀|");
        assert_eq!(call("substring", &[words.clone(), long(-2), long(1)]), "e|😀|");
        assert_eq!(call("substring", &[words.clone(), long(9), long(1)]), "||");
        assert_eq!(call("substring", &[words, long(0), long(-1)]), "||");
    }

    #[test]
    fn substring_survives_extreme_positions() {
        let starts = longs(&[Some(i64::MIN), Some(i64::MAX), None, Some(0)]);
        assert_eq!(call("substring", &[text("abc"), starts, long(i64::MAX)]), "|||abc");
    }

    #[test]
    fn reverse_keeps_position_whole() {
        assert_eq!(call("reverse", &[strings(&["abc", "a😀", ""])]), "cba|😀a|");
    }
}
