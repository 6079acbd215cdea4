//! Taking strings apart.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;

use super::code_points;
use crate::documentation::example;
use crate::function::Kernel;
use crate::signature::{integer, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, Overload, ResultName, ReturnType, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SUBSTRING, REVERSE];

const SUBSTRING: Function = Function {
    name: "substring",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes a part of a string by position.",
        returns: "The text from `start`, `length` code points long at most; the empty string when `start` lies outside.",
        notes: "Positions count code points from 0. A negative start counts from the end; one before the first \
                character gives the empty string.",
        page: "substring-function",
    },
    overloads: &[Overload {
        parameters: &[
            text_of_any("string").describe("The text to take from."),
            integer("start").describe("Where to start; negative counts from the end."),
            integer("length").optional().describe("How many code points; all that follow by default."),
        ],
        returns: ReturnType::Type(ScalarType::String),
        kernel: Kernel::Vectorized(substring),
    }],
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
        let start = if start < 0 { start.saturating_add_unsigned(code_points::count(text) as u64) } else { start };
        let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else { return Ok("") };
        Ok(code_points::slice(text, start, length))
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
    overloads: &[Overload {
        parameters: &[text_of_any("value").describe("The text to reverse.")],
        returns: ReturnType::Type(ScalarType::String),
        kernel: Kernel::Vectorized(reverse),
    }],
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
    fn substring_counts_code_points() {
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
    fn reverse_keeps_code_points_whole() {
        assert_eq!(call("reverse", &[strings(&["abc", "a😀", ""])]), "cba|😀a|");
    }
}
