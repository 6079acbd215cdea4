//! What an array holds: `array_length`, `array_index_of`, `array_sum`, `has_any_index`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Kind};

use super::super::{Dynamics, any, array};
use crate::argument::Primitives;
use crate::documentation::example;
use crate::function::Alias;
use crate::operators::needle::{Case, Needle, Place};
use crate::overload::overload;
use crate::signature::{integer, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[ARRAY_LENGTH, ARRAY_INDEX_OF, ARRAY_SUM, HAS_ANY_INDEX];

const ARRAY_LENGTH: Function = Function {
    name: "array_length",
    aliases: &[Alias { name: "arraylength", deprecated: true }],
    documentation: Documentation {
        summary: "Counts the elements of an array.",
        returns: "How many elements there are, nulls among them; null when the value is not an array.",
        notes: "A property bag is not an array: count its keys with `array_length(bag_keys(b))`.",
        page: "array-length-function",
    },
    overloads: &[overload!([array("array").describe("The array to measure.")] -> Long, array_length)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_length(dynamic(['a', null, [1, 2]]))", "3"),
        example("print isnull(array_length(dynamic({'a': 1})))", "True"),
    ],
};

fn array_length(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = Dynamics::new(arguments, 0)?;
    Ok(output::longs(arguments.rows(), |row| i64::try_from(values.value(row).array_length()?).ok()))
}

const ARRAY_INDEX_OF: Function = Function {
    name: "array_index_of",
    aliases: &[],
    documentation: Documentation {
        summary: "Finds a value in an array.",
        returns: "The index of the element that equals the value, counted from 0; -1 when there is none; null when the \
                  first argument is not an array, the length is less than -1 or the occurrence negative.",
        notes: "Numbers are equal by value, strings with regard to case.",
        page: "array-index-of-function",
    },
    overloads: &[overload!(
        [
            array("array").describe("The array to search."),
            any("value").describe("The value to find."),
            integer("start").optional().describe("Where to begin; a negative index counts from the end."),
            integer("length").optional().describe("How many elements to look at; -1 for all."),
            integer("occurrence").constant().optional().describe("Which of several to find; the first is 1."),
        ] -> Long,
        array_index_of
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_index_of(dynamic(['x', 'y', 'x']), 'x', 1)", "2"),
        example("print array_index_of(dynamic([1, 2.0, 3]), 2)", "1"),
        example("print array_index_of(dynamic(['x']), 'X')", "-1"),
    ],
};

fn array_index_of(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (arrays, values) = (Dynamics::new(arguments, 0)?, Dynamics::new(arguments, 1)?);
    let start = optional_long(arguments, 2)?;
    let length = optional_long(arguments, 3)?;
    let occurrence = optional_long(arguments, 4)?;
    let constant = values.constant().map(Dynamic::equality_key);
    Ok(output::longs(arguments.rows(), |row| {
        let array = arrays.array(row)?;
        let start = start.as_ref().map_or(Some(0), |start| start.get(row))?;
        let length = length.as_ref().map_or(Some(-1), |length| length.get(row))?;
        let occurrence = occurrence.as_ref().map_or(Some(1), |occurrence| occurrence.get(row))?;
        if length < -1 || occurrence < 0 {
            return None;
        }
        let start =
            if start < 0 { i64::try_from(array.elements().count()).ok()?.saturating_add(start).max(0) } else { start };
        let start = usize::try_from(start).ok()?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let wanted = constant.clone().unwrap_or_else(|| values.value(row).equality_key());
        let places = array.elements().enumerate().skip(start).take(length);
        let mut found = places.filter(|(_, element)| element.equality_key() == wanted);
        let nth = usize::try_from(occurrence.max(1) - 1).ok()?;
        Some(found.nth(nth).and_then(|(place, _)| i64::try_from(place).ok()).unwrap_or(-1))
    }))
}

fn optional_long<'a>(
    arguments: &Arguments<'a>,
    position: usize,
) -> Result<Option<Primitives<'a, Int64Type>>, KernelError> {
    if position < arguments.len() { arguments.primitives(position).map(Some) } else { Ok(None) }
}

const ARRAY_SUM: Function = Function {
    name: "array_sum",
    aliases: &[],
    documentation: Documentation {
        summary: "Adds the elements of an array.",
        returns: "The sum as a `real`; null when the array is empty or an element is not a number.",
        notes: "",
        page: "array-sum-function",
    },
    overloads: &[overload!([array("array").describe("The array of numbers.")] -> Real, array_sum)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print array_sum(dynamic([1, 2.5]))", "3.5"),
        example("print isnull(array_sum(dynamic([1, 'x'])))", "True"),
    ],
};

fn array_sum(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let arrays = Dynamics::new(arguments, 0)?;
    let sums = (0..arguments.rows()).map(|row| {
        let mut elements = arrays.array(row)?.elements();
        let first = elements.next()?.as_f64()?;
        elements.try_fold(first, |sum, element| Some(sum + element.as_f64()?))
    });
    Ok(Arc::new(sums.collect::<Float64Array>()))
}

const HAS_ANY_INDEX: Function = Function {
    name: "has_any_index",
    aliases: &[],
    documentation: Documentation {
        summary: "Finds which of several terms a string has.",
        returns: "The index of the first value of the array that the string `has`; -1 when it has none.",
        notes: "As `has`, it compares whole terms without regard to case.",
        page: "has-any-index-function",
    },
    overloads: &[overload!(
        [
            parameter_of("source", ParameterType::StringOrDynamic)
                .passed_as(PassedAs::Converted(ScalarType::String))
                .describe("The string to search."),
            array("values").describe("The terms to look for."),
        ] -> Long,
        has_any_index
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print has_any_index('cmd.exe /c whoami', dynamic(['net', 'whoami']))", "1"),
        example("print has_any_index('networking', dynamic(['net']))", "-1"),
    ],
};

fn has_any_index(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (sources, values) = (arguments.strings(0)?, Dynamics::new(arguments, 1)?);
    let mut scratch = String::new();
    if let Some(values) = values.constant() {
        let terms = terms(values);
        let needles: Vec<Needle<'_>> = terms.iter().map(|term| term_needle(term)).collect();
        return Ok(output::longs(arguments.rows(), |row| {
            let text = sources.value(row);
            Some(first(needles.iter().position(|needle| needle.is_in(text, &mut scratch))))
        }));
    }
    Ok(output::longs(arguments.rows(), |row| {
        let (terms, text) = (terms(values.value(row)), sources.value(row));
        Some(first(terms.iter().position(|term| term_needle(term).is_in(text, &mut scratch))))
    }))
}

/// The texts to look for: a value that is not an array is the only one.
fn terms(values: Dynamic<'_>) -> Vec<String> {
    match values.kind() {
        Kind::Array => values.elements().map(|element| element.to_string_value().into_owned()).collect(),
        Kind::Null => Vec::new(),
        _ => vec![values.to_string_value().into_owned()],
    }
}

fn term_needle(term: &str) -> Needle<'_> {
    Needle::new(term, Place::Term, Case::Insensitive)
}

fn first(place: Option<usize>) -> i64 {
    place.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, long, longs, strings, text};

    #[test]
    fn lengths() {
        let values = dynamics(&[Some("[]"), Some("[1, [2, 3]]"), Some("{}"), None, Some("\"ab\"")]);
        assert_eq!(call("array_length", &[values]), "0|2|null|null|null");
    }

    #[test]
    fn indices() {
        let array = dynamic(r#"["a", "b", 1, 1.0, "a", null, "\u0061"]"#);
        let at = |value: &str, rest: &[i64]| {
            let mut arguments = vec![array.clone(), dynamic(value)];
            arguments.extend(rest.iter().map(|number| long(*number)));
            call("array_index_of", &arguments)
        };
        assert_eq!(at("\"a\"", &[]), "0");
        assert_eq!(at("\"a\"", &[1]), "4");
        assert_eq!(at("\"a\"", &[-2]), "6");
        assert_eq!(at("\"a\"", &[-100, -1, 3]), "6");
        assert_eq!(at("\"a\"", &[1, 3]), "-1");
        assert_eq!(at("1", &[3]), "3");
        assert_eq!(at("null", &[]), "5");
        assert_eq!(at("\"1\"", &[]), "-1");
        assert_eq!(at("1", &[0, -2]), "null");
        assert_eq!(at("1", &[0, -1, -1]), "null");
        assert_eq!(at("1", &[i64::MIN]), "2");
        assert_eq!(at("1", &[i64::MAX]), "-1");
        assert_eq!(call("array_index_of", &[array.clone(), dynamic("1"), longs(&[Some(3), None])]), "3|null");
    }

    #[test]
    fn sums() {
        let values = dynamics(&[Some("[1, 2]"), Some("[]"), Some("[1, null]"), Some("5")]);
        assert_eq!(call("array_sum", &[values]), "3.0|null|null|null");
    }

    #[test]
    fn first_term() {
        let sources = strings(&["a quick fox", "QUICK", "quickly", ""]);
        assert_eq!(call("has_any_index", &[sources.clone(), dynamic(r#"["fox", "quick", 7]"#)]), "0|1|-1|-1");
        let values = dynamics(&[Some("[\"x\"]"), Some("[\"x\",\"quick\"]"), Some("[]"), None]);
        assert_eq!(call("has_any_index", &[sources, values]), "-1|1|-1|-1");
        assert_eq!(call("has_any_index", &[text("a 7"), dynamic("[6, 7]")]), "1");
    }
}
