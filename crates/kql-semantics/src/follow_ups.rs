//! Mistakes that follow from others: an author who mends the first is rid of them, so they are not shown.

use kql_syntax::{Diagnostic, Severity};

use crate::codes;

/// Complaints of tables, types and counts, which a missing bracket or operator brings about.
const OF_TYPES: &[&str] = &[
    codes::TABLE_NOT_SCALAR,
    codes::SCALAR_NOT_TABLE,
    codes::NOT_BOOL,
    codes::WRONG_TYPE,
    codes::ARGUMENT_COUNT,
    codes::ARGUMENT_TYPE,
    codes::OPERAND_TYPES,
];

/// The diagnostics of syntax and binding together, in the order of the text, without the binder's that stem from a
/// mistake of the syntax.
///
/// What could not be parsed is an error node in the tree, of which the binder says nothing. What remains are complaints
/// about the very text that is wrong, and about types behind a bracket that is open.
pub fn joined_diagnostics(syntax: Vec<Diagnostic>, bound: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut all = syntax;
    let found = all.len();
    for diagnostic in bound {
        let mistakes = all.get_mut(..found).unwrap_or_default();
        // `where a = "x"`: that the text is no condition says the same once more, and makes the query wrong.
        let assignment = mistakes.iter().position(|mistake| {
            mistake.code == kql_syntax::codes::ASSIGNMENT_FOR_EQUALITY
                && diagnostic.code == codes::NOT_BOOL
                && mistake.span.start <= diagnostic.span.start
                && diagnostic.span.end <= mistake.span.end
        });
        let is_follow_up = mistakes.iter().any(|mistake| follows(&diagnostic, mistake));
        match assignment.and_then(|at| mistakes.get_mut(at)) {
            Some(mistake) => mistake.severity = Severity::Error,
            None if is_follow_up => {}
            None => all.push(diagnostic),
        }
    }
    all.sort_by_key(|diagnostic| diagnostic.span.start);
    all
}

fn follows(diagnostic: &Diagnostic, mistake: &Diagnostic) -> bool {
    let (span, wrong) = (diagnostic.span, mistake.span);
    let is_error = mistake.severity == Severity::Error;
    let encloses = span.start <= wrong.start && wrong.end <= span.end;
    let is_behind_open_bracket = mistake.code == kql_syntax::codes::UNCLOSED_BRACKET
        && OF_TYPES.contains(&diagnostic.code)
        && span.end >= wrong.start;
    // `where Name LIKE "x"`: what stands before the unknown operator is no condition.
    let is_cut_off =
        diagnostic.code == codes::NOT_BOOL && wrong.start.checked_sub(span.end).is_some_and(|between| between < 4);
    // `bin(Time 1h)`: what is behind the mistake is no argument.
    let counts_less =
        diagnostic.code == codes::ARGUMENT_COUNT && wrong.start.checked_sub(span.end).is_some_and(|after| after < 80);
    is_error && (encloses || counts_less || is_behind_open_bracket || is_cut_off)
}

#[cfg(test)]
mod tests {
    use kql_syntax::{Diagnostic, Severity, Span};

    use super::joined_diagnostics;
    use crate::codes;

    #[test]
    fn a_warning_takes_the_error_that_says_the_same() {
        let warning =
            Diagnostic::warning(kql_syntax::codes::ASSIGNMENT_FOR_EQUALITY, "`=` compares nothing", Span::new(10, 17));
        let error = Diagnostic::error(codes::NOT_BOOL, "no bool", Span::new(14, 17));
        let other = Diagnostic::error(codes::UNKNOWN_NAME, "unknown", Span::new(30, 33));
        let joined = joined_diagnostics(vec![warning.clone()], vec![error, other.clone()]);
        assert_eq!(joined, [Diagnostic { severity: Severity::Error, ..warning }, other]);
    }
}
