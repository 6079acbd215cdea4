//! `has_any` and `has_all`: `has` with a list of terms.

use std::cell::LazyCell;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use arrow::array::BooleanArray;
use kql_types::ScalarType;

use super::super::needle::{Case, Needle, Place, is_term_at};
use super::super::text;
use super::{DYNAMIC, Items, Result, STRING, STRING_OR_DYNAMIC, listed, values, values_as};
use crate::column_search::{ColumnSearch, Words};
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
    let prepared = LazyCell::new(|| Terms::new(&terms, quantity, true));
    // Any of the terms, or the longest one, which is the rarest, must be there.
    let needed = match quantity {
        Quantity::Any => terms.as_slice(),
        Quantity::All => terms.iter().max_by_key(|term| term.len()).map_or(&[] as &[String], std::slice::from_ref),
    };
    let words = if texts.is_constant() { None } else { Words::new(needed.iter().map(String::as_str), true) };
    let Some(search) = words.and_then(|words| ColumnSearch::new(&words, arguments.rows())) else {
        return Ok(booleans(arguments.rows(), |row| prepared.are_in(texts.value(row), &mut scratch)));
    };
    let found = search.rows(texts, arguments.rows(), |hit| {
        let text = texts.value(hit.row);
        let term = if quantity == Quantity::Any { hit.word.and_then(|word| terms.get(word)) } else { None };
        term.is_some_and(|term| is_term_at(text, hit.start, term)) || prepared.are_in(text, &mut scratch)
    });
    Ok(Arc::new(BooleanArray::new(found, None)))
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
    use crate::testing::{Chance, call, dynamic, dynamics, overload, show, strings, text};

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
    fn a_column_is_searched_as_its_texts_one_by_one() {
        let mut chance = Chance::new(5);
        for _ in 0..200 {
            let texts: Vec<String> = (0..100).map(|_| chance.text(40)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let terms: Vec<String> = (0..=chance.below(8)).map(|_| chance.text(4)).collect();
            let terms: Vec<_> = terms.iter().map(|term| text(term)).collect();
            let with = |value| [std::slice::from_ref(&value), terms.as_slice()].concat();
            for operator in ["has_any", "has_all"] {
                let expected: Vec<String> = texts.iter().map(|value| call(operator, &with(text(value)))).collect();
                assert_eq!(call(operator, &with(strings(&texts))), expected.join("|"), "{operator} {terms:?}");
            }
        }
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
