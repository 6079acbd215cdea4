//! Lengths, comparisons and tests of what a string is made of.

use arrow::array::ArrayRef;
use kql_types::ScalarType;

use super::position;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{parameter_of, text_of_any};
use crate::{
    Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName, columnar, output,
};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[STRLEN, STRING_SIZE, STRCMP, ISASCII, ISUTF8];

const TEXT: Parameter = parameter_of("string", ParameterType::StringOrDynamic)
    .passed_as(PassedAs::Converted(ScalarType::String))
    .describe("The text to measure.");

const STRLEN: Function = Function {
    name: "strlen",
    aliases: &[],
    documentation: Documentation {
        summary: "Counts the code points of a string.",
        returns: "The number of code points; 0 for the empty string.",
        notes: "A letter written with a combining accent is two code points. `string_size` counts bytes.",
        page: "strlen-function",
    },
    overloads: &[overload!([TEXT] -> Long, strlen)],
    result_name: ResultName::NameAndFirstArgument,
    deterministic: true,
    examples: &[
        example("print strlen('kusto')", "5"),
        example("print strlen('')", "0"),
        example("print strlen('пример')", "6"),
    ],
};

fn strlen(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    Ok(output::longs(arguments.rows(), |row| i64::try_from(position::count(texts.value(row))).ok()))
}

const STRING_SIZE: Function = Function {
    name: "string_size",
    aliases: &[],
    documentation: Documentation {
        summary: "Counts the bytes of a string in UTF-8.",
        returns: "The number of bytes; 0 for the empty string.",
        notes: "",
        page: "string-size-function",
    },
    overloads: &[overload!([TEXT] -> Long, string_size)],
    result_name: ResultName::NameAndFirstArgument,
    deterministic: true,
    examples: &[example("print string_size('kusto')", "5"), example("print string_size('пример')", "12")],
};

fn string_size(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    Ok(output::longs(arguments.rows(), |row| i64::try_from(texts.value(row).len()).ok()))
}

const STRCMP: Function = Function {
    name: "strcmp",
    aliases: &[],
    documentation: Documentation {
        summary: "Compares two strings code point by code point.",
        returns: "0 when they are equal, -1 when the first comes before the second, 1 when it comes after.",
        notes: "Upper case comes before lower case.",
        page: "strcmp-function",
    },
    overloads: &[
        overload!([text_of_any("s1").describe("The one string."), text_of_any("s2").describe("The other string.")] -> Long, strcmp),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print strcmp('abc', 'abd')", "-1"),
        example("print strcmp('abc', 'abc')", "0"),
        example("print strcmp('abc', 'ABC')", "1"),
    ],
};

fn strcmp(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (left, right) = (arguments.strings(0)?, arguments.strings(1)?);
    // The order of UTF-8 bytes is that of code points.
    Ok(output::longs(arguments.rows(), |row| Some(left.value(row).cmp(right.value(row)) as i64)))
}

const ISASCII: Function = Function {
    name: "isascii",
    aliases: &[],
    documentation: Documentation {
        summary: "Says whether a string is all ASCII.",
        returns: "`true` when every character is ASCII, as in the empty string.",
        notes: "",
        page: "isascii-function",
    },
    overloads: &[overload!([text_of_any("value").describe("The text to test.")] -> Bool, isascii)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print isascii('plain')", "True"), example("print isascii('naïve')", "False")],
};

fn isascii(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    Ok(columnar::booleans(arguments.rows(), |row| texts.value(row).is_ascii()))
}

const ISUTF8: Function = Function {
    name: "isutf8",
    aliases: &[],
    documentation: Documentation {
        summary: "Says whether a string is valid UTF-8.",
        returns: "`true`: a string that was read is valid.",
        notes: "Readers refuse or repair invalid text, so no query sees any.",
        page: "isutf8-function",
    },
    overloads: &[overload!([text_of_any("value").describe("The text to test.")] -> Bool, isutf8)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print isutf8('plain')", "True"), example("print isutf8('naïve')", "True")],
};

fn isutf8(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    arguments.strings(0)?;
    Ok(columnar::repeated(arguments.rows(), true))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamics, strings, text};

    #[test]
    fn lengths_count_position_and_sizes_bytes() {
        let words = strings(&["", "abc", "a😀é"]);
        assert_eq!(call("strlen", std::slice::from_ref(&words)), "0|3|3");
        assert_eq!(call("string_size", &[words]), "0|3|7");
        assert_eq!(call("strlen", &[dynamics(&[None])]), "0");
    }

    #[test]
    fn comparison_follows_position() {
        assert_eq!(call("strcmp", &[strings(&["a", "b", "", "é"]), strings(&["b", "b", "a", "z"])]), "-1|0|-1|1");
        assert_eq!(call("strcmp", &[strings(&["a", "b"]), text("a")]), "0|1");
    }

    #[test]
    fn ascii_is_told_apart() {
        assert_eq!(call("isascii", &[strings(&["", "a~", "ä"])]), "true|true|false");
        assert_eq!(call("isutf8", &[strings(&["", "ä"])]), "true|true");
    }
}
