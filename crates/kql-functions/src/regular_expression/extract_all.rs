//! `extract_all`: what a regular expression captures in all its matches.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic};

use crate::argument::Strings;
use crate::documentation::example;
use crate::function::Alias;
use crate::overload::overload;
use crate::regex_cache::{Pattern, Patterns};
use crate::signature::{parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[EXTRACT_ALL];

const PATTERN: Parameter =
    parameter("regex", ScalarType::String).constant().describe("A regular expression with at least one capture group.");
const GROUPS: Parameter = parameter_of("captureGroups", ParameterType::DynamicArray)
    .describe("The capture groups to give, by number from 1 or by name.");
const SOURCE: Parameter = parameter("source", ScalarType::String).describe("The text to search in.");

const EXTRACT_ALL: Function = Function {
    name: "extract_all",
    aliases: &[Alias { name: "extractall", deprecated: true }],
    documentation: Documentation {
        summary: "Gives all that a regular expression captures in a string.",
        returns: "An array with one element for each match, or null when there is none. With one capture group the \
                  elements are strings, with more they are arrays of strings, in which a group that took no part is \
                  the empty string.",
        notes: "The expression must have a capture group: write `(\\d+)`, not `\\d+`. Matches do not overlap.",
        page: "extract-all-function",
    },
    overloads: &[
        overload!([PATTERN, SOURCE] -> Dynamic, extract_all),
        overload!([PATTERN, GROUPS, SOURCE] -> Dynamic, extract_all_groups),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(r"print extract_all(@'(\d+)', 'a1b22')", r#"["1","22"]"#),
        example(r"print extract_all(@'(\w)=(\d)', 'a=1 b=2')", r#"[["a","1"],["b","2"]]"#),
        example(r"print extract_all(@'(?P<key>\w)=(\d)', dynamic(['key']), 'a=1 b=2')", r#"["a","b"]"#),
        example(r"print extract_all(@'(\d+)', 'none')", ""),
    ],
};

fn extract_all(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let patterns = Patterns::new(arguments.strings(0)?)?;
    let constant = patterns.constant().map(all_groups).transpose()?;
    extract(arguments.rows(), patterns, arguments.strings(1)?, constant, |pattern, _| all_groups(pattern))
}

fn extract_all_groups(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let patterns = Patterns::new(arguments.strings(0)?)?;
    let selections = arguments.strings(1)?;
    let constant = match (patterns.constant(), selections.constant()) {
        (Some(pattern), Some(selection)) => Some(select(pattern, selection)?),
        _ => None,
    };
    extract(arguments.rows(), patterns, arguments.strings(2)?, constant, |pattern, row| {
        select(pattern, selections.value(row))
    })
}

/// Gives the matches of `groups`, which are asked for row by row where they are not constant.
fn extract(
    rows: usize,
    mut patterns: Patterns<'_>,
    texts: Strings<'_>,
    constant: Option<Vec<usize>>,
    groups: impl Fn(&Pattern, usize) -> Result<Vec<usize>, KernelError>,
) -> Result<ArrayRef, KernelError> {
    output::dynamics(rows, |row, out| {
        let pattern = patterns.get(row)?;
        let of_row;
        let groups = match &constant {
            Some(groups) => groups,
            None => {
                of_row = groups(pattern, row)?;
                &of_row
            }
        };
        let text = texts.value(row);
        let mut array = Builder::new(out);
        let mut found = false;
        pattern.each(text, |locations| {
            if !found {
                array.begin_array();
                found = true;
            }
            if groups.len() > 1 {
                array.begin_array();
            }
            for group in groups {
                array.string(locations.get(*group).and_then(|(start, end)| text.get(start..end)).unwrap_or(""));
            }
            if groups.len() > 1 {
                array.end_array();
            }
        });
        if found {
            array.end_array();
        }
        Ok(found)
    })
}

/// The numbers of all capture groups.
fn all_groups(pattern: &Pattern) -> Result<Vec<usize>, KernelError> {
    let groups: Vec<usize> = (1..pattern.regex.captures_len()).collect();
    if groups.is_empty() {
        return Err(KernelError(format!(
            "extract_all needs a capture group in the regular expression '{}'",
            pattern.regex
        )));
    }
    Ok(groups)
}

/// The numbers of the groups that an array of numbers and names selects.
fn select(pattern: &Pattern, selection: &str) -> Result<Vec<usize>, KernelError> {
    let groups: Result<Vec<usize>, KernelError> = Dynamic::new(selection)
        .elements()
        .map(|element| {
            let name = element.to_string_value();
            let number = element.as_i64().and_then(|number| usize::try_from(number).ok());
            let group = match number {
                Some(number) => (1..pattern.regex.captures_len()).contains(&number).then_some(number),
                None => pattern.regex.capture_names().position(|known| known == Some(name.as_ref())),
            };
            group.ok_or_else(|| {
                KernelError(format!("the regular expression '{}' has no capture group '{name}'", pattern.regex))
            })
        })
        .collect();
    let groups = groups?;
    if groups.is_empty() {
        Err(KernelError("extract_all got no capture groups to give".to_owned()))
    } else {
        Ok(groups)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, overload, show, strings, text};

    #[test]
    fn every_match_gives_an_element() {
        let lines = strings(&["a=1, é=2", "", "b="]);
        assert_eq!(call("extract_all", &[text(r"(\w)="), lines.clone()]), r#"["a","é"]|null|["b"]"#);
        let pairs = r#"[["a","1"],["é","2"]]|null|[["b",""]]"#;
        assert_eq!(call("extract_all", &[text(r"(\w)=(\d)?"), lines]), pairs);
        assert_eq!(call("extract_all", &[strings(&["(a)", "(b)(c)"]), text("abc")]), r#"["a"]|[["b","c"]]"#);
    }

    #[test]
    fn groups_are_selected_by_number_and_name() {
        let give = |groups| show(overload("extract_all", 1, &[text(r"(?<k>\w)=(\d)(!)?"), groups, text("a=1 b=2!")]));
        assert_eq!(give(dynamic("[2]")), r#"["1","2"]"#);
        assert_eq!(give(dynamic(r#"[3,"k"]"#)), r#"[["","a"],["!","b"]]"#);
        assert_eq!(give(dynamics(&[Some("[1]"), Some(r#"["k",1]"#)])), r#"["a","b"]|[["a","a"],["b","b"]]"#);
        insta::assert_snapshot!(give(dynamic("[4]")), @r"error: the regular expression '(?<k>\w)=(\d)(!)?' has no capture group '4'");
        insta::assert_snapshot!(give(dynamic("null")), @"error: extract_all got no capture groups to give");
    }

    #[test]
    fn a_capture_group_is_needed() {
        insta::assert_snapshot!(
            call("extract_all", &[text("a"), text("a")]),
            @"error: extract_all needs a capture group in the regular expression 'a'"
        );
    }
}
