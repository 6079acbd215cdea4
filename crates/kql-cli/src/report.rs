//! How things go wrong, and how diagnostics are shown.

use kql_rules::QueryText;
use kql_syntax::Diagnostic;
use kql_syntax::render::{Colour, render as render_diagnostic};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The query is wrong; the text shows where and why.
    Query(String),
    /// The command line is wrong.
    Usage(String),
    /// The query ran and failed at a place in it; the text shows where and why.
    FailedQuery(String),
    /// Reading, computing or writing failed.
    Run(anyhow::Error),
    /// Files could not be read, which is said already.
    Unreadable,
    /// `fmt --check` found files that are not formatted.
    WouldChange,
    /// Tests of rules failed, which is said already.
    TestsFailed,
    /// `run --fail-on-hit` found something.
    Hits,
    /// The user stopped it.
    Stopped,
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Run(error.into())
    }
}

/// A query with the file in which its author wrote it.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The path as the user gave it, or `query` for one given as text.
    pub path: &'a str,
    /// The whole file.
    pub text: &'a str,
    pub query: &'a QueryText,
}

impl Source<'_> {
    /// Diagnostics about the query, shown in its file.
    pub fn render(&self, diagnostics: &[Diagnostic]) -> String {
        let in_file = diagnostics.iter().map(|diagnostic| {
            let mut diagnostic = diagnostic.clone();
            diagnostic.span = self.query.in_file(diagnostic.span);
            diagnostic
        });
        render(self.path, self.text, &in_file.collect::<Vec<_>>())
    }
}

/// Diagnostics about a file, shown one after the other.
pub fn render(path: &str, text: &str, diagnostics: &[Diagnostic]) -> String {
    let colour = if console::colors_enabled_stderr() { Colour::Always } else { Colour::Never };
    let shown = diagnostics.iter().map(|diagnostic| render_diagnostic(diagnostic, diagnostic.span, path, text, colour));
    shown.map(|diagnostic| diagnostic + "\n").collect()
}

/// How many files that hold no rule are named.
const NAMED: usize = 8;

/// What was found among the rules of folders and is none, on one line each; `None` where there is nothing.
pub fn others<'d>(found: impl Iterator<Item = (&'d str, &'d Diagnostic)>) -> Option<String> {
    let shown: Vec<String> = found.map(|(path, other)| format!("note: {path}: {}", other.message)).collect();
    let more = shown.len().saturating_sub(NAMED);
    let mut lines: Vec<String> = shown.into_iter().take(NAMED).collect();
    if more > 0 {
        lines.push(format!("note: {more} more are no rules; `kql check --format json` names them all"));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}
