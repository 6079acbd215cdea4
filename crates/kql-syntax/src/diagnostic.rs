//! The one diagnostic type that every stage reports with, from the lexer to the engine.

use crate::{Span, codes};

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the query is fine.
    Hint,
    /// Probably not what the author meant; the query runs.
    Warning,
    /// The query cannot run.
    Error,
}

/// A message about a place of the query text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A stable code, such as `KQL0204`.
    pub code: &'static str,
    /// One sentence that names the construct; no trailing period.
    pub message: String,
    /// The place that the message is about.
    pub span: Span,
    /// What the author can do, such as «did you mean `RecipientEmailAddress`?».
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: &'static str, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic { severity: Severity::Error, code, message: message.into(), span, help: None }
    }

    /// A warning at `span`.
    pub fn warning(code: &'static str, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, code, message: message.into(), span, help: None }
    }

    /// A hint that a name or spelling is deprecated, with the one of today.
    pub fn deprecated(spelling: &str, today: &str, span: Span) -> Diagnostic {
        Diagnostic {
            severity: Severity::Hint,
            code: codes::DEPRECATED,
            message: format!("`{spelling}` is deprecated"),
            span,
            help: Some(format!("use `{today}`")),
        }
    }

    /// The same diagnostic with a hint for the author.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
}
