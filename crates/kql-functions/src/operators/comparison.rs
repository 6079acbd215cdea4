//! `== != < <= > >=`, `=~ !~` and `between`.
//!
//! `==` and `!=` know null: two nulls are neither equal nor unequal (null), a null and a value are unequal.
//! The orderings and `between` give null where an operand is null. NaN is unequal to all, itself included.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Datum, Scalar};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::kernels::cmp;
use arrow::compute::{and_kleene, not};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use kql_types::ScalarType;

use super::{
    datetime, dynamic, dynamic_as, dynamic_comparison, exactly, integer, number_as_decimal, number_as_real, real, text,
    timespan,
};
use crate::columnar::optional_booleans;
use crate::documentation::example;
use crate::overload::{overload, unavailable};
use crate::signature::parameter_of;
use crate::{
    Argument, Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName, folding,
};

type Result<T = ArrayRef> = std::result::Result<T, KernelError>;

const BOOL: &[ScalarType] = &[ScalarType::Bool];
const STRING: &[ScalarType] = &[ScalarType::String];
const GUID: &[ScalarType] = &[ScalarType::Guid];

/// A number, widened to the widest among the operands.
const fn number(name: &'static str) -> Parameter {
    parameter_of(name, ParameterType::Number).passed_as(PassedAs::Widest)
}

const fn bool_as(name: &'static str, scalar_type: ScalarType) -> Parameter {
    exactly(name, BOOL).passed_as(PassedAs::Converted(scalar_type))
}

/// The overloads of `==` and `!=`: every pair of types binds, and the pairs that Kusto compares run.
macro_rules! equality_overloads {
    ($kernel:expr, dynamic: $dynamic:expr) => {
        &[
            overload!([exactly("left", BOOL), exactly("right", BOOL)] -> Bool, $kernel),
            overload!([number("left"), number("right")] -> Bool, $kernel),
            overload!([exactly("left", STRING), exactly("right", STRING)] -> Bool, $kernel),
            overload!([datetime("left"), datetime("right")] -> Bool, $kernel),
            overload!([timespan("left"), timespan("right")] -> Bool, $kernel),
            overload!([exactly("left", GUID), exactly("right", GUID)] -> Bool, $kernel),
            overload!([bool_as("left", ScalarType::Long), integer("right")] -> Bool, $kernel),
            overload!([integer("left"), bool_as("right", ScalarType::Long)] -> Bool, $kernel),
            overload!([bool_as("left", ScalarType::Real), real("right")] -> Bool, $kernel),
            overload!([real("left"), bool_as("right", ScalarType::Real)] -> Bool, $kernel),
            overload!([bool_as("left", ScalarType::Decimal), number_as_decimal("right")] -> Bool, $kernel),
            overload!([number_as_decimal("left"), bool_as("right", ScalarType::Decimal)] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::String), exactly("right", STRING)] -> Bool, $kernel),
            overload!([exactly("left", STRING), dynamic_as("right", ScalarType::String)] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::Bool), exactly("right", BOOL)] -> Bool, $kernel),
            overload!([exactly("left", BOOL), dynamic_as("right", ScalarType::Bool)] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::DateTime), datetime("right")] -> Bool, $kernel),
            overload!([datetime("left"), dynamic_as("right", ScalarType::DateTime)] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::TimeSpan), timespan("right")] -> Bool, $kernel),
            overload!([timespan("left"), dynamic_as("right", ScalarType::TimeSpan)] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::Guid), exactly("right", GUID)] -> Bool, $kernel),
            overload!([exactly("left", GUID), dynamic_as("right", ScalarType::Guid)] -> Bool, $kernel),
            overload!([dynamic("left"), integer("right")] -> Bool, $dynamic),
            overload!([integer("left"), dynamic("right")] -> Bool, $dynamic),
            overload!([dynamic_as("left", ScalarType::Real), real("right")] -> Bool, $kernel),
            overload!([real("left"), dynamic_as("right", ScalarType::Real)] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::Decimal), number_as_decimal("right")] -> Bool, $kernel),
            overload!([number_as_decimal("left"), dynamic_as("right", ScalarType::Decimal)] -> Bool, $kernel),
            overload!([dynamic("left"), dynamic("right")] -> Bool, $dynamic),
            unavailable!(
                [parameter_of("left", ParameterType::Scalar), parameter_of("right", ParameterType::Scalar)] -> Bool,
                "values of these two types cannot be compared: convert one to the type of the other"
            ),
        ]
    };
}

/// The overloads of `<`, `<=`, `>` and `>=`.
macro_rules! ordering_overloads {
    ($kernel:expr, dynamic: $dynamic:expr) => {
        &[
            overload!([exactly("left", BOOL), exactly("right", BOOL)] -> Bool, $kernel),
            overload!([number("left"), number("right")] -> Bool, $kernel),
            overload!([timespan("left"), timespan("right")] -> Bool, $kernel),
            overload!([datetime("left"), datetime("right")] -> Bool, $kernel),
            overload!([bool_as("left", ScalarType::Long), integer("right")] -> Bool, $kernel),
            overload!([integer("left"), bool_as("right", ScalarType::Long)] -> Bool, $kernel),
            overload!([bool_as("left", ScalarType::Real), real("right")] -> Bool, $kernel),
            overload!([real("left"), bool_as("right", ScalarType::Real)] -> Bool, $kernel),
            overload!([bool_as("left", ScalarType::Decimal), number_as_decimal("right")] -> Bool, $kernel),
            overload!([number_as_decimal("left"), bool_as("right", ScalarType::Decimal)] -> Bool, $kernel),
            overload!([dynamic("left"), integer("right")] -> Bool, $dynamic),
            overload!([integer("left"), dynamic("right")] -> Bool, $dynamic),
            overload!([dynamic_as("left", ScalarType::Real), real("right")] -> Bool, $kernel),
            overload!([real("left"), dynamic_as("right", ScalarType::Real)] -> Bool, $kernel),
            overload!([dynamic_as("left", ScalarType::Decimal), number_as_decimal("right")] -> Bool, $kernel),
            overload!([number_as_decimal("left"), dynamic_as("right", ScalarType::Decimal)] -> Bool, $kernel),
            overload!([dynamic("left"), dynamic("right")] -> Bool, $dynamic),
        ]
    };
}

/// The overloads of `between` and `!between`.
macro_rules! between_overloads {
    ($kernel:expr, $from_start:expr) => {
        &[
            overload!([number("value"), number("start"), number("end")] -> Bool, $kernel),
            overload!([datetime("value"), datetime("start"), datetime("end")] -> Bool, $kernel),
            overload!([timespan("value"), timespan("start"), timespan("end")] -> Bool, $kernel),
            overload!([datetime("value"), datetime("start"), timespan("end")] -> Bool, $from_start),
            overload!(
                [number_as_real("value"), dynamic_as("start", ScalarType::Real), dynamic_as("end", ScalarType::Real)] -> Bool,
                $kernel
            ),
            overload!(
                [dynamic_as("value", ScalarType::Real), number_as_real("start"), number_as_real("end")] -> Bool,
                $kernel
            ),
        ]
    };
}

macro_rules! operator {
    ($name:literal, $summary:literal, $returns:literal, $notes:literal, $page:literal, $overloads:expr, $examples:expr) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation { summary: $summary, returns: $returns, notes: $notes, page: $page },
            overloads: $overloads,
            result_name: ResultName::None,
            deterministic: true,
            examples: $examples,
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    operator!(
        "==",
        "Tells whether two values are equal.",
        "`true` or `false`; `false` when one operand is null, null when both are.",
        "Strings compare with case; `=~` ignores it. NaN is not equal to itself.",
        "numerical-operators",
        equality_overloads!(|a| equality(a, Comparison::Equal), dynamic: |a| dynamic_comparison::equality(a, false)),
        &[
            example("print 1 == 1.0", "True"),
            example("print 'a' == 'A'", "False"),
            example("print int(null) == 1", "False"),
            example("print int(null) == int(null)", ""),
        ]
    ),
    operator!(
        "!=",
        "Tells whether two values differ.",
        "`true` or `false`; `true` when one operand is null, null when both are.",
        "Strings compare with case; `!~` ignores it. Can be written `<>` too.",
        "numerical-operators",
        equality_overloads!(|a| equality(a, Comparison::NotEqual), dynamic: |a| dynamic_comparison::equality(a, true)),
        &[
            example("print 1 != 2", "True"),
            example("print int(null) != 1", "True"),
            example("print real(nan) != real(nan)", "True"),
        ]
    ),
    operator!(
        "<",
        "Tells whether the left operand is smaller.",
        "`true` or `false`; null when an operand is null.",
        "Strings have no order: use strcmp().",
        "numerical-operators",
        ordering_overloads!(|a| ordering(a, Comparison::Less), dynamic: |a| dynamic_comparison::ordering(a, Ordering::is_lt)),
        &[example("print 1 < 1.5", "True"), example("print datetime(2024-01-01) < datetime(2023-01-01)", "False")]
    ),
    operator!(
        "<=",
        "Tells whether the left operand is smaller or equal.",
        "`true` or `false`; null when an operand is null.",
        "Strings have no order: use strcmp().",
        "numerical-operators",
        ordering_overloads!(|a| ordering(a, Comparison::LessOrEqual), dynamic: |a| dynamic_comparison::ordering(a, Ordering::is_le)),
        &[example("print 2 <= 2", "True"), example("print long(null) <= 2", "")]
    ),
    operator!(
        ">",
        "Tells whether the left operand is larger.",
        "`true` or `false`; null when an operand is null.",
        "Strings have no order: use strcmp().",
        "numerical-operators",
        ordering_overloads!(|a| ordering(a, Comparison::Greater), dynamic: |a| dynamic_comparison::ordering(a, Ordering::is_gt)),
        &[example("print 2 > 1", "True"), example("print 1h > 90m", "False")]
    ),
    operator!(
        ">=",
        "Tells whether the left operand is larger or equal.",
        "`true` or `false`; null when an operand is null.",
        "Strings have no order: use strcmp().",
        "numerical-operators",
        ordering_overloads!(|a| ordering(a, Comparison::GreaterOrEqual), dynamic: |a| dynamic_comparison::ordering(a, Ordering::is_ge)),
        &[example("print 2 >= 2", "True"), example("print 1 >= 2", "False")]
    ),
    operator!(
        "=~",
        "Tells whether two strings are equal but for case.",
        "`true` or `false`, never null.",
        "A `dynamic` is compared by its text. `==` is faster.",
        "equals-operator",
        &[overload!([text("left"), text("right")] -> Bool, |a| equality_ignoring_case(a, false))],
        &[example("print 'Admin' =~ 'ADMIN'", "True"), example("print 'Admin' =~ 'Admins'", "False")]
    ),
    operator!(
        "!~",
        "Tells whether two strings differ in more than case.",
        "`true` or `false`, never null.",
        "A `dynamic` is compared by its text. `!=` is faster.",
        "not-equals-operator",
        &[overload!([text("left"), text("right")] -> Bool, |a| equality_ignoring_case(a, true))],
        &[example("print 'Admin' !~ 'ADMIN'", "False"), example("print 'Admin' !~ 'Admins'", "True")]
    ),
    operator!(
        "between",
        "Tells whether a value lies in a range, both ends included.",
        "`true` or `false`; null when an operand is null.",
        "Where the value and the start are datetimes, the end can be a timespan from the start.",
        "between-operator",
        between_overloads!(|a| between(a, false), |a| between_from_start(a, false)),
        &[
            example("print 5 between (1 .. 5)", "True"),
            example("print datetime(2024-01-03) between (datetime(2024-01-01) .. 1d)", "False"),
        ]
    ),
    operator!(
        "!between",
        "Tells whether a value lies outside a range, both ends of which belong to it.",
        "`true` or `false`; null when an operand is null.",
        "Where the value and the start are datetimes, the end can be a timespan from the start.",
        "not-between-operator",
        between_overloads!(|a| between(a, true), |a| between_from_start(a, true)),
        &[example("print 5 !between (1 .. 5)", "False"), example("print 6 !between (1 .. 5)", "True")]
    ),
    operator!(
        "around",
        "Tells whether a value lies within a distance of a center.",
        "`true` or `false`; null when an argument is null.",
        "A value at exactly the distance is within it.",
        "around-function",
        &[
            overload!([integer("value"), integer("center"), integer("delta")] -> Bool, around_ticks),
            overload!([real("value"), real("center"), real("delta")] -> Bool, around_reals),
            overload!([datetime("value"), datetime("center"), timespan("delta")] -> Bool, around_ticks),
            overload!([timespan("value"), timespan("center"), timespan("delta")] -> Bool, around_ticks),
            unavailable!(
                [
                    parameter_of("value", ParameterType::Scalar),
                    parameter_of("center", ParameterType::Scalar),
                    parameter_of("delta", ParameterType::Scalar),
                ] -> Bool,
                "values of these types have no distance: use numbers, timespans, or two datetimes and a timespan"
            ),
        ],
        &[
            example("print around(100, 99, 2)", "True"),
            example("print around(datetime(2024-01-01 01:00), datetime(2024-01-01), 59m)", "False"),
        ]
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// On reals as IEEE 754 has it; Arrow's own kernels order NaN above all and -0 below 0.
    fn of_reals(self, left: f64, right: f64) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
        }
    }

    fn of_arrays(self, left: &dyn Datum, right: &dyn Datum) -> Result<BooleanArray> {
        Ok(match self {
            Comparison::Equal => cmp::eq(left, right),
            Comparison::NotEqual => cmp::neq(left, right),
            Comparison::Less => cmp::lt(left, right),
            Comparison::LessOrEqual => cmp::lt_eq(left, right),
            Comparison::Greater => cmp::gt(left, right),
            Comparison::GreaterOrEqual => cmp::gt_eq(left, right),
        }?)
    }
}

/// Compares row by row; null where an operand is. Two constants give one row.
fn compare(left: &Argument, right: &Argument, comparison: Comparison) -> Result<BooleanArray> {
    if *left.array().data_type() == DataType::Float64 {
        return compare_reals(left, right, comparison);
    }
    match (left, right) {
        (Argument::Array(left), Argument::Constant(right)) => {
            comparison.of_arrays(left, &Scalar::new(Arc::clone(right)))
        }
        (Argument::Constant(left), Argument::Array(right)) => {
            comparison.of_arrays(&Scalar::new(Arc::clone(left)), right)
        }
        _ => comparison.of_arrays(left.array(), right.array()),
    }
}

fn compare_reals(left: &Argument, right: &Argument, comparison: Comparison) -> Result<BooleanArray> {
    let arguments = [left.clone(), right.clone()];
    let arguments = Arguments::new(&arguments, 1);
    let (left, right) = (arguments.primitives::<Float64Type>(0)?, arguments.primitives::<Float64Type>(1)?);
    Ok(match (left.constant(), right.constant()) {
        (Some(None), None) => BooleanArray::new_null(right.array().len()),
        (None, Some(None)) => BooleanArray::new_null(left.array().len()),
        (Some(Some(left)), None) => BooleanArray::from_unary(right.array(), |right| comparison.of_reals(left, right)),
        (None, Some(Some(right))) => BooleanArray::from_unary(left.array(), |left| comparison.of_reals(left, right)),
        _ => BooleanArray::from_binary(left.array(), right.array(), |left, right| comparison.of_reals(left, right)),
    })
}

/// A result over `rows` rows: one that comes from constants alone is repeated.
fn over(rows: usize, result: BooleanArray) -> Result<BooleanArray> {
    if result.len() == rows {
        return Ok(result);
    }
    let arguments = [Argument::Constant(Arc::new(result))];
    Ok(Arguments::new(&arguments, rows).expanded(0)?.as_boolean().clone())
}

fn ordering(arguments: &Arguments<'_>, comparison: Comparison) -> Result {
    let result = compare(arguments.get(0)?, arguments.get(1)?, comparison)?;
    Ok(Arc::new(over(arguments.rows(), result)?))
}

fn equality(arguments: &Arguments<'_>, comparison: Comparison) -> Result {
    let (left, right) = (arguments.get(0)?, arguments.get(1)?);
    let result = over(arguments.rows(), compare(left, right, comparison)?)?;
    if result.null_count() == 0 {
        return Ok(Arc::new(result));
    }
    let rows = arguments.rows();
    let is_null = |argument: &Argument| match argument.array().nulls() {
        None => BooleanBuffer::new_unset(rows),
        Some(nulls) if argument.is_constant() && nulls.is_null(0) => BooleanBuffer::new_set(rows),
        Some(_) if argument.is_constant() => BooleanBuffer::new_unset(rows),
        Some(nulls) => !nulls.inner(),
    };
    let (left_null, right_null) = (is_null(left), is_null(right));
    let either_null = &left_null | &right_null;
    let values = match comparison {
        Comparison::NotEqual => result.values() | &either_null,
        _ => result.values() & &!&either_null,
    };
    let both_null = &left_null & &right_null;
    Ok(Arc::new(BooleanArray::new(values, Some(NullBuffer::new(!&both_null)))))
}

fn equality_ignoring_case(arguments: &Arguments<'_>, negated: bool) -> Result {
    let (left, right) = (arguments.strings(0)?, arguments.strings(1)?);
    let truth = |row| folding::equal(left.value(row), right.value(row)) != negated;
    Ok(crate::columnar::booleans(arguments.rows(), truth))
}

fn between(arguments: &Arguments<'_>, negated: bool) -> Result {
    let (value, start, end) = (arguments.get(0)?, arguments.get(1)?, arguments.get(2)?);
    let from = over(arguments.rows(), compare(value, start, Comparison::GreaterOrEqual)?)?;
    let to = over(arguments.rows(), compare(value, end, Comparison::LessOrEqual)?)?;
    let inside = and_kleene(&from, &to)?;
    Ok(Arc::new(if negated { not(&inside)? } else { inside }))
}

/// `between` where the end is a timespan from the start.
fn between_from_start(arguments: &Arguments<'_>, negated: bool) -> Result {
    let value = arguments.primitives::<Int64Type>(0)?;
    let start = arguments.primitives::<Int64Type>(1)?;
    let length = arguments.primitives::<Int64Type>(2)?;
    Ok(optional_booleans(arguments.rows(), |row| {
        let (value, start, length) = (value.get(row)?, start.get(row)?, length.get(row)?);
        Some((start..=start.saturating_add(length)).contains(&value) != negated)
    }))
}

/// Whole numbers and times within a distance of each other.
fn around_ticks(arguments: &Arguments<'_>) -> Result {
    let value = arguments.primitives::<Int64Type>(0)?;
    let center = arguments.primitives::<Int64Type>(1)?;
    let delta = arguments.primitives::<Int64Type>(2)?;
    Ok(optional_booleans(arguments.rows(), |row| {
        let (value, center, delta) = (value.get(row)?, center.get(row)?, delta.get(row)?);
        Some(i128::from(value.abs_diff(center)) <= i128::from(delta))
    }))
}

fn around_reals(arguments: &Arguments<'_>) -> Result {
    let value = arguments.primitives::<Float64Type>(0)?;
    let center = arguments.primitives::<Float64Type>(1)?;
    let delta = arguments.primitives::<Float64Type>(2)?;
    Ok(optional_booleans(arguments.rows(), |row| {
        let (value, center, delta) = (value.get(row)?, center.get(row)?, delta.get(row)?);
        Some(center - delta <= value && value <= center + delta)
    }))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, Int64Array, StringViewArray};

    use super::*;
    use crate::testing::call_overload as call;

    fn longs(values: &[Option<i64>]) -> Argument {
        Argument::Array(Arc::new(Int64Array::from(values.to_vec())))
    }

    fn long(value: Option<i64>) -> Argument {
        Argument::Constant(Arc::new(Int64Array::from(vec![value])))
    }

    fn truth(overload: &str, arguments: &[Argument], rows: usize) -> Vec<Option<bool>> {
        call(overload, arguments, rows).as_boolean().iter().collect()
    }

    #[test]
    fn equality_knows_null() {
        let column = longs(&[Some(1), Some(2), None]);
        let one = long(Some(1));
        let null = long(None);
        let both = [column.clone(), one.clone()];
        assert_eq!(truth("==(number, number)", &both, 3), [Some(true), Some(false), Some(false)]);
        assert_eq!(truth("!=(number, number)", &both, 3), [Some(false), Some(true), Some(true)]);
        let both = [null.clone(), column.clone()];
        assert_eq!(truth("==(number, number)", &both, 3), [Some(false), Some(false), None]);
        assert_eq!(truth("!=(number, number)", &both, 3), [Some(true), Some(true), None]);
        let both = [column.clone(), longs(&[Some(1), None, None])];
        assert_eq!(truth("==(number, number)", &both, 3), [Some(true), Some(false), None]);
        assert_eq!(truth("==(number, number)", &[null, one], 1), [Some(false)]);
    }

    #[test]
    fn orderings_give_null_for_null() {
        let both = [longs(&[Some(1), Some(i64::MAX), None]), long(Some(1))];
        assert_eq!(truth("<(number, number)", &both, 3), [Some(false), Some(false), None]);
        assert_eq!(truth("<=(number, number)", &both, 3), [Some(true), Some(false), None]);
        assert_eq!(truth(">(number, number)", &both, 3), [Some(false), Some(true), None]);
        assert_eq!(truth(">=(number, number)", &both, 3), [Some(true), Some(true), None]);
    }

    #[test]
    fn reals_compare_as_ieee_has_it() {
        let values = vec![Some(f64::NAN), Some(-0.0), Some(f64::INFINITY), None];
        let column = Argument::Array(Arc::new(Float64Array::from(values)));
        let against = |operator: &str, value: f64| {
            let value = Argument::Constant(Arc::new(Float64Array::from(vec![value])));
            truth(&format!("{operator}(number, number)"), &[column.clone(), value], 4)
        };
        assert_eq!(against("==", f64::NAN), [Some(false); 4]);
        assert_eq!(against("!=", f64::NAN), [Some(true); 4]);
        assert_eq!(against("==", 0.0), [Some(false), Some(true), Some(false), Some(false)]);
        assert_eq!(against(">", 1e308), [Some(false), Some(false), Some(true), None]);
        assert_eq!(against("<", 0.0), [Some(false), Some(false), Some(false), None]);
    }

    #[test]
    fn strings_are_never_null() {
        let column = Argument::Array(Arc::new(StringViewArray::from(vec!["", "Éa", "éA"])));
        let value = Argument::Constant(Arc::new(StringViewArray::from(vec!["éA"])));
        let both = [column, value];
        assert_eq!(truth("==(string, string)", &both, 3), [Some(false), Some(false), Some(true)]);
        assert_eq!(truth("=~(string or dynamic, string or dynamic)", &both, 3), [Some(false), Some(true), Some(true)]);
        assert_eq!(truth("!~(string or dynamic, string or dynamic)", &both, 3), [Some(true), Some(false), Some(false)]);
    }

    #[test]
    fn ranges_hold_both_ends() {
        let column = longs(&[Some(1), Some(5), Some(6), None]);
        let range = [column.clone(), long(Some(1)), long(Some(5))];
        assert_eq!(truth("between(number, number, number)", &range, 4), [Some(true), Some(true), Some(false), None]);
        assert_eq!(truth("!between(number, number, number)", &range, 4), [Some(false), Some(false), Some(true), None]);
        let range = [column.clone(), long(Some(5)), long(Some(1))];
        assert_eq!(
            truth("between(datetime, datetime, timespan)", &range, 4),
            [Some(false), Some(true), Some(true), None]
        );
        let range = [long(Some(3)), long(Some(1)), column];
        assert_eq!(truth("between(number, number, number)", &range, 4), [Some(false), Some(true), Some(true), None]);
    }

    #[test]
    fn distances_have_the_whole_range() {
        let column = longs(&[Some(i64::MIN), Some(5), Some(7), None]);
        let arguments = [column.clone(), long(Some(6)), long(Some(1))];
        assert_eq!(
            truth("around(integer, integer, integer)", &arguments, 4),
            [Some(false), Some(true), Some(true), None]
        );
        let arguments = [column, long(Some(i64::MAX)), long(Some(-1))];
        assert_eq!(
            truth("around(integer, integer, integer)", &arguments, 4),
            [Some(false), Some(false), Some(false), None]
        );
    }
}
