//! Replacing parts of strings.

use std::ops::Range;

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;
use memchr::memmem::Finder;

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, ParameterType, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[REPLACE_STRING, REPLACE_STRINGS, TRANSLATE];

const REPLACE_STRING: Function = Function {
    name: "replace_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Replaces every occurrence of a string by another.",
        returns: "The text with `lookup` replaced by `rewrite` from left to right, case-sensitively.",
        notes: "An empty `lookup` changes nothing.",
        page: "replace-string-function",
    },
    overloads: &[overload!([
        parameter("text", ScalarType::String).describe("The text to change."),
        parameter("lookup", ScalarType::String).describe("What to look for."),
        parameter("rewrite", ScalarType::String).describe("What to put in its place."),
    ] -> String, replace_string)],
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

const REPLACE_STRINGS: Function = Function {
    name: "replace_strings",
    aliases: &[],
    documentation: Documentation {
        summary: "Replaces every occurrence of several strings.",
        returns: "The text in which each lookup is replaced by the rewrite at the same place.",
        notes: "Where matches would overlap, the earlier lookup wins; what was put in is not searched again. Lookups \
                that are no strings are ignored; a match whose rewrite is no string stays as it is.",
        page: "replace-strings-function",
    },
    overloads: &[overload!([
        parameter("text", ScalarType::String).describe("The text to change."),
        parameter_of("lookups", ParameterType::DynamicArray).describe("What to look for."),
        parameter_of("rewrites", ParameterType::DynamicArray).describe("What to put in their places."),
    ] -> String, replace_strings)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print replace_strings('a-b', dynamic(['a', 'b']), dynamic(['b', 'c']))", "b-c"),
        example("print replace_strings('abc', dynamic(['bc', 'ab']), dynamic(['1', '2']))", "a1"),
        example("print replace_strings('abc', dynamic(['ab', 'b']), dynamic([1, '2']))", "abc"),
    ],
};

fn replace_strings(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (texts, lookups, rewrites) = (arguments.strings(0)?, arguments.strings(1)?, arguments.strings(2)?);
    let constant = lookups.constant().zip(rewrites.constant()).map(|(lookups, rewrites)| pairs(lookups, rewrites));
    output::strings(arguments.rows(), |row, out| {
        let of_row;
        let pairs = match &constant {
            Some(pairs) => pairs,
            None => {
                of_row = pairs(lookups.value(row), rewrites.value(row));
                &of_row
            }
        };
        let text = texts.value(row);
        let mut from = 0;
        for (found, rewrite) in matches(text, pairs) {
            out.push_str(text.get(from..found.start).unwrap_or(""));
            out.push_str(rewrite);
            from = found.end;
        }
        out.push_str(text.get(from..).unwrap_or(""));
        Ok(())
    })
}

/// What to look for and what to put in its place, in order of precedence.
fn pairs(lookups: &str, rewrites: &str) -> Vec<(Finder<'static>, String)> {
    let pairs = Dynamic::new(lookups).elements().zip(Dynamic::new(rewrites).elements());
    // What has no string to replace it stays, and is found all the same.
    let strings = pairs.filter_map(|(lookup, rewrite)| {
        let lookup = lookup.as_str().filter(|lookup| !lookup.is_empty())?;
        let rewrite = rewrite.as_str().unwrap_or_else(|| lookup.clone()).into_owned();
        Some((Finder::new(lookup.as_ref()).into_owned(), rewrite))
    });
    strings.collect()
}

/// The places to rewrite in the order of the text. A pair finds only what the pairs before it left over.
fn matches<'p>(text: &str, pairs: &'p [(Finder<'static>, String)]) -> Vec<(Range<usize>, &'p str)> {
    let mut matches: Vec<(Range<usize>, &str)> = Vec::new();
    for (lookup, rewrite) in pairs {
        let earlier = matches.len();
        let mut from = 0;
        for known in 0..=earlier {
            let taken = matches.get(known).filter(|_| known < earlier).map(|(range, _)| range.clone());
            let gap_end = taken.as_ref().map_or(text.len(), |range| range.start);
            while let Some(at) = text.get(from..gap_end).and_then(|gap| lookup.find(gap.as_bytes())) {
                let found = from + at..from + at + lookup.needle().len();
                from = found.end;
                matches.push((found, rewrite));
            }
            from = taken.map_or(from, |range| range.end);
        }
        matches.sort_by_key(|(range, _)| range.start);
    }
    matches
}

const TRANSLATE: Function = Function {
    name: "translate",
    aliases: &[],
    documentation: Documentation {
        summary: "Replaces characters by other characters.",
        returns: "The text in which each character of `searchList` is replaced by the one at the same place of \
                  `replacementList`.",
        notes: "When `replacementList` is the shorter one, its last character stands for those that are missing; \
                when it is empty, the characters of `searchList` are removed.",
        page: "translate-function",
    },
    overloads: &[overload!([
        parameter("searchList", ScalarType::String).describe("The characters to replace."),
        parameter("replacementList", ScalarType::String).describe("The characters to put in their places."),
        parameter("source", ScalarType::String).describe("The text to change."),
    ] -> String, translate)],
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
    use crate::testing::{call, dynamic, dynamics, strings, text};

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
    fn earlier_lookups_win() {
        let words = strings(&["abcabc", "", "éabé"]);
        let replaced =
            |lookups, rewrites| call("replace_strings", &[words.clone(), dynamic(lookups), dynamic(rewrites)]);
        assert_eq!(replaced(r#"["bc","ab","a"]"#, r#"["1","2","3"]"#), "3131||é2é");
        assert_eq!(replaced(r#"["ab","bc","c"]"#, r#"["","2","ab"]"#), "abab||éé");
        assert_eq!(replaced(r#"["a",1,"b","",null]"#, r#"["é","x",2,"y","z"]"#), "ébcébc||éébé");
        assert_eq!(replaced(r#"["a","b"]"#, r#"["x"]"#), "xbcxbc||éxbé");
        assert_eq!(replaced("null", "{}"), "abcabc||éabé");
        let lookups = dynamics(&[Some(r#"["a"]"#), None, Some(r#"["é"]"#)]);
        assert_eq!(call("replace_strings", &[words, lookups, dynamic(r#"["-"]"#)]), "-bc-bc||-ab-");
    }

    #[test]
    fn translation_pads_with_the_last_character() {
        let words = strings(&["spark", "", "ÄpÄ"]);
        assert_eq!(call("translate", &[text("kÄ"), text("xé"), words.clone()]), "sparx||épé");
        assert_eq!(call("translate", &[strings(&["sp", "a", "pÄ"]), text("_"), words.clone()]), "__ark||___");
        assert_eq!(call("translate", &[text("par"), text(""), words]), "sk||ÄÄ");
    }
}
