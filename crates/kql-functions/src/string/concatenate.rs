//! Joining strings.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;

use crate::argument::Strings;
use crate::documentation::example;
use crate::function::Alias;
use crate::overload::overload;
use crate::signature::{parameter, parameter_of, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, ParameterType, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[STRCAT, STRCAT_DELIM, STRCAT_ARRAY, STRREP];

const STRCAT: Function = Function {
    name: "strcat",
    aliases: &[],
    documentation: Documentation {
        summary: "Joins its arguments into one string.",
        returns: "The texts of the arguments one after the other; a null counts as the empty string.",
        notes: "Takes up to 64 arguments, each converted as `tostring` does.",
        page: "strcat-function",
    },
    overloads: &[overload!([text_of_any("arg").repeated().describe("A value to join.")] -> String, strcat)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print strcat('user', '@', 'contoso.com')", "user@contoso.com"),
        example("print strcat('n=', 3, ' ', true)", "n=3 True"),
    ],
};

fn strcat(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let parts = all_strings(arguments, 0)?;
    output::strings(arguments.rows(), |row, out| {
        for part in &parts {
            out.push_str(part.value(row));
        }
        Ok(())
    })
}

const STRCAT_DELIM: Function = Function {
    name: "strcat_delim",
    aliases: &[],
    documentation: Documentation {
        summary: "Joins its arguments into one string with a delimiter between them.",
        returns: "The texts of the arguments with the delimiter between each two; empty ones keep their place.",
        notes: "Takes up to 64 values, each converted as `tostring` does.",
        page: "strcat-delim-function",
    },
    overloads: &[overload!([
        text_of_any("delimiter").describe("What to put between the values."),
        text_of_any("arg").describe("A value to join."),
        text_of_any("arg").repeated().describe("A further value to join."),
    ] -> String, strcat_delim)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print strcat_delim('-', 'a', 2, 3s)", "a-2-00:00:03"),
        example("print strcat_delim(', ', 'a', '', 'c')", "a, , c"),
    ],
};

fn strcat_delim(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let delimiter = arguments.strings(0)?;
    let parts = all_strings(arguments, 1)?;
    output::strings(arguments.rows(), |row, out| {
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                out.push_str(delimiter.value(row));
            }
            out.push_str(part.value(row));
        }
        Ok(())
    })
}

fn all_strings<'a>(arguments: &Arguments<'a>, from: usize) -> Result<Vec<Strings<'a>>, KernelError> {
    (from..arguments.len()).map(|position| arguments.strings(position)).collect()
}

const STRCAT_ARRAY: Function = Function {
    name: "strcat_array",
    aliases: &[Alias { name: "array_strcat", deprecated: false }],
    documentation: Documentation {
        summary: "Joins the elements of an array into one string.",
        returns: "The texts of the elements with the delimiter between each two; the empty string when the first \
                  argument is not an array.",
        notes: "A null element counts as the empty string.",
        page: "strcat-array-function",
    },
    overloads: &[overload!([
        parameter_of("array", ParameterType::DynamicArray).describe("The array to join."),
        text_of_any("delimiter").describe("What to put between the elements."),
    ] -> String, strcat_array)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print strcat_array(dynamic(['a', 2, true]), '-')", "a-2-true"),
        example("print strcat_array(dynamic(['a', null, 'b']), ',')", "a,,b"),
    ],
};

fn strcat_array(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (arrays, delimiter) = (arguments.strings(0)?, arguments.strings(1)?);
    output::strings(arguments.rows(), |row, out| {
        for (position, element) in Dynamic::new(arrays.value(row)).elements().enumerate() {
            if position > 0 {
                out.push_str(delimiter.value(row));
            }
            out.push_str(&element.to_string_value());
        }
        Ok(())
    })
}

const STRREP: Function = Function {
    name: "strrep",
    aliases: &[],
    documentation: Documentation {
        summary: "Repeats a string.",
        returns: "The text repeated `multiplier` times with the delimiter between; the empty string for less than one.",
        notes: "A multiplier above 1024 counts as 1024.",
        page: "strrep-function",
    },
    overloads: &[overload!([
        text_of_any("value").describe("The text to repeat."),
        parameter("multiplier", ScalarType::Long).describe("How many times, up to 1024."),
        text_of_any("delimiter").optional().describe("What to put between; nothing by default."),
    ] -> String, strrep)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print strrep('ab', 3)", "ababab"), example("print strrep(7, 2, '/')", "7/7")],
};

/// The largest multiplier of `strrep`.
const MAXIMUM_REPETITIONS: i64 = 1024;

fn strrep(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    let multipliers = arguments.primitives::<Int64Type>(1)?;
    let delimiter = if arguments.len() > 2 { Some(arguments.strings(2)?) } else { None };
    output::strings(arguments.rows(), |row, out| {
        for repetition in 0..multipliers.get(row).unwrap_or(0).min(MAXIMUM_REPETITIONS) {
            if let (Some(delimiter), 1..) = (&delimiter, repetition) {
                out.push_str(delimiter.value(row));
            }
            out.push_str(texts.value(row));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, long, longs, strings, text};

    #[test]
    fn joining_keeps_empty_parts() {
        assert_eq!(call("strcat", &[strings(&["a", "", "é"]), text("-"), strings(&["x", "y", ""])]), "a-x|-y|é-");
        assert_eq!(call("strcat_delim", &[text(","), strings(&["a", ""]), strings(&["", "b"])]), "a,|,b");
    }

    #[test]
    fn arrays_are_joined_by_element() {
        let arrays = dynamics(&[Some(r#"["é",1.5,null,["x"],false]"#), Some("[]"), Some(r#""a""#), None]);
        assert_eq!(call("strcat_array", &[arrays, text("; ")]), r#"é; 1.5; ; ["x"]; false|||"#);
        let delimiters = strings(&["", "--"]);
        assert_eq!(call("strcat_array", &[dynamic("[1,2]"), delimiters]), "12|1--2");
    }

    #[test]
    fn repetition_is_bounded() {
        let counts = longs(&[Some(2), Some(0), Some(-1), None]);
        assert_eq!(call("strrep", &[text("ä"), counts.clone()]), "ää|||");
        assert_eq!(call("strrep", &[text("a"), counts, text(".")]), "a.a|||");
        assert_eq!(call("strrep", &[text("a"), long(i64::MAX)]).len(), 1024);
    }
}
