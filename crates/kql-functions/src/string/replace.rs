//! Replacing parts of strings.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use memchr::memmem::Finder;

use crate::documentation::example;
use crate::function::Kernel;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Overload, ResultName, ReturnType, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[REPLACE_STRING, TRANSLATE];

const REPLACE_STRING: Function = Function {
    name: "replace_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Replaces every occurrence of a string by another.",
        returns: "The text with `lookup` replaced by `rewrite` from left to right, case-sensitively.",
        notes: "An empty `lookup` changes nothing.",
        page: "replace-string-function",
    },
    overloads: &[Overload {
        parameters: &[
            parameter("text", ScalarType::String).describe("The text to change."),
            parameter("lookup", ScalarType::String).describe("What to look for."),
            parameter("rewrite", ScalarType::String).describe("What to put in its place."),
        ],
        returns: ReturnType::Type(ScalarType::String),
        kernel: Kernel::Vectorized(replace_string),
    }],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print replace_string('a.b.c', '.', '-')", "a-b-c"),
        example("print replace_string('aaa', 'aa', 'b')", "ba"),
        example("print replace_string('abc', '', 'x')", "abc"),
    ],
};

fn replace_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (texts, lookups, rewrites) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    let constant = lookups.constant().map(Finder::new);
    output::strings(arguments.rows(), |row, out| {
        let text = texts.value(row);
        match &constant {
            Some(finder) => replace(text, finder, rewrites.value(row), out),
            None => replace(text, &Finder::new(lookups.value(row)), rewrites.value(row), out),
        }
        Ok(())
    })
}

fn replace(text: &str, lookup: &Finder<'_>, rewrite: &str, out: &mut String) {
    let length = lookup.needle().len();
    let mut rest = text;
    if length > 0 {
        while let Some(at) = lookup.find(rest.as_bytes()) {
            out.push_str(rest.get(..at).unwrap_or(""));
            out.push_str(rewrite);
            rest = rest.get(at + length..).unwrap_or("");
        }
    }
    out.push_str(rest);
}

const TRANSLATE: Function = Function {
    name: "translate",
    aliases: &[],
    documentation: Documentation {
        summary: "Replaces characters by other characters.",
        returns: "The text in which each character of `searchList` is replaced by the one at the same place of `replacementList`.",
        notes: "When `replacementList` is the shorter one, its last character stands for those that are missing; when it \
                is empty, the characters of `searchList` are removed.",
        page: "translate-function",
    },
    overloads: &[Overload {
        parameters: &[
            parameter("searchList", ScalarType::String).describe("The characters to replace."),
            parameter("replacementList", ScalarType::String).describe("The characters to put in their places."),
            parameter("source", ScalarType::String).describe("The text to change."),
        ],
        returns: ReturnType::Type(ScalarType::String),
        kernel: Kernel::Vectorized(translate),
    }],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print translate('abc', '123', 'cab')", "312"),
        example("print translate('abc', 'x', 'abcd')", "xxxd"),
        example("print translate('ab', '', 'abcd')", "cd"),
    ],
};

fn translate(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (searches, replacements, texts) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    let prepare = |search: &str, replacement: &str| -> Vec<(char, Option<char>)> {
        let last = replacement.chars().next_back();
        let padded = replacement.chars().map(Some).chain(std::iter::repeat(last));
        search.chars().zip(padded).collect()
    };
    let constant = searches.constant().zip(replacements.constant()).map(|(search, with)| prepare(search, with));
    output::strings(arguments.rows(), |row, out| {
        let of_row;
        let pairs = match &constant {
            Some(pairs) => pairs,
            None => {
                of_row = prepare(searches.value(row), replacements.value(row));
                &of_row
            }
        };
        for character in texts.value(row).chars() {
            match pairs.iter().find(|(from, _)| *from == character) {
                Some((_, to)) => out.extend(*to),
                None => out.push(character),
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings, text};

    #[test]
    fn replacement_runs_from_left_to_right() {
        let words = strings(&["abcabc", "", "äbä"]);
        assert_eq!(call("replace_string", &[words.clone(), text("b"), text("")]), "acac||ää");
        assert_eq!(call("replace_string", &[words.clone(), text(""), text("x")]), "abcabc||äbä");
        assert_eq!(
            call("replace_string", &[words, strings(&["abc", "", "ä"]), strings(&["abcabc", "x", "é"])]),
            "abcabcabcabc||ébé"
        );
    }

    #[test]
    fn translation_pads_with_the_last_character() {
        let words = strings(&["spark", "", "ÄpÄ"]);
        assert_eq!(call("translate", &[text("kÄ"), text("xé"), words.clone()]), "sparx||épé");
        assert_eq!(call("translate", &[strings(&["sp", "a", "pÄ"]), text("_"), words.clone()]), "__ark||___");
        assert_eq!(call("translate", &[text("par"), text(""), words]), "sk||ÄÄ");
    }
}
