//! KQL calls that DataFusion's own expressions answer alike: they are quicker, and filters made of them reach the
//! statistics of files.
//!
//! Kusto's nulls are not SQL's: `null == 1` is false and `null != 1` is true, where SQL has null. Where only the
//! truth of an expression counts, as in `where`, null and false are the same, and SQL's plain `=` will do.
//! Arrow orders NaN above all numbers and tells -0.0 from 0.0, Kusto does not, so reals keep to their kernels.

use datafusion::logical_expr::{BinaryExpr, Expr as DataFusionExpr, Operator, lit};
use datafusion::scalar::ScalarValue;
use kql_functions::FunctionRef;
use kql_semantics::{Expr, ExprKind};
use kql_types::ScalarType;

/// What of an expression counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Its value: null differs from false.
    Value,
    /// Whether it is true.
    Truth,
}

/// What counts of the operands when this counts of a call of the function.
pub(crate) fn of_operands(function: FunctionRef, counts: Counts) -> Counts {
    match function.function.name {
        "and" | "or" => counts,
        _ => Counts::Value,
    }
}

/// The native expression of a call, if there is one. `bound` and `lowered` are its arguments.
pub(crate) fn call(
    function: FunctionRef,
    bound: &[Expr],
    lowered: &[DataFusionExpr],
    counts: Counts,
) -> Option<DataFusionExpr> {
    let name = function.function.name;
    if let Some(membership) = membership(name, bound, lowered, counts) {
        return Some(membership);
    }
    match (bound, lowered) {
        ([operand], [value]) => unary(name, operand.scalar_type, value),
        ([left, right], [left_value, right_value]) if left.scalar_type == right.scalar_type => {
            let nulls = match (left.scalar_type, &left.kind, &right.kind) {
                (ScalarType::String, ..) => Nulls::None,
                (_, ExprKind::Literal(value), _) | (_, _, ExprKind::Literal(value)) if !value.is_null() => {
                    Nulls::OneSide
                }
                _ => Nulls::BothSides,
            };
            let operator = binary(name, left.scalar_type, nulls, counts)?;
            Some(infix(left_value, operator, right_value))
        }
        ([value, from, to], [value_expr, from_expr, to_expr])
            if [from.scalar_type, to.scalar_type] == [value.scalar_type; 2] && has_plain_order(value.scalar_type) =>
        {
            let within = infix(value_expr, Operator::GtEq, from_expr).and(infix(value_expr, Operator::LtEq, to_expr));
            match name {
                "between" if counts == Counts::Truth => Some(within),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Where an operand can be null.
#[derive(Clone, Copy)]
enum Nulls {
    None,
    OneSide,
    BothSides,
}

/// `in` and `!in` of literals.
fn membership(name: &str, bound: &[Expr], lowered: &[DataFusionExpr], counts: Counts) -> Option<DataFusionExpr> {
    let ((value, values), (value_expr, value_exprs)) = (bound.split_first()?, lowered.split_first()?);
    let scalar_type = value.scalar_type;
    let literal = |each: &Expr| {
        each.scalar_type == scalar_type && matches!(&each.kind, ExprKind::Literal(value) if !value.is_null())
    };
    let negated = match name {
        "in" if scalar_type == ScalarType::String || counts == Counts::Truth => false,
        "!in" if scalar_type == ScalarType::String => true,
        _ => return None,
    };
    (has_plain_equality(scalar_type) && !values.is_empty() && values.iter().all(literal))
        .then(|| value_expr.clone().in_list(value_exprs.to_vec(), negated))
}

fn unary(name: &str, scalar_type: ScalarType, value: &DataFusionExpr) -> Option<DataFusionExpr> {
    let empty = || lit(ScalarValue::Utf8View(Some(String::new())));
    match (name, scalar_type) {
        ("not", ScalarType::Bool) => Some(!value.clone()),
        ("isempty", ScalarType::String) => Some(infix(value, Operator::Eq, &empty())),
        ("isnotempty", ScalarType::String) => Some(infix(value, Operator::NotEq, &empty())),
        // A dynamic may hold a null in its text, and a string is never null.
        (_, ScalarType::Dynamic | ScalarType::String) => None,
        ("isnull", _) => Some(value.clone().is_null()),
        ("isnotnull", _) => Some(value.clone().is_not_null()),
        _ => None,
    }
}

fn binary(name: &str, scalar_type: ScalarType, nulls: Nulls, counts: Counts) -> Option<Operator> {
    let operator = match name {
        "and" if scalar_type == ScalarType::Bool => Operator::And,
        "or" if scalar_type == ScalarType::Bool => Operator::Or,
        "==" if has_plain_equality(scalar_type) => match (nulls, counts) {
            (Nulls::None, _) | (_, Counts::Truth) => Operator::Eq,
            (Nulls::OneSide, Counts::Value) => Operator::IsNotDistinctFrom,
            (Nulls::BothSides, Counts::Value) => return None,
        },
        "!=" if has_plain_equality(scalar_type) => match nulls {
            Nulls::None => Operator::NotEq,
            Nulls::OneSide => Operator::IsDistinctFrom,
            Nulls::BothSides => return None,
        },
        "<" if has_plain_order(scalar_type) => Operator::Lt,
        "<=" if has_plain_order(scalar_type) => Operator::LtEq,
        ">" if has_plain_order(scalar_type) => Operator::Gt,
        ">=" if has_plain_order(scalar_type) => Operator::GtEq,
        _ => return None,
    };
    Some(operator)
}

fn has_plain_equality(scalar_type: ScalarType) -> bool {
    !matches!(scalar_type, ScalarType::Real | ScalarType::Dynamic)
}

fn has_plain_order(scalar_type: ScalarType) -> bool {
    matches!(
        scalar_type,
        ScalarType::Int | ScalarType::Long | ScalarType::Decimal | ScalarType::DateTime | ScalarType::TimeSpan
    )
}

fn infix(left: &DataFusionExpr, operator: Operator, right: &DataFusionExpr) -> DataFusionExpr {
    DataFusionExpr::BinaryExpr(BinaryExpr::new(Box::new(left.clone()), operator, Box::new(right.clone())))
}
