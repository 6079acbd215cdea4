//! Comparing `dynamic` values, with each other and with whole numbers.
//!
//! Numbers compare by value, whatever their kind. Other values are equal when their canonical forms are, and of
//! them only datetimes and timespans have an order.

use std::cmp::Ordering;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Int64Type};
use kql_types::dynamic::{Dynamic, Kind};

use super::dynamic_number::Number;
use crate::argument::{Primitives, Strings};
use crate::columnar::optional_booleans;
use crate::{Arguments, KernelError};

type Result<T = ArrayRef> = std::result::Result<T, KernelError>;

/// A `dynamic` or `long` operand, row by row.
enum Operand<'a> {
    Dynamic(Strings<'a>),
    Long(Primitives<'a, Int64Type>),
}

/// The value of an operand.
#[derive(Clone, Copy)]
enum Held<'a> {
    Dynamic(Dynamic<'a>),
    Long(i64),
}

impl<'a> Operand<'a> {
    fn new(arguments: &Arguments<'a>, position: usize) -> Result<Operand<'a>> {
        Ok(match arguments.get(position)?.array().data_type() {
            DataType::Int64 => Operand::Long(arguments.primitives(position)?),
            _ => Operand::Dynamic(arguments.strings(position)?),
        })
    }

    /// The value of a row; `None` for null.
    fn get(&self, row: usize) -> Option<Held<'a>> {
        match self {
            Operand::Dynamic(texts) => {
                texts.get(row).map(Dynamic::new).filter(|value| !value.is_null()).map(Held::Dynamic)
            }
            Operand::Long(values) => values.get(row).map(Held::Long),
        }
    }
}

impl Held<'_> {
    /// The number that the value stands for.
    fn number(self) -> Option<Number> {
        match self {
            Held::Dynamic(value) => Number::of(value),
            Held::Long(value) => Some(Number::Long(value)),
        }
    }
}

/// `==` and, negated, `!=`.
pub fn equality(arguments: &Arguments<'_>, negated: bool) -> Result {
    let (left, right) = (Operand::new(arguments, 0)?, Operand::new(arguments, 1)?);
    Ok(optional_booleans(arguments.rows(), |row| match (left.get(row), right.get(row)) {
        (None, None) => None,
        (Some(left), Some(right)) => Some(equal(left, right) != negated),
        _ => Some(negated),
    }))
}

fn equal(left: Held<'_>, right: Held<'_>) -> bool {
    let (left, right) = match (left, right) {
        (Held::Dynamic(left), Held::Dynamic(right)) => (left, right),
        _ => {
            let numbers = left.number().zip(right.number());
            return numbers.is_some_and(|(left, right)| left.compare(right) == Some(Ordering::Equal));
        }
    };
    match (Number::only(left), Number::only(right)) {
        (Some(left), Some(right)) => left.compare(right) == Some(Ordering::Equal),
        (None, None) => left.text() == right.text() || left.canonical() == right.canonical(),
        _ => false,
    }
}

/// An ordering, of which `holds` says whether it is the one that was asked for.
pub fn ordering(arguments: &Arguments<'_>, holds: fn(Ordering) -> bool) -> Result {
    let (left, right) = (Operand::new(arguments, 0)?, Operand::new(arguments, 1)?);
    Ok(optional_booleans(arguments.rows(), |row| {
        let (left, right) = (left.get(row)?, right.get(row)?);
        match (left.number(), right.number()) {
            // NaN is neither above nor below.
            (Some(left), Some(right)) => Some(left.compare(right).is_some_and(holds)),
            (None, None) => times(left, right).map(holds),
            _ => None,
        }
    }))
}

/// How two timespans or two datetimes compare.
fn times(left: Held<'_>, right: Held<'_>) -> Option<Ordering> {
    let (Held::Dynamic(left), Held::Dynamic(right)) = (left, right) else { return None };
    if left.kind() != Kind::String || right.kind() != Kind::String {
        return None;
    }
    let timespans = left.to_timespan().zip(right.to_timespan());
    let (left, right) = timespans.or_else(|| left.to_datetime().zip(right.to_datetime()))?;
    Some(left.cmp(&right))
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;

    use crate::testing::{call_overload, dynamics, long};

    fn compared(left: &str, operator: &str, right: &str) -> Option<bool> {
        let operands = [dynamics(&[Some(left)]), dynamics(&[Some(right)])];
        call_overload(&format!("{operator}(dynamic, dynamic)"), &operands, 1).as_boolean().iter().next().flatten()
    }

    #[test]
    fn equal_by_value() {
        assert_eq!(compared("1", "==", "1.0"), Some(true));
        assert_eq!(compared("\"a\"", "==", "\"\\u0061\""), Some(true));
        assert_eq!(compared("[1, 2]", "==", "[1,2]"), Some(true));
        assert_eq!(compared("\"1\"", "==", "1"), Some(false));
        assert_eq!(compared("true", "!=", "false"), Some(true));
        assert_eq!(compared("null", "==", "1"), Some(false));
        assert_eq!(compared("null", "!=", "1"), Some(true));
        assert_eq!(compared("null", "==", "null"), None);
    }

    #[test]
    fn ordered_where_there_is_an_order() {
        assert_eq!(compared("9223372036854775807", ">", "9223372036854775806"), Some(true));
        assert_eq!(compared("1", "<=", "0.5"), Some(false));
        assert_eq!(compared("\"2024-01-02\"", ">", "\"2024-01-01\""), Some(true));
        assert_eq!(compared("\"10.00:00:00\"", ">", "\"9.00:00:00\""), Some(true));
        assert_eq!(compared("\"b\"", ">", "\"a\""), None);
        assert_eq!(compared("null", "<", "1"), None);
    }

    #[test]
    fn against_whole_numbers() {
        let values = dynamics(&[Some("4624"), Some("\"4624\""), Some("4624.5"), Some("[4624]"), Some("null"), None]);
        let compared = |operator: &str| -> Vec<Option<bool>> {
            let operands = [values.clone(), long(4624)];
            call_overload(&format!("{operator}(dynamic, integer)"), &operands, 6).as_boolean().iter().collect()
        };
        assert_eq!(compared("=="), [Some(true), Some(true), Some(false), Some(false), Some(false), Some(false)]);
        assert_eq!(compared("!="), [Some(false), Some(false), Some(true), Some(true), Some(true), Some(true)]);
        assert_eq!(compared(">"), [Some(false), Some(false), Some(true), None, None, None]);
        assert_eq!(compared(">="), [Some(true), Some(true), Some(true), None, None, None]);
    }
}
