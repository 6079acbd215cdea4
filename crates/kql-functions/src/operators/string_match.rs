//! Matching strings: `has`, `contains`, `startswith` and their like, `matches regex`, and the `:` of searches.
//!
//! None of them gives null: a null reads as the empty string, which holds the empty needle alone.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use kql_types::ScalarType;

use super::needle::{Case, Needle, Place};
use super::text;
use crate::columnar::booleans;
use crate::documentation::example;
use crate::overload::{overload, unavailable};
use crate::regex_cache::Patterns;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result<T = ArrayRef> = std::result::Result<T, KernelError>;

const LIKE: &str = "the like operators have no documented meaning: use has, contains, startswith or matches regex";

/// An operator and its negation, with and without regard to case. Its right side is a string, or a string or
/// `dynamic`.
macro_rules! matching {
    ($name:literal, $right:expr, $place:expr, $case:expr, $negated:literal, $page:literal, $summary:literal, $notes:literal, [$($example:expr),*]) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: $summary,
                returns: "`true` or `false`, never null.",
                notes: $notes,
                page: $page,
            },
            overloads: &[overload!([text("left"), $right] -> Bool, |a| matching(a, $place, $case, $negated))],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[$($example),*],
        }
    };
}

macro_rules! like {
    ($name:literal) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: "An undocumented way to match strings.",
                returns: "Nothing: it is known to the language and refused when run.",
                notes: "Use has, contains, startswith, endswith or matches regex.",
                page: "datatypes-string-operators",
            },
            overloads: &[unavailable!([text("left"), text("right")] -> Bool, LIKE)],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    matching!(
        "has",
        parameter("right", ScalarType::String),
        Place::Term,
        Case::Insensitive,
        false,
        "has-operator",
        "Tells whether a string holds another as a whole term, ignoring case.",
        "A term is a maximal run of letters and digits. For a part of a term use contains.",
        [example("print 'cmd.exe /c whoami' has 'CMD'", "True"), example("print 'North America' has 'amer'", "False")]
    ),
    matching!(
        "!has",
        parameter("right", ScalarType::String),
        Place::Term,
        Case::Insensitive,
        true,
        "not-has-operator",
        "Tells whether a string does not hold another as a whole term, ignoring case.",
        "",
        [
            example("print 'North America' !has 'amer'", "True"),
            example("print 'North America' !has 'america'", "False")
        ]
    ),
    matching!(
        "has_cs",
        parameter("right", ScalarType::String),
        Place::Term,
        Case::Sensitive,
        false,
        "has-cs-operator",
        "Tells whether a string holds another as a whole term.",
        "",
        [
            example("print 'North America' has_cs 'America'", "True"),
            example("print 'North America' has_cs 'america'", "False")
        ]
    ),
    matching!(
        "!has_cs",
        parameter("right", ScalarType::String),
        Place::Term,
        Case::Sensitive,
        true,
        "not-has-cs-operator",
        "Tells whether a string does not hold another as a whole term.",
        "",
        [
            example("print 'North America' !has_cs 'america'", "True"),
            example("print 'North America' !has_cs 'America'", "False")
        ]
    ),
    matching!(
        "hasprefix",
        parameter("right", ScalarType::String),
        Place::TermPrefix,
        Case::Insensitive,
        false,
        "hasprefix-operator",
        "Tells whether a term of a string starts with another string, ignoring case.",
        "",
        [
            example("print 'North America' hasprefix 'ame'", "True"),
            example("print 'North America' hasprefix 'mer'", "False")
        ]
    ),
    matching!(
        "!hasprefix",
        parameter("right", ScalarType::String),
        Place::TermPrefix,
        Case::Insensitive,
        true,
        "not-hasprefix-operator",
        "Tells whether no term of a string starts with another string, ignoring case.",
        "",
        [
            example("print 'North America' !hasprefix 'mer'", "True"),
            example("print 'North America' !hasprefix 'ame'", "False")
        ]
    ),
    matching!(
        "hasprefix_cs",
        parameter("right", ScalarType::String),
        Place::TermPrefix,
        Case::Sensitive,
        false,
        "hasprefix-cs-operator",
        "Tells whether a term of a string starts with another string.",
        "",
        [
            example("print 'North America' hasprefix_cs 'Ame'", "True"),
            example("print 'North America' hasprefix_cs 'ame'", "False")
        ]
    ),
    matching!(
        "!hasprefix_cs",
        parameter("right", ScalarType::String),
        Place::TermPrefix,
        Case::Sensitive,
        true,
        "not-hasprefix-cs-operator",
        "Tells whether no term of a string starts with another string.",
        "",
        [
            example("print 'North America' !hasprefix_cs 'ame'", "True"),
            example("print 'North America' !hasprefix_cs 'Ame'", "False")
        ]
    ),
    matching!(
        "hassuffix",
        parameter("right", ScalarType::String),
        Place::TermSuffix,
        Case::Insensitive,
        false,
        "hassuffix-operator",
        "Tells whether a term of a string ends with another string, ignoring case.",
        "",
        [
            example("print 'North America' hassuffix 'ICA'", "True"),
            example("print 'North America' hassuffix 'ric'", "False")
        ]
    ),
    matching!(
        "!hassuffix",
        parameter("right", ScalarType::String),
        Place::TermSuffix,
        Case::Insensitive,
        true,
        "not-hassuffix-operator",
        "Tells whether no term of a string ends with another string, ignoring case.",
        "",
        [
            example("print 'North America' !hassuffix 'ric'", "True"),
            example("print 'North America' !hassuffix 'ICA'", "False")
        ]
    ),
    matching!(
        "hassuffix_cs",
        parameter("right", ScalarType::String),
        Place::TermSuffix,
        Case::Sensitive,
        false,
        "hassuffix-cs-operator",
        "Tells whether a term of a string ends with another string.",
        "",
        [
            example("print 'North America' hassuffix_cs 'ica'", "True"),
            example("print 'North America' hassuffix_cs 'ICA'", "False")
        ]
    ),
    matching!(
        "!hassuffix_cs",
        parameter("right", ScalarType::String),
        Place::TermSuffix,
        Case::Sensitive,
        true,
        "not-hassuffix-cs-operator",
        "Tells whether no term of a string ends with another string.",
        "",
        [
            example("print 'North America' !hassuffix_cs 'ICA'", "True"),
            example("print 'North America' !hassuffix_cs 'ica'", "False")
        ]
    ),
    matching!(
        "contains",
        text("right"),
        Place::Anywhere,
        Case::Insensitive,
        false,
        "contains-operator",
        "Tells whether a string holds another anywhere, ignoring case.",
        "`has` finds whole terms alone.",
        [example("print 'FabriKam' contains 'BRik'", "True"), example("print 'FabriKam' contains 'cam'", "False")]
    ),
    matching!(
        "!contains",
        text("right"),
        Place::Anywhere,
        Case::Insensitive,
        true,
        "not-contains-operator",
        "Tells whether a string does not hold another, ignoring case.",
        "",
        [example("print 'FabriKam' !contains 'cam'", "True"), example("print 'FabriKam' !contains 'BRik'", "False")]
    ),
    matching!(
        "contains_cs",
        text("right"),
        Place::Anywhere,
        Case::Sensitive,
        false,
        "contains-cs-operator",
        "Tells whether a string holds another anywhere.",
        "",
        [example("print 'FabriKam' contains_cs 'Kam'", "True"), example("print 'FabriKam' contains_cs 'kam'", "False")]
    ),
    matching!(
        "!contains_cs",
        text("right"),
        Place::Anywhere,
        Case::Sensitive,
        true,
        "not-contains-cs-operator",
        "Tells whether a string does not hold another.",
        "",
        [
            example("print 'FabriKam' !contains_cs 'kam'", "True"),
            example("print 'FabriKam' !contains_cs 'Kam'", "False")
        ]
    ),
    matching!(
        "startswith",
        text("right"),
        Place::Start,
        Case::Insensitive,
        false,
        "startswith-operator",
        "Tells whether a string starts with another, ignoring case.",
        "",
        [example("print 'Fabrikam' startswith 'fab'", "True"), example("print 'Fabrikam' startswith 'kam'", "False")]
    ),
    matching!(
        "!startswith",
        text("right"),
        Place::Start,
        Case::Insensitive,
        true,
        "not-startswith-operator",
        "Tells whether a string does not start with another, ignoring case.",
        "",
        [example("print 'Fabrikam' !startswith 'kam'", "True"), example("print 'Fabrikam' !startswith 'fab'", "False")]
    ),
    matching!(
        "startswith_cs",
        text("right"),
        Place::Start,
        Case::Sensitive,
        false,
        "startswith-cs-operator",
        "Tells whether a string starts with another.",
        "",
        [
            example("print 'Fabrikam' startswith_cs 'Fab'", "True"),
            example("print 'Fabrikam' startswith_cs 'fab'", "False")
        ]
    ),
    matching!(
        "!startswith_cs",
        text("right"),
        Place::Start,
        Case::Sensitive,
        true,
        "not-startswith-cs-operator",
        "Tells whether a string does not start with another.",
        "",
        [
            example("print 'Fabrikam' !startswith_cs 'fab'", "True"),
            example("print 'Fabrikam' !startswith_cs 'Fab'", "False")
        ]
    ),
    matching!(
        "endswith",
        text("right"),
        Place::End,
        Case::Insensitive,
        false,
        "endswith-operator",
        "Tells whether a string ends with another, ignoring case.",
        "",
        [example("print 'Fabrikam' endswith 'KAM'", "True"), example("print 'Fabrikam' endswith 'brik'", "False")]
    ),
    matching!(
        "!endswith",
        text("right"),
        Place::End,
        Case::Insensitive,
        true,
        "not-endswith-operator",
        "Tells whether a string does not end with another, ignoring case.",
        "",
        [example("print 'Fabrikam' !endswith 'brik'", "True"), example("print 'Fabrikam' !endswith 'KAM'", "False")]
    ),
    matching!(
        "endswith_cs",
        text("right"),
        Place::End,
        Case::Sensitive,
        false,
        "endswith-cs-operator",
        "Tells whether a string ends with another.",
        "",
        [example("print 'Fabrikam' endswith_cs 'kam'", "True"), example("print 'Fabrikam' endswith_cs 'KAM'", "False")]
    ),
    matching!(
        "!endswith_cs",
        text("right"),
        Place::End,
        Case::Sensitive,
        true,
        "not-endswith-cs-operator",
        "Tells whether a string does not end with another.",
        "",
        [
            example("print 'Fabrikam' !endswith_cs 'KAM'", "True"),
            example("print 'Fabrikam' !endswith_cs 'kam'", "False")
        ]
    ),
    Function {
        name: "matches regex",
        aliases: &[],
        documentation: Documentation {
            summary: "Tells whether a part of a string matches a regular expression.",
            returns: "`true` or `false`, never null.",
            notes: "The expression is in RE2's syntax and minds case; put `(?i)` in front to ignore it.",
            page: "matches-regex-operator",
        },
        overloads: &[overload!([text("left"), text("right")] -> Bool, matches_regex)],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[
            example("print 'Fabrikam' matches regex 'b.*k'", "True"),
            example("print 'Fabrikam' matches regex '^b'", "False"),
        ],
    },
    Function {
        name: ":",
        aliases: &[],
        documentation: Documentation {
            summary: "Tells whether a string holds a search term, in which `*` stands for any text.",
            returns: "`true` or `false`, never null.",
            notes: "Without `*` it is `has`; `x*` is `hasprefix`, `*x` is `hassuffix` and `*x*` is `contains`.",
            page: "search-operator",
        },
        overloads: &[overload!([text("left"), text("right")] -> Bool, matches_search_term)],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[],
    },
    like!("like"),
    like!("!like"),
    like!("like_cs"),
    like!("!like_cs"),
];

fn matching(arguments: &Arguments<'_>, place: Place, case: Case, negated: bool) -> Result {
    let (texts, needles) = (arguments.strings(0)?, arguments.strings(1)?);
    let rows = arguments.rows();
    let mut scratch = String::new();
    let found = match needles.constant() {
        Some(needle) => Needle::new(needle, place, case).rows(texts, rows),
        None => BooleanBuffer::collect_bool(rows, |row| {
            Needle::new(needles.value(row), place, case).is_in(texts.value(row), &mut scratch)
        }),
    };
    Ok(Arc::new(BooleanArray::new(if negated { !&found } else { found }, None)))
}

fn matches_regex(arguments: &Arguments<'_>) -> Result {
    let texts = arguments.strings(0)?;
    let mut patterns = Patterns::new(arguments.strings(1)?)?;
    if let Some(pattern) = patterns.constant()
        && let Some(matches) =
            pattern.candidates(texts, arguments.rows(), |row| pattern.regex.is_match(texts.value(row)))
    {
        return Ok(Arc::new(BooleanArray::new(matches, None)));
    }
    let matches = (0..arguments.rows()).map(|row| Ok(patterns.get(row)?.regex.is_match(texts.value(row))));
    let matches = matches.collect::<Result<Vec<bool>>>()?;
    Ok(booleans(arguments.rows(), |row| matches.get(row).copied().unwrap_or(false)))
}

fn matches_search_term(arguments: &Arguments<'_>) -> Result {
    let (texts, terms) = (arguments.strings(0)?, arguments.strings(1)?);
    if let Some(term) = terms.constant()
        && let SearchTerm::Needle(needle) = SearchTerm::new(term)?
    {
        return Ok(Arc::new(BooleanArray::new(needle.rows(texts, arguments.rows()), None)));
    }
    let mut scratch = String::new();
    let mut prepared: Option<(&str, SearchTerm<'_>)> = None;
    let mut failure = None;
    let result = booleans(arguments.rows(), |row| {
        let term = terms.value(row);
        if prepared.as_ref().is_none_or(|(text, _)| *text != term) {
            match SearchTerm::new(term) {
                Ok(search_term) => prepared = Some((term, search_term)),
                Err(error) => failure = Some(error),
            }
        }
        prepared.as_ref().is_some_and(|(_, search_term)| search_term.is_in(texts.value(row), &mut scratch))
    });
    failure.map_or(Ok(result), Err)
}

/// A search term, prepared.
enum SearchTerm<'t> {
    Needle(Box<Needle<'t>>),
    /// With `*` inside.
    Pattern(regex::Regex),
}

impl<'t> SearchTerm<'t> {
    fn new(term: &'t str) -> Result<SearchTerm<'t>> {
        let core = term.trim_matches('*');
        if core.contains('*') {
            let parts: Vec<String> = core.split('*').map(regex::escape).collect();
            let start = if term.starts_with('*') { "" } else { "\\b" };
            let end = if term.ends_with('*') { "" } else { "\\b" };
            let pattern = format!("(?is){start}{}{end}", parts.join(".*"));
            return regex::Regex::new(&pattern)
                .map(SearchTerm::Pattern)
                .map_err(|error| KernelError(format!("the search term '{term}' is not valid: {error}")));
        }
        let place = match (term.starts_with('*'), term.ends_with('*')) {
            (false, false) => Place::Term,
            (false, true) => Place::TermPrefix,
            (true, false) => Place::TermSuffix,
            (true, true) => Place::Anywhere,
        };
        Ok(SearchTerm::Needle(Box::new(Needle::new(core, place, Case::Insensitive))))
    }

    fn is_in(&self, text: &str, scratch: &mut String) -> bool {
        match self {
            SearchTerm::Needle(needle) => needle.is_in(text, scratch),
            SearchTerm::Pattern(pattern) => pattern.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;
    use crate::testing::{Chance, call, strings, text};

    #[test]
    fn a_negation_is_the_opposite() {
        let texts = strings(&["Alpha beta", "alphabet", ""]);
        for operator in ["has", "has_cs", "hasprefix", "hassuffix_cs", "contains", "startswith", "endswith_cs"] {
            let plain = call(operator, &[texts.clone(), text("alpha")]);
            let negated = call(&format!("!{operator}"), &[texts.clone(), text("alpha")]);
            let opposite = plain.replace("true", "x").replace("false", "true").replace('x', "false");
            assert_eq!(negated, opposite, "!{operator}");
        }
    }

    #[test]
    fn the_empty_needle_is_everywhere() {
        let texts = strings(&["a", ""]);
        for operator in ["has", "hasprefix", "hassuffix", "contains", "startswith", "endswith", "matches regex", ":"] {
            assert_eq!(call(operator, &[texts.clone(), text("")]), "true|true", "{operator}");
        }
    }

    #[test]
    fn needles_may_differ_by_row() {
        let texts = strings(&["Alpha beta", "alphabet", "", "BETA"]);
        let needles = strings(&["beta", "beta", "", "beta"]);
        assert_eq!(call("has", &[texts.clone(), needles.clone()]), "true|false|true|true");
        assert_eq!(call("contains_cs", &[texts.clone(), needles.clone()]), "true|false|true|false");
        assert_eq!(call("matches regex", &[texts, needles]), "true|false|true|false");
        assert_eq!(call("contains", &[text("haystack"), strings(&["STACK", "x"])]), "true|false");
    }

    #[test]
    fn stars_in_search_terms() {
        let texts = strings(&["sawing error", "errors", "terror", "see err"]);
        assert_eq!(call(":", &[texts.clone(), text("ERR")]), "false|false|false|true");
        assert_eq!(call(":", &[texts.clone(), text("err*")]), "true|true|false|true");
        assert_eq!(call(":", &[texts.clone(), text("*error")]), "true|false|true|false");
        assert_eq!(call(":", &[texts.clone(), text("*rro*")]), "true|true|true|false");
        assert_eq!(call(":", &[texts.clone(), text("s*error")]), "true|false|false|false");
        assert_eq!(call(":", &[texts, text("*s*rr")]), "false|false|false|true");
    }

    #[test]
    fn a_column_is_matched_as_its_texts_one_by_one() {
        let mut chance = Chance::new(3);
        let operators =
            FUNCTIONS.iter().filter(|function| !function.name.contains("like")).map(|function| function.name);
        let operators: Vec<&str> = operators.collect();
        for _ in 0..400 {
            let texts: Vec<String> = (0..100).map(|_| chance.text(40)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let needle = chance.text(5).replace('\\', "");
            let operator = *chance.pick(&operators);
            let expected: Vec<String> =
                texts.iter().map(|value| call(operator, &[text(value), text(&needle)])).collect();
            assert_eq!(call(operator, &[strings(&texts), text(&needle)]), expected.join("|"), "{operator} '{needle}'");
        }
    }

    #[test]
    fn an_invalid_expression_is_an_error() {
        insta::assert_snapshot!(
            call("matches regex", &[strings(&["a"]), text("(a")]),
            @"error: the regular expression '(a' is not valid: unclosed group"
        );
    }
}
