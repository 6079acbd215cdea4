//! A column that a `project` takes twice.

use kql_syntax::{Diagnostic, Severity, tree};

use super::Lint;

/// The lint.
pub const LINT: Lint = Lint {
    code: "KQL0407",
    severity: Severity::Hint,
    finds: "A column that a `project`, `project-keep` or `project-away` names twice, under two names or one.",
    matters: "One of the two is often a slip for another column; if not, rows carry the same value twice.",
    example: "Logons | project User, Account = User",
    instead: "Logons | project Account = User",
};

/// Looks at the columns that an operator names.
pub(crate) fn check(columns: &[tree::Expr]) -> Option<Diagnostic> {
    let names: Vec<&tree::Name> = columns.iter().filter_map(column).collect();
    let again = |at: &usize| {
        let (before, rest) = names.split_at(*at);
        rest.first().is_some_and(|name| before.iter().any(|other| other.text == name.text))
    };
    let name = names.get((0..names.len()).find(again)?)?;
    let message = format!("the column `{}` is named twice", name.text);
    Some(LINT.found(message, name.span).with_help("name another one, or take this one away"))
}

/// The column that an item is, under its own name or another.
fn column(item: &tree::Expr) -> Option<&tree::Name> {
    match &item.kind {
        tree::ExprKind::Name(name) => Some(name),
        tree::ExprKind::Named { value, .. } => match &value.kind {
            tree::ExprKind::Name(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}
