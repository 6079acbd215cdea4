//! `contains` with a needle that is one whole term.

use kql_syntax::tree::{self, BinaryOperator, Literal};
use kql_syntax::{Diagnostic, Severity, Span};

use super::Lint;

/// The lint.
pub const LINT: Lint = Lint {
    code: "KQL0404",
    severity: Severity::Hint,
    finds: "`contains` with a needle that is one whole term of four or more letters and digits.",
    matters: "`has` looks terms up in Kusto's index, where `contains` reads every text: on large tables it is many times \
              faster. It also does not match within longer words.",
    example: "DeviceProcessEvents | where ProcessCommandLine contains \"mimikatz\"",
    instead: "DeviceProcessEvents | where ProcessCommandLine has \"mimikatz\"   // unless parts of words are meant",
};

/// Shorter texts have no place in the index.
const SHORTEST_TERM: usize = 4;

/// Looks at an infix operator and its right operand.
pub(crate) fn check(operator: BinaryOperator, span: Span, right: &tree::Expr) -> Option<Diagnostic> {
    let (written, better) = match operator {
        BinaryOperator::Contains => ("contains", "has"),
        BinaryOperator::ContainsCs => ("contains_cs", "has_cs"),
        _ => return None,
    };
    let tree::ExprKind::Literal(Literal::String { value, .. }) = &right.kind else { return None };
    let is_term = value.len() >= SHORTEST_TERM && value.chars().all(|c| c.is_ascii_alphanumeric());
    is_term.then(|| {
        LINT.found(format!("`{written}` reads every text for the term `{value}`"), span)
            .with_help(format!("`{better}` looks whole terms up, which is faster; keep `{written}` for parts of words"))
    })
}
