//! A `join` without a kind that drops rows of its left side.

use std::collections::HashSet;

use kql_syntax::{Diagnostic, Severity, Span};

use super::Lint;
use crate::plan::{ColumnId, Expr, ExprKind, Relation, RelationOperator};

/// The lint.
pub const LINT: Lint = Lint {
    code: "KQL0403",
    severity: Severity::Warning,
    finds: "A `join` without `kind=` whose left side has several rows a key: it is grouped by more than the key, or expanded.",
    matters: "Without a kind, a join is `innerunique`: of the left rows with one key it keeps any one and drops the others, \
              silently and not always the same.",
    example: "Logons | summarize count() by User, Device | join (Users) on User",
    instead: "Logons | summarize count() by User, Device | join kind=inner (Users) on User",
};

/// Looks at the left side of a join without a kind, and at its left keys.
pub(crate) fn check(left: &Relation, keys: &[(Expr, Expr)], keyword: Span) -> Option<Diagnostic> {
    let keys: Option<HashSet<ColumnId>> = keys.iter().map(|(left, _)| column(left)).collect();
    let keys = keys.filter(|keys| !keys.is_empty())?;
    has_several_a_key(left, &keys).then(|| {
        LINT.found("of the left rows with one key, any one is kept and the others are dropped", keyword)
            .with_help("write `kind=inner` to keep them all, or `kind=innerunique` if that is meant")
    })
}

/// The column that an expression is, conversions aside.
fn column(expression: &Expr) -> Option<ColumnId> {
    match &expression.kind {
        ExprKind::Column(id) => Some(*id),
        _ => None,
    }
}

fn has_several_a_key(relation: &Relation, keys: &HashSet<ColumnId>) -> bool {
    let mut relation = relation;
    loop {
        match &relation.operator {
            RelationOperator::Filter { input, .. }
            | RelationOperator::Project { input, .. }
            | RelationOperator::Sort { input, .. } => relation = input,
            RelationOperator::Aggregate { by, .. } => {
                let mut grouped = relation.columns.iter().take(by.len());
                return grouped.any(|column| !keys.contains(&column.id));
            }
            RelationOperator::MvExpand(expand) => {
                return expand.expansions.iter().all(|expansion| !keys.contains(&expansion.output));
            }
            _ => return false,
        }
    }
}
