//! Upper and lower case.

use arrow::array::ArrayRef;

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::text_of_any;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, folding, output};

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
    overloads: &[overload!([text_of_any("value").describe("The text to convert.")] -> String, tolower)],
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
            out.extend(text.chars().map(folding::fold));
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
    overloads: &[overload!([text_of_any("value").describe("The text to convert.")] -> String, toupper)],
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
            out.extend(text.chars().map(capital));
        }
        Ok(())
    })
}

/// The capital of a character; one that has none, or only several characters, stays.
fn capital(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
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
