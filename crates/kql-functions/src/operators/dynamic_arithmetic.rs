//! Arithmetic on two `dynamic` values: each is what it holds, a number, a datetime or a timespan.

use arrow::array::ArrayRef;
use kql_types::dynamic::{Builder, Dynamic, Kind};
use kql_types::ticks::checked_datetime;

use super::dynamic_number::Number;
use crate::output;
use crate::{Arguments, KernelError};

type Result = std::result::Result<ArrayRef, KernelError>;

/// An arithmetic operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// What a `dynamic` holds, where arithmetic knows it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    Number(Number),
    DateTime(i64),
    TimeSpan(i64),
}

impl Held {
    fn of(value: Dynamic<'_>) -> Option<Held> {
        if let Some(number) = Number::of(value) {
            return Some(Held::Number(number));
        }
        if value.kind() != Kind::String {
            return None;
        }
        value.to_timespan().map(Held::TimeSpan).or_else(|| value.to_datetime().map(Held::DateTime))
    }
}

/// Applies an operation to the first two arguments; null where an operand holds nothing that it can be applied to.
pub fn combine(arguments: &Arguments<'_>, operation: Operation) -> Result {
    let (left, right) = (arguments.strings(0)?, arguments.strings(1)?);
    let held = |text: Option<&str>| text.map(Dynamic::new).and_then(Held::of);
    output::dynamics(arguments.rows(), |row, json| {
        let result = held(left.get(row)).zip(held(right.get(row)));
        Ok(write(result.and_then(|(left, right)| apply(operation, left, right)), json))
    })
}

/// Changes the sign of the only argument.
pub fn negate(arguments: &Arguments<'_>) -> Result {
    let operand = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, json| {
        let held = operand.get(row).map(Dynamic::new).and_then(Held::of);
        let negated = match held {
            Some(Held::Number(Number::Long(value))) => Some(Held::Number(Number::Long(value.wrapping_neg()))),
            Some(Held::Number(Number::Real(value))) => Some(Held::Number(Number::Real(-value))),
            Some(Held::TimeSpan(value)) => value.checked_neg().map(Held::TimeSpan),
            Some(Held::DateTime(_)) | None => None,
        };
        Ok(write(negated, json))
    })
}

fn write(result: Option<Held>, json: &mut String) -> bool {
    let mut builder = Builder::new(json);
    match result {
        Some(Held::Number(Number::Long(value))) => builder.long(value),
        Some(Held::Number(Number::Real(value))) => builder.real(value),
        Some(Held::DateTime(ticks)) => builder.datetime(ticks),
        Some(Held::TimeSpan(ticks)) => builder.timespan(ticks),
        None => return false,
    }
    true
}

fn apply(operation: Operation, left: Held, right: Held) -> Option<Held> {
    Some(match (operation, left, right) {
        (_, Held::Number(left), Held::Number(right)) => Held::Number(apply_to_numbers(operation, left, right)?),
        (Operation::Add, Held::TimeSpan(left), Held::TimeSpan(right)) => Held::TimeSpan(left.checked_add(right)?),
        (Operation::Add, Held::DateTime(left), Held::TimeSpan(right))
        | (Operation::Add, Held::TimeSpan(left), Held::DateTime(right)) => {
            Held::DateTime(checked_datetime(left.checked_add(right)?)?)
        }
        (Operation::Subtract, Held::TimeSpan(left), Held::TimeSpan(right))
        | (Operation::Subtract, Held::DateTime(left), Held::DateTime(right)) => {
            Held::TimeSpan(left.checked_sub(right)?)
        }
        (Operation::Subtract, Held::DateTime(left), Held::TimeSpan(right)) => {
            Held::DateTime(checked_datetime(left.checked_sub(right)?)?)
        }
        (Operation::Divide, Held::TimeSpan(left), Held::TimeSpan(right)) => {
            Held::Number(Number::Real(left as f64 / right as f64))
        }
        _ => return None,
    })
}

fn apply_to_numbers(operation: Operation, left: Number, right: Number) -> Option<Number> {
    Some(match (left, right) {
        (Number::Long(left), Number::Long(right)) => Number::Long(match operation {
            Operation::Add => left.wrapping_add(right),
            Operation::Subtract => left.wrapping_sub(right),
            Operation::Multiply => left.wrapping_mul(right),
            Operation::Divide if right != 0 => left.wrapping_div(right),
            Operation::Modulo if right != 0 => left.wrapping_rem_euclid(right),
            Operation::Divide | Operation::Modulo => return None,
        }),
        _ => {
            let (left, right) = (left.to_real(), right.to_real());
            Number::Real(match operation {
                Operation::Add => left + right,
                Operation::Subtract => left - right,
                Operation::Multiply => left * right,
                Operation::Divide => left / right,
                Operation::Modulo => left.rem_euclid(right),
            })
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{dynamic, dynamics, overload, show};

    fn computed(left: &str, operator: &str, right: &str) -> String {
        show(overload(operator, 3, &[dynamic(left), dynamic(right)]))
    }

    #[test]
    fn numbers() {
        assert_eq!(computed("1", "+", "2"), "3");
        assert_eq!(computed("1", "+", "2.5"), "3.5");
        assert_eq!(computed("7", "/", "2"), "3");
        assert_eq!(computed("7", "/", "0"), "null");
        assert_eq!(computed("-7", "%", "3"), "2");
        assert_eq!(computed("9223372036854775807", "*", "2"), "-2");
        assert_eq!(computed("\"4\"", "-", "true"), "3");
    }

    #[test]
    fn times() {
        let (date, span) = ("\"2024-03-01T00:00:00.0000000Z\"", "\"1.00:00:00\"");
        assert_eq!(computed(date, "-", "\"2024-02-28\""), "\"2.00:00:00\"");
        assert_eq!(computed(date, "-", span), "\"2024-02-29T00:00:00.0000000Z\"");
        assert_eq!(computed(span, "+", date), "\"2024-03-02T00:00:00.0000000Z\"");
        assert_eq!(computed(span, "/", "\"01:00:00\""), "24.0");
        assert_eq!(computed(date, "+", date), "null");
    }

    #[test]
    fn what_is_no_number_gives_null() {
        for other in ["null", "[1]", "{}", "\"x\""] {
            assert_eq!(computed(other, "+", "1"), "null", "{other}");
        }
        let operands = dynamics(&[Some("5"), Some("-1.5"), Some("\"01:00:00\""), Some("[]"), None]);
        assert_eq!(show(overload("$negate", 5, &[operands])), "-5|1.5|\"-01:00:00\"|null|null");
    }
}
