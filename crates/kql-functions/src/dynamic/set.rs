//! `set_*` and `jaccard_index`: arrays taken as sets.
//!
//! Elements are equal as values (`1` is `1.0`); results keep the order in which elements first came.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use kql_types::dynamic::Dynamic;

use super::{Dynamics, any, array, write_array};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[SET_UNION, SET_INTERSECT, SET_DIFFERENCE, SET_HAS_ELEMENT, SET_EQUALS, JACCARD_INDEX];

const SET: Parameter = array("set").describe("An array.");
const FURTHER_SET: Parameter = array("set").repeated().describe("A further array.");

/// The equality keys of a set's elements.
type Keys<'a> = HashSet<Cow<'a, str>>;

fn keys(set: Dynamic<'_>) -> Keys<'_> {
    set.elements().map(Dynamic::equality_key).collect()
}

/// Sets to look elements up in; those of constants are made once.
struct Lookup<'a> {
    sets: Dynamics<'a>,
    constant: Option<Keys<'a>>,
    of_row: Keys<'a>,
}

impl<'a> Lookup<'a> {
    fn all(arguments: &Arguments<'a>, from: usize) -> Result<Vec<Lookup<'a>>, KernelError> {
        let sets = Dynamics::all(arguments, from)?.into_iter();
        Ok(sets.map(|sets| Lookup { sets, constant: sets.constant().map(keys), of_row: Keys::new() }).collect())
    }

    /// Makes the set of this row ready.
    fn prepare(&mut self, row: usize) {
        if self.constant.is_none() {
            self.of_row.clear();
            self.of_row.extend(self.sets.value(row).elements().map(Dynamic::equality_key));
        }
    }

    fn keys(&self) -> &Keys<'a> {
        self.constant.as_ref().unwrap_or(&self.of_row)
    }
}

const SET_UNION: Function = Function {
    name: "set_union",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the distinct elements of all arrays.",
        returns: "An array of the elements that are in any of the arrays, each once; null when no argument is an array.",
        notes: "Arguments that are not arrays count as empty.",
        page: "set-union-function",
    },
    overloads: &[overload!([SET, FURTHER_SET] -> Dynamic, set_union)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print set_union(dynamic([3, 1, 3]), dynamic([2, 1]))", "[3,1,2]"),
        example("print set_union(dynamic(['a']), dynamic(['A', 'a']))", "[\"a\",\"A\"]"),
    ],
};

fn set_union(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let sets = Dynamics::all(arguments, 0)?;
    let mut seen = Keys::new();
    output::dynamics(arguments.rows(), |row, out| {
        if sets.iter().all(|sets| sets.array(row).is_none()) {
            return Ok(false);
        }
        seen.clear();
        let elements = sets.iter().flat_map(|sets| sets.value(row).elements());
        write_array(elements.filter(|element| seen.insert(element.equality_key())), out);
        Ok(true)
    })
}

const SET_INTERSECT: Function = Function {
    name: "set_intersect",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the distinct elements that all arrays share.",
        returns: "An array of the elements that are in every array, each once; null when the first is not an array.",
        notes: "Further arguments that are not arrays count as empty.",
        page: "set-intersect-function",
    },
    overloads: &[overload!([SET, FURTHER_SET] -> Dynamic, set_intersect)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print set_intersect(dynamic([1, 2, 2, 3]), dynamic([3, 2]))", "[2,3]"),
        example("print set_intersect(dynamic(['a']), dynamic(['b']))", "[]"),
    ],
};

fn set_intersect(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    filter_first(arguments, |key, others| others.iter().all(|other| other.keys().contains(key)))
}

const SET_DIFFERENCE: Function = Function {
    name: "set_difference",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the distinct elements of the first array that no other array has.",
        returns: "An array of these elements, each once; null when the first is not an array.",
        notes: "Further arguments that are not arrays count as empty.",
        page: "set-difference-function",
    },
    overloads: &[overload!([SET, FURTHER_SET] -> Dynamic, set_difference)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print set_difference(dynamic([1, 2, 1, 4]), dynamic([2, 3]))", "[1,4]"),
        example("print set_difference(dynamic([1]), dynamic([1.0]))", "[]"),
    ],
};

fn set_difference(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    filter_first(arguments, |key, others| !others.iter().any(|other| other.keys().contains(key)))
}

/// The distinct elements of the first array that `keep` keeps.
fn filter_first(
    arguments: &Arguments<'_>,
    keep: impl Fn(&str, &[Lookup<'_>]) -> bool,
) -> Result<ArrayRef, KernelError> {
    let first = Dynamics::new(arguments, 0)?;
    let mut others = Lookup::all(arguments, 1)?;
    let mut seen = Keys::new();
    output::dynamics(arguments.rows(), |row, out| {
        let Some(first) = first.array(row) else { return Ok(false) };
        others.iter_mut().for_each(|other| other.prepare(row));
        seen.clear();
        let kept = first.elements().filter(|element| {
            let key = element.equality_key();
            keep(&key, &others) && seen.insert(key)
        });
        write_array(kept, out);
        Ok(true)
    })
}

const SET_HAS_ELEMENT: Function = Function {
    name: "set_has_element",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether an array has an element.",
        returns: "Whether an element equals the value; null when the first argument is not an array.",
        notes: "Strings are compared with regard to case.",
        page: "set-has-element-function",
    },
    overloads: &[overload!([SET, any("value").describe("The element to look for.")] -> Bool, set_has_element)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print set_has_element(dynamic(['a', 'b']), 'b')", "True"),
        example("print set_has_element(dynamic([1, 2]), 3)", "False"),
    ],
};

fn set_has_element(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (sets, values) = (Dynamics::new(arguments, 0)?, Dynamics::new(arguments, 1)?);
    if let Some(set) = sets.constant() {
        let is_array = set.array_length().is_some();
        let keys = keys(set);
        return Ok(output::bools(arguments.rows(), |row| {
            is_array.then(|| keys.contains(&*values.value(row).equality_key()))
        }));
    }
    let constant = values.constant().map(Dynamic::equality_key);
    Ok(output::bools(arguments.rows(), |row| {
        let wanted = constant.clone().unwrap_or_else(|| values.value(row).equality_key());
        Some(sets.array(row)?.elements().any(|element| element.equality_key() == wanted))
    }))
}

const SET_EQUALS: Function = Function {
    name: "set_equals",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether two arrays have the same elements, in any order and number.",
        returns: "A bool; null when an argument is not an array.",
        notes: "",
        page: "",
    },
    overloads: &[overload!([SET, SET] -> Bool, set_equals)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print set_equals(dynamic([1, 2, 1]), dynamic([2.0, 1]))", "True"),
        example("print set_equals(dynamic([1, 2]), dynamic([1]))", "False"),
    ],
};

fn set_equals(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (left, right) = (Dynamics::new(arguments, 0)?, Dynamics::new(arguments, 1)?);
    Ok(output::bools(arguments.rows(), |row| Some(keys(left.array(row)?) == keys(right.array(row)?))))
}

const JACCARD_INDEX: Function = Function {
    name: "jaccard_index",
    aliases: &[],
    documentation: Documentation {
        summary: "Measures how alike two sets are.",
        returns: "The number of elements that both have, divided by the number that either has; NaN for two empty sets, null when an argument is not an array.",
        notes: "Elements that come several times count once.",
        page: "jaccard-index-function",
    },
    overloads: &[overload!([SET, array("set").describe("A second array.")] -> Real, jaccard_index)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 2, 4]))", "0.5"),
        example("print jaccard_index(dynamic(['a']), dynamic(['b']))", "0.0"),
    ],
};

fn jaccard_index(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (left, right) = (Dynamics::new(arguments, 0)?, Dynamics::new(arguments, 1)?);
    let indices = (0..arguments.rows()).map(|row| {
        let (left, right) = (keys(left.array(row)?), keys(right.array(row)?));
        let shared = left.intersection(&right).count();
        Some(shared as f64 / (left.len() + right.len() - shared) as f64)
    });
    Ok(Arc::new(indices.collect::<Float64Array>()))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics};

    #[test]
    fn unions_and_the_like() {
        let sets = dynamics(&[Some(r#"[1, "a", 1.0, {"k": 1, "l": 2}]"#), Some("[]"), None]);
        let others = dynamics(&[Some(r#"[{"l": 2.0, "k": 1}, "\u0061", 9]"#), Some("[7, 7]"), Some("[5]")]);
        let arguments = [sets, others];
        assert_eq!(call("set_union", &arguments), r#"[1,"a",{"k": 1, "l": 2},9]|[7]|[5]"#);
        assert_eq!(call("set_intersect", &arguments), r#"["a",{"k": 1, "l": 2}]|[]|null"#);
        assert_eq!(call("set_difference", &arguments), "[1]|[]|null");
        assert_eq!(call("jaccard_index", &arguments), "0.5|0.0|null");
    }

    #[test]
    fn against_constants() {
        let sets = dynamics(&[Some("[1, 2, 2]"), Some("[3]"), Some("{}")]);
        let constant = dynamic("[2, 3]");
        assert_eq!(call("set_intersect", &[sets.clone(), constant.clone(), dynamic("[3]")]), "[]|[3]|null");
        assert_eq!(call("set_difference", &[sets.clone(), constant.clone()]), "[1]|[]|null");
        assert_eq!(call("set_has_element", &[sets.clone(), dynamic("2.0")]), "true|false|null");
        let values = dynamics(&[Some("2"), Some("\"2\""), None]);
        assert_eq!(call("set_has_element", &[constant, values.clone()]), "true|false|false");
        assert_eq!(call("set_has_element", &[dynamic("1"), values]), "null|null|null");
        assert_eq!(call("jaccard_index", &[dynamic("[]"), dynamic("[]")]), "NaN");
    }
}
