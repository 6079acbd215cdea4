//! `in (table)` over a table of several columns.

use kql_syntax::{Diagnostic, Severity, Span, tree};

use super::Lint;
use crate::plan::Column;

/// The lint.
pub const LINT: Lint = Lint {
    code: "KQL0402",
    severity: Severity::Warning,
    finds: "`in (table)` where the table has several columns and the first is not named as the value is.",
    matters: "Kusto compares with the first column, whichever that is; in a table of events it is seldom the one that was \
              meant, and the filter finds nothing.",
    example: "DeviceEvents | where DeviceName in (DeviceInfo | where IsAzureADJoined)",
    instead: "DeviceEvents | where DeviceName in (DeviceInfo | where IsAzureADJoined | project DeviceName)",
};

/// Looks at the value that is sought, and at the columns of the table.
pub(crate) fn check(value: &tree::Expr, columns: &[Column], operator: Span) -> Option<Diagnostic> {
    let [first, _, ..] = columns else { return None };
    if matches!(&value.kind, tree::ExprKind::Name(name) if name.text == first.name) {
        return None;
    }
    let message = format!("the table has {} columns; the first, `{}`, is compared", columns.len(), first.name);
    Some(LINT.found(message, operator).with_help("`project` or `distinct` the one that is meant"))
}
