//! Lints: what binds and runs, and still is probably not what the author meant. One file each, with its code and its
//! explanation; the binder asks them where it has what they look at.
//!
//! Lints are given for queries without errors alone: an error's follow-ups would drown them.

pub mod column_twice;
pub mod in_table;
pub mod inner_unique;
pub mod literal_type;
pub mod unused_variable;
pub mod where_after_summarize;
pub mod whole_term;

use kql_syntax::{Diagnostic, Severity, Span};

/// A lint's code and explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lint {
    /// `KQL04xx`; a code never changes its meaning.
    pub code: &'static str,
    pub severity: Severity,
    pub finds: &'static str,
    pub matters: &'static str,
    pub example: &'static str,
    pub instead: &'static str,
}

/// Every lint, by code.
pub const ALL: &[Lint] = &[
    literal_type::LINT,
    in_table::LINT,
    inner_unique::LINT,
    whole_term::LINT,
    unused_variable::LINT,
    where_after_summarize::LINT,
    column_twice::LINT,
];

impl Lint {
    /// A finding of this lint.
    pub(crate) fn found(&self, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic { severity: self.severity, code: self.code, message: message.into(), span, help: None }
    }
}
