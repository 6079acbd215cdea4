//! `trim`, `trim_start` and `trim_end`, which cut off a match of a regular expression.

use std::borrow::Cow;

use arrow::array::ArrayRef;
use kql_types::ScalarType;

use crate::documentation::example;
use crate::overload::overload;
use crate::regex_cache::Patterns;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[TRIM, TRIM_START, TRIM_END];

const REGEX: Parameter =
    parameter("regex", ScalarType::String).constant().describe("The regular expression to cut off.");
const SOURCE: Parameter = parameter("source", ScalarType::String).describe("The text to trim.");

const TRIM: Function = Function {
    name: "trim",
    aliases: &[],
    documentation: Documentation {
        summary: "Cuts a match of a regular expression off both ends of a string.",
        returns: "The text without the match at its start and the one at its end.",
        notes: "One match is cut off at each end: `trim('x', 'xxaxx')` is `xax`. Write `x+` to cut off all. Special \
                characters of the pattern must be escaped.",
        page: "trim-function",
    },
    overloads: &[overload!([REGEX, SOURCE] -> String, trim)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print trim('\"', '\"quoted\"')", "quoted"),
        example(r"print trim(@'\s+', '  text ')", "text"),
        example("print trim('x', 'xxaxx')", "xax"),
    ],
};

fn trim(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (mut starts, mut ends) = (at_start(arguments)?, at_end(arguments)?);
    let texts = arguments.strings(1)?;
    output::slices(arguments.rows(), |row| {
        let text = texts.value(row);
        let text = starts.get(row)?.regex.find(text).map_or(text, |found| text.get(found.end()..).unwrap_or(""));
        Ok(ends.get(row)?.regex.find(text).map_or(text, |found| text.get(..found.start()).unwrap_or("")))
    })
}

const TRIM_START: Function = Function {
    name: "trim_start",
    aliases: &[],
    documentation: Documentation {
        summary: "Cuts a match of a regular expression off the start of a string.",
        returns: "The text without the match at its start.",
        notes: "One match is cut off. Special characters of the pattern must be escaped.",
        page: "trim-start-function",
    },
    overloads: &[overload!([REGEX, SOURCE] -> String, trim_start)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print trim_start('https?://', 'http://contoso.com')", "contoso.com"),
        example("print trim_start('0', '0070')", "070"),
    ],
};

fn trim_start(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut starts = at_start(arguments)?;
    let texts = arguments.strings(1)?;
    output::slices(arguments.rows(), |row| {
        let text = texts.value(row);
        Ok(starts.get(row)?.regex.find(text).map_or(text, |found| text.get(found.end()..).unwrap_or("")))
    })
}

const TRIM_END: Function = Function {
    name: "trim_end",
    aliases: &[],
    documentation: Documentation {
        summary: "Cuts a match of a regular expression off the end of a string.",
        returns: "The text without the match at its end.",
        notes: "The leftmost match that reaches the end is cut off, so `a+` cuts off all. Special characters of the \
                pattern must be escaped.",
        page: "trim-end-function",
    },
    overloads: &[overload!([REGEX, SOURCE] -> String, trim_end)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print trim_end('/+', 'https://contoso.com//')", "https://contoso.com"),
        example("print trim_end('0', '700')", "70"),
    ],
};

fn trim_end(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut ends = at_end(arguments)?;
    let texts = arguments.strings(1)?;
    output::slices(arguments.rows(), |row| {
        let text = texts.value(row);
        Ok(ends.get(row)?.regex.find(text).map_or(text, |found| text.get(..found.start()).unwrap_or("")))
    })
}

fn at_start<'a>(arguments: &Arguments<'a>) -> Result<Patterns<'a>, KernelError> {
    Patterns::wrapped(arguments.strings(0)?, |pattern| Cow::Owned(format!(r"\A(?:{pattern})")))
}

fn at_end<'a>(arguments: &Arguments<'a>) -> Result<Patterns<'a>, KernelError> {
    Patterns::wrapped(arguments.strings(0)?, |pattern| Cow::Owned(format!(r"(?:{pattern})\z")))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings, text};

    #[test]
    fn one_match_is_cut_off_each_end() {
        let words = strings(&["--a--", "-", "", "ä-", "b"]);
        assert_eq!(call("trim", &[text("-"), words.clone()]), "-a-|||ä|b");
        assert_eq!(call("trim", &[text("-+"), words.clone()]), "a|||ä|b");
        assert_eq!(call("trim_start", &[text("-"), words.clone()]), "-a--|||ä-|b");
        assert_eq!(call("trim_end", &[text("-"), words.clone()]), "--a-|||ä|b");
        assert_eq!(call("trim_end", &[text("-*"), words]), "--a|||ä|b");
    }

    #[test]
    fn alternatives_are_kept_together() {
        assert_eq!(call("trim", &[text("a|b"), strings(&["acb", "bca", "cac"])]), "c|c|cac");
    }
}
