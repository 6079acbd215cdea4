//! A filter on group keys that stands behind the `summarize`.

use std::collections::HashSet;

use kql_syntax::{Diagnostic, Severity, Span};

use super::Lint;
use crate::plan::{ColumnId, Expr, ExprKind, Relation, RelationOperator};

/// The lint.
pub const LINT: Lint = Lint {
    code: "KQL0406",
    severity: Severity::Hint,
    finds: "A `where` after a `summarize` whose condition asks for columns that are grouped by, and nothing else.",
    matters: "Before the `summarize`, the same condition gives the same rows, and fewer rows are aggregated.",
    example: "Logons | summarize count() by User | where User !startswith \"svc-\"",
    instead: "Logons | where User !startswith \"svc-\" | summarize count() by User",
};

/// Looks at what a `where` filters, and at its condition.
pub(crate) fn check(input: &Relation, predicate: &Expr, keyword: Span) -> Option<Diagnostic> {
    let RelationOperator::Aggregate { by, .. } = &input.operator else { return None };
    let plain = input.columns.iter().zip(by).filter(|(_, key)| matches!(key.kind, ExprKind::Column(_)));
    let keys: HashSet<ColumnId> = plain.map(|(column, _)| column.id).collect();
    let mut pending = vec![predicate];
    let mut any = false;
    while let Some(expression) = pending.pop() {
        match &expression.kind {
            ExprKind::Column(id) if keys.contains(id) => any = true,
            ExprKind::Column(_) => return None,
            ExprKind::Call { arguments, .. } => pending.extend(arguments),
            ExprKind::InTable { value, .. } => pending.push(value),
            _ => {}
        }
    }
    any.then(|| {
        LINT.found("this condition could stand before the `summarize`", keyword)
            .with_help("the same rows remain, and fewer are aggregated")
    })
}
