//! `extract`: what a regular expression captures in its first match.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;

use crate::documentation::example;
use crate::function::Kernel;
use crate::overload::overload;
use crate::regex_cache::Patterns;
use crate::signature::{parameter, parameter_of};
use crate::{
    Arguments, Documentation, Function, KernelError, Overload, Parameter, ParameterType, ResultName, ReturnType, output,
};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[EXTRACT];

const PATTERN: Parameter =
    parameter("regex", ScalarType::String).constant().describe("The regular expression to look for.");
const GROUP: Parameter = parameter("captureGroup", ScalarType::Long)
    .describe("The capture group to give: 0 for the whole match, 1 for the first parenthesis.");
const SOURCE: Parameter = parameter("source", ScalarType::String).describe("The text to search in.");

const EXTRACT: Function = Function {
    name: "extract",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives what a regular expression captures in a string.",
        returns: "The capture group of the first match, or the empty string when there is no match or no such group. \
                  With a type literal, the text converted to that type, or null where it does not convert.",
        notes: "Only the first match counts; `extract_all` gives all. Use `(?i)` to ignore case and a verbatim string \
                (`@\"\\d+\"`) to spare double backslashes.",
        page: "extract-function",
    },
    overloads: &[
        overload!([PATTERN, GROUP, SOURCE] -> String, extract),
        // The kernel gives the text; binding converts it to the type of the literal.
        Overload {
            parameters: &[
                PATTERN,
                GROUP,
                SOURCE,
                parameter_of("typeLiteral", ParameterType::TypeLiteral)
                    .literal()
                    .describe("The type of the result, such as `typeof(long)`."),
            ],
            returns: ReturnType::Literal(3),
            kernel: Kernel::Vectorized(extract),
        },
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(r"print extract(@'user=(\w+)', 1, 'ip=10.0.0.1 user=ada')", "ada"),
        example(r"print extract(@'\d+', 0, 'port 443')", "443"),
        example(r"print extract(@'port (\d+)', 1, 'port 443', typeof(long)) + 1", "444"),
        example(r"print extract(@'\d+', 0, 'none')", ""),
    ],
};

fn extract(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut patterns = Patterns::new(arguments.strings(0)?)?;
    let groups = arguments.primitives::<Int64Type>(1)?;
    let texts = arguments.strings(2)?;
    let candidates = patterns.constant().and_then(|pattern| pattern.candidates(texts, arguments.rows(), |_| true));
    output::slices(arguments.rows(), |row| {
        if candidates.as_ref().is_some_and(|candidates| !candidates.value(row)) {
            return Ok("");
        }
        let text = texts.value(row);
        let Some(Ok(group)) = groups.get(row).map(usize::try_from) else { return Ok("") };
        let found = patterns.get(row)?.first(text, group);
        Ok(found.and_then(|(start, end)| text.get(start..end)).unwrap_or(""))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, long, longs, strings, text};

    #[test]
    fn the_first_match_is_captured() {
        let lines = strings(&["a=1, b=2", "", "ä=é", "a="]);
        assert_eq!(call("extract", &[text(r"(\w)=(\w)?"), long(1), lines.clone()]), "a||ä|a");
        assert_eq!(call("extract", &[text(r"(\w)=(\w)?"), long(2), lines.clone()]), "1||é|");
        assert_eq!(call("extract", &[text(r"(\w)=(\w)?"), long(0), lines]), "a=1||ä=é|a=");
    }

    #[test]
    fn a_missing_group_is_empty() {
        let groups = longs(&[Some(2), Some(-1), None, Some(1)]);
        assert_eq!(call("extract", &[text("(a)"), groups, text("a")]), "|||a");
    }
}
