//! A value compared with, or looked up in a list of, literals that are of another type.

use kql_syntax::{Diagnostic, Severity};
use kql_types::{ScalarType, Value};

use super::Lint;
use crate::plan::{Expr, ExprKind};

/// The lint.
pub const LINT: Lint = Lint {
    code: "KQL0401",
    severity: Severity::Warning,
    finds: "A column compared with a literal of another type, or looked up in a list of such.",
    matters: "The literal is converted to the column's type; one that is no such value equals nothing, and a filter that is \
              always empty looks like a clean result.",
    example: "SigninEvents | where ErrorCode in (\"50053\", \"50126\")   // ErrorCode is an int",
    instead: "SigninEvents | where ErrorCode in (50053, 50126)",
};

/// Looks at the operands of `==`, or of `in`: the value, then the list.
pub(crate) fn check(operands: &[Expr]) -> Option<Diagnostic> {
    let (value, list) = operands.split_first()?;
    if value.scalar_type == ScalarType::Dynamic || matches!(value.kind, ExprKind::Literal(_)) {
        return None;
    }
    let differs = |element: &&Expr| {
        let (left, right) = (value.scalar_type, element.scalar_type);
        matches!(element.kind, ExprKind::Literal(_))
            && left != right
            && right != ScalarType::Dynamic
            && !(left.is_number() && right.is_number())
            // `Flag == 1` is how many write it, and means what it says.
            && !(left == ScalarType::Bool && matches!(element.kind, ExprKind::Literal(Value::Long(0 | 1))))
    };
    let element = list.iter().find(differs)?;
    let message = format!("values of type {} are compared with one of type {}", value.scalar_type, element.scalar_type);
    let help = match element.scalar_type {
        ScalarType::String => format!("write the value without quotes, as type {}", value.scalar_type),
        _ if value.scalar_type == ScalarType::String => "put the value in quotes".to_owned(),
        _ => format!("write a value of type {}", value.scalar_type),
    };
    Some(LINT.found(message, element.span).with_help(help))
}
