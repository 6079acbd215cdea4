//! `array_sort_asc` and `array_sort_desc`.

use std::borrow::Cow;
use std::cmp::Ordering;

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Kind};

use super::super::{Dynamics, array, write_array};
use crate::documentation::example;
use crate::function::Kernel;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Overload, Parameter, ResultName, ReturnType, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[ARRAY_SORT_ASC, ARRAY_SORT_DESC];

const ARRAY: Parameter = array("array").describe("The array to sort.");
const NEXT_ARRAY: Parameter = array("array").describe("An array to bring into the same order.");
const NULLS_LAST: Parameter =
    parameter("nulls_last", ScalarType::Bool).constant().describe("Whether nulls come last (as they do by default).");

/// The end of the names of the columns.
const SORTED: &str = "sorted";

/// Arrays that are sorted together, a column each.
const fn sorted_each(
    parameters: &'static [Parameter],
    kernel: fn(&Arguments<'_>) -> Result<ArrayRef, KernelError>,
) -> Overload {
    Overload { parameters, returns: ReturnType::ColumnEach(SORTED), kernel: Kernel::Vectorized(kernel) }
}

const ARRAY_SORT_ASC: Function = Function {
    name: "array_sort_asc",
    aliases: &[],
    documentation: Documentation {
        summary: "Sorts an array upwards, and further arrays in the same order.",
        returns: "The sorted array; of several arrays a column each, with null for one that has another length than the \
                  first. Null when the first is no array.",
        notes: "Numbers come before strings, and those before all else. Nulls come last unless `nulls_last` is false.",
        page: "array-sort-asc-function",
    },
    overloads: &[
        overload!([ARRAY] -> Dynamic, |arguments| sort(arguments, false)),
        overload!([ARRAY, NULLS_LAST] -> Dynamic, |arguments| sort(arguments, false)),
        sorted_each(&[ARRAY, NEXT_ARRAY.repeated()], |arguments| sort_together(arguments, false)),
        sorted_each(&[ARRAY, NEXT_ARRAY.repeated(), NULLS_LAST], |arguments| sort_together(arguments, false)),
    ],
    result_name: ResultName::FirstArrayAndEnding(SORTED),
    deterministic: true,
    examples: &[
        example("print x = array_sort_asc(dynamic(['b', null, 'a', 2, 1.5]))", "[1.5,2,\"a\",\"b\",null]"),
        example("print x = array_sort_asc(dynamic([3, null, 1]), false)", "[null,1,3]"),
        example("print x = array_sort_asc(dynamic([2, 1]), dynamic(['two', 'one']))[1]", "[\"one\",\"two\"]"),
    ],
};

const ARRAY_SORT_DESC: Function = Function {
    name: "array_sort_desc",
    aliases: &[],
    documentation: Documentation {
        summary: "Sorts an array downwards, and further arrays in the same order.",
        returns: "The sorted array; of several arrays a column each, with null for one that has another length than the \
                  first. Null when the first is no array.",
        notes: "Nulls come last unless `nulls_last` is false.",
        page: "array-sort-desc-function",
    },
    overloads: &[
        overload!([ARRAY] -> Dynamic, |arguments| sort(arguments, true)),
        overload!([ARRAY, NULLS_LAST] -> Dynamic, |arguments| sort(arguments, true)),
        sorted_each(&[ARRAY, NEXT_ARRAY.repeated()], |arguments| sort_together(arguments, true)),
        sorted_each(&[ARRAY, NEXT_ARRAY.repeated(), NULLS_LAST], |arguments| sort_together(arguments, true)),
    ],
    result_name: ResultName::FirstArrayAndEnding(SORTED),
    deterministic: true,
    examples: &[
        example("print x = array_sort_desc(dynamic([1, null, 3]))", "[3,1,null]"),
        example("print x = array_sort_desc(dynamic(['a', 'c', 'b']), false)", "[\"c\",\"b\",\"a\"]"),
    ],
};

fn sort(arguments: &Arguments<'_>, descending: bool) -> Result<ArrayRef, KernelError> {
    let arrays = Dynamics::new(arguments, 0)?;
    let nulls_last = nulls_last(arguments)?;
    let mut order = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let Some(array) = arrays.array(row) else { return Ok(false) };
        sort_elements(array, descending, nulls_last, &mut order);
        write_array(order.iter().map(|entry| entry.element), out);
        Ok(true)
    })
}

fn sort_together(arguments: &Arguments<'_>, descending: bool) -> Result<ArrayRef, KernelError> {
    let nulls_last_at = arguments.len().saturating_sub(1);
    let has_nulls_last = arguments.bools(nulls_last_at).is_ok();
    let nulls_last = nulls_last(arguments)?;
    let mut arrays = Vec::new();
    for position in 0..if has_nulls_last { nulls_last_at } else { arguments.len() } {
        arrays.push(Dynamics::new(arguments, position)?);
    }
    let mut order = Vec::new();
    let mut elements = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let Some(first) = arrays.first().and_then(|arrays| arrays.array(row)) else { return Ok(false) };
        sort_elements(first, descending, nulls_last, &mut order);
        out.push('[');
        for (position, array) in arrays.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            elements.clear();
            elements.extend(array.value(row).elements());
            if elements.len() == order.len() && array.array(row).is_some() {
                write_array(order.iter().filter_map(|entry| elements.get(entry.index).copied()), out);
            } else {
                out.push_str("null");
            }
        }
        out.push(']');
        Ok(true)
    })
}

/// The last argument when it is a bool, else what Kusto does without it.
fn nulls_last(arguments: &Arguments<'_>) -> Result<bool, KernelError> {
    let last = arguments.len().saturating_sub(1);
    Ok(arguments.bools(last).ok().and_then(|nulls_last| nulls_last.get(0)).unwrap_or(true))
}

/// An element with what it is sorted by.
#[derive(Debug)]
struct Entry<'a> {
    index: usize,
    element: Dynamic<'a>,
    key: SortKey<'a>,
}

/// In the order in which Kusto sorts kinds among each other.
#[derive(Debug)]
enum SortKey<'a> {
    Long(i64),
    Real(f64),
    String(Cow<'a, str>),
    Other(Cow<'a, str>),
    Null,
}

impl<'a> SortKey<'a> {
    fn new(element: Dynamic<'a>) -> SortKey<'a> {
        match element.kind() {
            Kind::Null => SortKey::Null,
            Kind::Long => element.as_i64().map_or(SortKey::Null, SortKey::Long),
            Kind::Real => element.as_f64().map_or(SortKey::Null, SortKey::Real),
            Kind::String => SortKey::String(element.as_str().unwrap_or_default()),
            Kind::Bool | Kind::Array | Kind::Bag => SortKey::Other(element.equality_key()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            SortKey::Long(_) | SortKey::Real(_) => 0,
            SortKey::String(_) => 1,
            SortKey::Other(_) => 2,
            SortKey::Null => 3,
        }
    }

    fn compare(&self, other: &SortKey<'_>) -> Ordering {
        match (self, other) {
            (SortKey::Long(left), SortKey::Long(right)) => left.cmp(right),
            (SortKey::Long(left), SortKey::Real(right)) => (*left as f64).total_cmp(right),
            (SortKey::Real(left), SortKey::Long(right)) => left.total_cmp(&(*right as f64)),
            (SortKey::Real(left), SortKey::Real(right)) => left.total_cmp(right),
            (SortKey::String(left), SortKey::String(right)) | (SortKey::Other(left), SortKey::Other(right)) => {
                left.cmp(right)
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// Fills `order` with the elements in their new order; equal ones keep theirs.
fn sort_elements<'a>(array: Dynamic<'a>, descending: bool, nulls_last: bool, order: &mut Vec<Entry<'a>>) {
    order.clear();
    let entries = array.elements().enumerate();
    order.extend(entries.map(|(index, element)| Entry { index, element, key: SortKey::new(element) }));
    order.sort_by(|left, right| match (&left.key, &right.key) {
        (SortKey::Null, SortKey::Null) => Ordering::Equal,
        (SortKey::Null, _) if nulls_last => Ordering::Greater,
        (SortKey::Null, _) => Ordering::Less,
        (_, SortKey::Null) if nulls_last => Ordering::Less,
        (_, SortKey::Null) => Ordering::Greater,
        (left, right) if descending => right.compare(left),
        (left, right) => left.compare(right),
    });
}

#[cfg(test)]
mod tests {
    use arrow::array::BooleanArray;
    use std::sync::Arc;

    use crate::Argument;
    use crate::testing::{dynamic, dynamics, overload, show};

    fn bool(value: bool) -> Argument {
        Argument::Constant(Arc::new(BooleanArray::from(vec![value])))
    }

    #[test]
    fn sorts_by_kind_then_value() {
        let mixed = dynamics(&[Some(r#"["b", null, 10, true, 9.5, "B", [1], null]"#), Some("[]"), Some("{}"), None]);
        assert_eq!(
            show(overload("array_sort_asc", 0, std::slice::from_ref(&mixed))),
            "[9.5,10,\"B\",\"b\",[1],true,null,null]|[]|null|null"
        );
        assert_eq!(
            show(overload("array_sort_desc", 1, &[mixed, bool(false)])),
            "[null,null,true,[1],\"b\",\"B\",10,9.5]|[]|null|null"
        );
    }

    #[test]
    fn several_arrays() {
        let keys = dynamic("[3,1,2]");
        let arguments = [keys.clone(), dynamic(r#"["c","a","b"]"#), dynamic("[1]")];
        assert_eq!(show(overload("array_sort_asc", 2, &arguments)), r#"[[1,2,3],["a","b","c"],null]"#);
        let arguments = [keys, dynamic("[null,2,3]"), bool(true)];
        assert_eq!(show(overload("array_sort_desc", 3, &arguments)), "[[3,2,1],[null,3,2]]");
    }
}
