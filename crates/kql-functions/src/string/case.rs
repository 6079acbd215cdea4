//! Upper and lower case.

use arrow::array::ArrayRef;
use kql_types::ScalarType;

use crate::documentation::example;
use crate::function::Kernel;
use crate::signature::text_of_any;
use crate::{Arguments, Documentation, Function, KernelError, Overload, ResultName, ReturnType, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[TOLOWER, TOUPPER];

const TOLOWER: Function = Function {
    name: "tolower",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives a string in lower case.",
        returns: "The text with every character in lower case, in any script.",
        notes: "The number of characters never changes. `=~`, `in~` and `has` compare without case by themselves.",
        page: "tolower-function",
    },
    overloads: &[Overload {
        parameters: &[text_of_any("value").describe("The text to convert.")],
        returns: ReturnType::Type(ScalarType::String),
        kernel: Kernel::Vectorized(tolower),
    }],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print tolower('PowerShell.EXE')", "powershell.exe"), example("print tolower('ÀÉ')", "àé")],
};

fn tolower(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::strings(arguments.rows(), |row, out| {
        let text = texts.value(row);
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_lowercase();
        } else {
            out.extend(text.chars().map(|character| single(character, character.to_lowercase())));
        }
        Ok(())
    })
}

const TOUPPER: Function = Function {
    name: "toupper",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives a string in upper case.",
        returns: "The text with every character in upper case, in any script.",
        notes: "The number of characters never changes: `ß`, which has no single capital, stays as it is.",
        page: "toupper-function",
    },
    overloads: &[Overload {
        parameters: &[text_of_any("value").describe("The text to convert.")],
        returns: ReturnType::Type(ScalarType::String),
        kernel: Kernel::Vectorized(toupper),
    }],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print toupper('cmd.exe')", "CMD.EXE"), example("print toupper('straße')", "STRAßE")],
};

fn toupper(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::strings(arguments.rows(), |row, out| {
        let text = texts.value(row);
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_uppercase();
        } else {
            out.extend(text.chars().map(|character| single(character, character.to_uppercase())));
        }
        Ok(())
    })
}

/// Case mapping keeps one character one character, as Kusto's does; what has no such mapping stays.
fn single(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings};

    #[test]
    fn case_is_mapped_character_by_character() {
        let words = strings(&["", "MiXed 1", "ÅNGSTRÖM ß İ", "Где"]);
        assert_eq!(call("tolower", std::slice::from_ref(&words)), "|mixed 1|ångström ß İ|где");
        assert_eq!(call("toupper", &[words]), "|MIXED 1|ÅNGSTRÖM ß İ|ГДЕ");
    }
}
