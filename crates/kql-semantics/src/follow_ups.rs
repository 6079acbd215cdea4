//! Mistakes that follow from others: an author who mends the first is rid of them, so they are not shown.

use kql_syntax::{Diagnostic, Severity};

use crate::codes;

/// The binder's diagnostics that do not stem from a mistake of the syntax.
///
/// What could not be parsed is an error node in the tree, of which the binder says nothing. What remains are complaints
/// about the very text that is wrong, or about tables and scalars that only look exchanged since a bracket is open.
pub fn without_follow_ups(syntax: &[Diagnostic], bound: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mistakes: Vec<&Diagnostic> = syntax.iter().filter(|mistake| mistake.severity == Severity::Error).collect();
    if mistakes.is_empty() {
        return bound;
    }
    let follows = |diagnostic: &Diagnostic| {
        mistakes.iter().any(|mistake| {
            let span = diagnostic.span;
            let encloses = span.start <= mistake.span.start && mistake.span.end <= span.end;
            let exchanged = mistake.code == kql_syntax::codes::UNCLOSED_BRACKET
                && matches!(diagnostic.code, codes::TABLE_NOT_SCALAR | codes::SCALAR_NOT_TABLE | codes::NOT_BOOL)
                && span.end >= mistake.span.start;
            encloses || exchanged
        })
    };
    bound.into_iter().filter(|diagnostic| !follows(diagnostic)).collect()
}
