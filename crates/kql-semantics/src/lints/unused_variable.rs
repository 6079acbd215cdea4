//! A `let` that nothing uses.

use kql_syntax::tree::Name;
use kql_syntax::{Diagnostic, Severity};

use super::Lint;

/// The lint.
pub const LINT: Lint = Lint {
    code: "KQL0405",
    severity: Severity::Warning,
    finds: "A `let` whose name nothing refers to.",
    matters: "It is often a threshold or an exclusion list that was meant to be applied: the query runs without it.",
    example: "let excluded = dynamic([\"svc-backup\"]); Logons | where User != \"admin\"",
    instead: "let excluded = dynamic([\"svc-backup\"]); Logons | where User !in (excluded)",
};

/// The finding for a name that is never looked up.
pub(crate) fn unused(name: &Name) -> Diagnostic {
    LINT.found(format!("nothing uses `{}`", name.text), name.span).with_help("use it, or take the `let` away")
}
