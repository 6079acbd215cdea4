//! `has_any` and `has_all`: `has` with a list of terms.

use aho_corasick::AhoCorasick;
use kql_types::ScalarType;

use super::super::needle::{Case, Needle, Place, is_term_at};
use super::super::text;
use super::{DYNAMIC, Items, Result, STRING, STRING_OR_DYNAMIC, listed, values, values_as};
use crate::columnar::booleans;
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, ResultName};

/// What else a list of terms may hold: its values are looked for by their text.
const OTHERS: &[ScalarType] = &[
    ScalarType::Bool,
    ScalarType::Int,
    ScalarType::Long,
    ScalarType::Real,
    ScalarType::Decimal,
    ScalarType::String,
    ScalarType::DateTime,
    ScalarType::TimeSpan,
    ScalarType::Guid,
];

macro_rules! term_overloads {
    ($quantity:expr) => {
        &[
            overload!([text("value"), values(STRING)] -> Bool, |a| holds_terms(a, Items::Text, $quantity)),
            overload!([text("value"), values(DYNAMIC)] -> Bool, |a| holds_terms(a, Items::Elements, $quantity)),
            overload!(
                [text("value"), values_as(STRING_OR_DYNAMIC, ScalarType::Dynamic)] -> Bool,
                |a| holds_terms(a, Items::Elements, $quantity)
            ),
            overload!(
                [text("value"), values_as(OTHERS, ScalarType::String)] -> Bool,
                |a| holds_terms(a, Items::Text, $quantity)
            ),
        ]
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "has_any",
        aliases: &[],
        documentation: Documentation {
            summary: "Tells whether a string holds at least one of some terms, ignoring case.",
            returns: "`true` or `false`, never null; `false` for an empty list.",
            notes: "A dynamic array in the list contributes its elements. Numbers are looked for by their text.",
            page: "has-any-operator",
        },
        overloads: term_overloads!(Quantity::Any),
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print 'North America' has_any ('south', 'NORTH')", "True"),
            example("print 'North America' has_any (dynamic(['south', 'nor']))", "False"),
        ],
    },
    Function {
        name: "has_all",
        aliases: &[],
        documentation: Documentation {
            summary: "Tells whether a string holds all of some terms, ignoring case.",
            returns: "`true` or `false`, never null.",
            notes: "A dynamic array in the list contributes its elements. Numbers are looked for by their text.",
            page: "has-all-operator",
        },
        overloads: term_overloads!(Quantity::All),
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print 'North America' has_all ('america', 'NORTH')", "True"),
            example("print 'North America' has_all (dynamic(['america', 'south']))", "False"),
        ],
    },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Any,
    All,
}

/// From how many terms on one pass for all of them is quicker than one for each.
const MANY: usize = 5;

fn holds_terms(arguments: &Arguments<'_>, items: Items, quantity: Quantity) -> Result {
    let texts = arguments.strings(0)?;
    let (list, constant) = listed(arguments)?;
    let mut scratch = String::new();
    let collect = |row: usize| {
        let mut terms = Vec::new();
        for argument in &list {
            items.visit_texts(*argument, row, &mut |term| terms.push(term.to_owned()));
        }
        terms
    };
    if !constant {
        return Ok(booleans(arguments.rows(), |row| {
            let terms = collect(row);
            Terms::new(&terms, quantity, false).are_in(texts.value(row), &mut scratch)
        }));
    }
    let terms = collect(0);
    let terms = Terms::new(&terms, quantity, true);
    Ok(booleans(arguments.rows(), |row| terms.are_in(texts.value(row), &mut scratch)))
}

/// Terms to look for, prepared.
enum Terms<'t> {
    Any(Vec<Needle<'t>>),
    All(Vec<Needle<'t>>),
    /// Any of many terms, all of them ASCII.
    AnyOfMany(AhoCorasick, &'t [String]),
}

impl<'t> Terms<'t> {
    /// `reused` says that the preparation may cost something.
    fn new(terms: &'t [String], quantity: Quantity, reused: bool) -> Terms<'t> {
        let many = reused && terms.len() >= MANY && terms.iter().all(|term| term.is_ascii() && !term.is_empty());
        if quantity == Quantity::Any && many {
            let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(terms);
            // Building fails only for more terms than memory holds; one by one they still work.
            if let Ok(automaton) = automaton {
                return Terms::AnyOfMany(automaton, terms);
            }
        }
        let needles = terms.iter().map(|term| Needle::new(term, Place::Term, Case::Insensitive)).collect();
        match quantity {
            Quantity::Any => Terms::Any(needles),
            Quantity::All => Terms::All(needles),
        }
    }

    fn are_in(&self, text: &str, scratch: &mut String) -> bool {
        match self {
            Terms::Any(needles) => needles.iter().any(|needle| needle.is_in(text, scratch)),
            Terms::All(needles) => needles.iter().all(|needle| needle.is_in(text, scratch)),
            Terms::AnyOfMany(automaton, terms) => automaton.find_overlapping_iter(text).any(|found| {
                terms.get(found.pattern().as_usize()).is_some_and(|term| is_term_at(text, found.start(), term))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, overload, show, strings, text};

    #[test]
    fn any_and_all() {
        let texts = strings(&["net user add", "whoami /all", ""]);
        let arguments = [texts, text("USER"), text("net")];
        assert_eq!(call("has_any", &arguments), "true|false|false");
        assert_eq!(call("has_all", &arguments), "true|false|false");
    }

    #[test]
    fn many_terms_are_found_as_few_are() {
        let texts = ["net user add", "xnet users", "a WHOAMI", "who", "net.exe", "é7z", "7z", ""];
        let terms = ["net", "whoami", "user add", "7z", "hoami", "add.user"];
        let many: Vec<_> = std::iter::once(strings(&texts)).chain(terms.iter().map(|term| text(term))).collect();
        let one_by_one = |value: &str| {
            let found = |term: &&str| call("has", &[text(value), text(term)]) == "true";
            terms.iter().any(found).to_string()
        };
        let expected: Vec<String> = texts.iter().map(|value| one_by_one(value)).collect();
        assert_eq!(call("has_any", &many), expected.join("|"));
        assert_eq!(expected.join("|"), "true|false|true|false|true|false|true|false");
    }

    #[test]
    fn arrays_contribute_their_elements() {
        let texts = strings(&["one two", "three 4", ""]);
        let arguments = [texts.clone(), dynamic("[\"TWO\", 4]")];
        assert_eq!(show(overload("has_any", 1, &arguments)), "true|true|false");
        assert_eq!(show(overload("has_all", 1, &arguments)), "false|false|false");
        let varying = dynamics(&[Some("[\"one\",\"two\"]"), None, Some("\"x\"")]);
        assert_eq!(show(overload("has_all", 1, &[texts.clone(), varying.clone()])), "true|true|false");
        assert_eq!(show(overload("has_any", 1, &[texts, varying])), "true|false|false");
    }
}
