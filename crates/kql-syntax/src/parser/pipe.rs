//! Pipes: a source and its operators, with recovery at each `|`.

use super::basic::{bracketed, name_length, position, report, unexpected};
use super::expression::{error_expression, expression, finish};
use super::habits;
use super::infix;
use super::input::{Outcome, Tokens};
use super::spelling;
use crate::keywords;
use crate::lexer::TokenKind;
use crate::operators::{self, Operator, OperatorKind};
use crate::tree::{Expr, ExprKind};
use crate::{Diagnostic, Span, codes};

/// Operators that make a table of nothing, and so may stand first.
const SOURCES: &[&str] = &["evaluate", "find", "macro-expand", "print", "range", "search", "union"];

/// `source | operator | …`, or an expression that stands alone.
pub(crate) fn pipe_expression(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    if begins_with_operator(input) {
        let keyword = input.text(0);
        if !SOURCES.contains(&keyword) {
            let message = format!("`{keyword}` needs a table piped into it");
            let diagnostic = Diagnostic::error(codes::OPERATOR_WITHOUT_SOURCE, message, input.first().span);
            let help = match (keyword, input.last_text()) {
                ("distinct", "(") => "`dcount(…)` counts distinct values, `count_distinct(…)` exactly".to_owned(),
                _ => format!("begin with a table: `T | {keyword} …`"),
            };
            input.report(diagnostic.with_help(help));
        }
        return operators_from(input, start);
    }
    if input.kind() == TokenKind::Pipe {
        let (rest, pipe) = operators_from(input.advance(), start)?;
        input.report(unexpected(input, Some("a table before the first operator")));
        return Ok((rest, pipe));
    }
    let (rest, source) = expression(input)?;
    if rest.kind() != TokenKind::Pipe && !is_missing_pipe(rest) {
        return Ok((rest, source));
    }
    let (rest, operators) = piped_operators(rest);
    finish(rest, start, ExprKind::Pipe { source: Some(Box::new(source)), operators })
}

/// A pipe inside an operator, such as `mv-apply … on (operators)`: it begins with an operator.
pub(crate) fn operator_pipe(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    let is_operator = input.kind() == TokenKind::Identifier && is_operator_keyword(input.text(0));
    if is_operator && input.look(1).kind != TokenKind::Dot {
        return operators_from(input, start);
    }
    pipe_expression(input)
}

fn operators_from(input: Tokens<'_>, start: usize) -> Outcome<'_, Expr> {
    let mut operators = Vec::new();
    let rest = piped_operator(input, &mut operators);
    let (rest, more) = piped_operators(rest);
    operators.extend(more);
    finish(rest, start, ExprKind::Pipe { source: None, operators })
}

/// `| operator | operator …`. What is wrong with one operator does not spoil the next.
fn piped_operators(input: Tokens<'_>) -> (Tokens<'_>, Vec<Operator>) {
    let mut rest = input;
    let mut operators = Vec::new();
    loop {
        if rest.kind() == TokenKind::Pipe && is_pipe_end(rest.advance()) {
            let message = "no operator follows this `|`";
            rest.report(
                Diagnostic::error(codes::UNEXPECTED_TOKEN, message, rest.first().span)
                    .with_help("take the `|` away, or write an operator after it"),
            );
            rest = rest.advance();
        } else if rest.kind() == TokenKind::Pipe {
            rest = piped_operator(rest.advance(), &mut operators);
        } else if is_missing_pipe(rest) {
            let keyword = rest.text(0);
            let message = format!("expected `|` before `{keyword}`");
            rest.report(
                Diagnostic::error(codes::MISSING_PIPE, message, rest.first().span)
                    .with_help(format!("write `| {keyword}`")),
            );
            rest = piped_operator(rest, &mut operators);
        } else {
            return (rest, operators);
        }
    }
}

/// Whether nothing follows a pipe that could be an operator.
fn is_pipe_end(input: Tokens<'_>) -> bool {
    match input.kind() {
        TokenKind::Pipe | TokenKind::Semicolon | TokenKind::End => true,
        TokenKind::CloseParenthesis | TokenKind::CloseBracket | TokenKind::CloseBrace => input.partner().is_some(),
        _ => false,
    }
}

/// Whether an operator stands here that only lacks its pipe.
fn is_missing_pipe(input: Tokens<'_>) -> bool {
    input.kind() == TokenKind::Identifier
        && input.position() > 0
        && is_operator_keyword(input.text(0))
        && begins_with_operator(input)
        && !SOURCES.contains(&input.text(0))
        && (input.on_new_line() || !matches!(input.text(0), "as" | "count" | "sample" | "parse" | "consume"))
}

pub(crate) fn is_operator_keyword(word: &str) -> bool {
    operators::KEYWORDS.iter().any(|keywords| keywords.contains(&word))
}

/// Whether the word that stands first begins an operator, where it could also be the name of a table.
pub(crate) fn begins_with_operator(input: Tokens<'_>) -> bool {
    if input.kind() != TokenKind::Identifier {
        return false;
    }
    let word = input.text(0);
    let next = input.look(1).kind;
    match word {
        "range" => {
            let length = name_length(input.advance());
            length > 0 && input.text(1 + length) == "from"
        }
        "evaluate" => next == TokenKind::Identifier && infix::operator(input.advance()).is_none(),
        _ if !is_operator_keyword(word) => false,
        _ if !keywords::is_name(word) => true,
        // `take 5`, `extend a = 1`: two expressions in a row are nothing else.
        _ => match next {
            TokenKind::Identifier => input.text(1) == "by" || infix::operator(input.advance()).is_none(),
            TokenKind::Long | TokenKind::String | TokenKind::Placeholder => true,
            _ => false,
        },
    }
}

/// One operator; what cannot be parsed is skipped up to where the next one begins, and stands in the tree as an
/// operator of its own.
fn piped_operator<'a>(input: Tokens<'a>, operators: &mut Vec<Operator>) -> Tokens<'a> {
    let span = input.first().span;
    let skipped = |rest: Tokens<'a>, span: Span| Operator {
        kind: OperatorKind::Error,
        span: rest.span_from(span.start),
        keyword: span,
    };
    match input.nested(operator) {
        Ok((end, kind)) => {
            operators.push(Operator { kind, span: end.span_from(span.start), keyword: span });
            let rest = check_end(end);
            if rest.position() > end.position() {
                operators.push(skipped(rest, end.first().span));
            }
            rest
        }
        Err(error) => {
            report(input, &error);
            let furthest = position(&error).max(input.position());
            let rest = skip_to_end(input.at(furthest));
            operators.push(skipped(rest, span));
            rest
        }
    }
}

fn operator(input: Tokens<'_>) -> Outcome<'_, OperatorKind> {
    let keyword = input.text(0);
    if input.kind() != TokenKind::Identifier {
        return input.expected("an operator after `|`");
    }
    if let Some(parse) = operators::parser(keyword) {
        if let Some((_, today)) = operators::DEPRECATED.iter().find(|(spelling, _)| *spelling == keyword) {
            input.report(Diagnostic::deprecated(keyword, today, input.first().span));
        }
        return parse(input.advance(), keyword);
    }
    let message = format!("unknown operator `{keyword}`");
    let mut diagnostic = Diagnostic::error(codes::UNKNOWN_OPERATOR, message, input.first().span);
    let known = operators::KEYWORDS.iter().flat_map(|keywords| keywords.iter().copied());
    if let Some(native) = habits::operator(keyword) {
        diagnostic = diagnostic.with_help(native);
    } else if let Some(similar) = spelling::closest(keyword, known) {
        diagnostic = diagnostic.with_help(format!("did you mean `{similar}`?"));
    }
    input.advance().fail(diagnostic)
}

/// Reports and skips what follows an operator and does not belong there.
fn check_end(input: Tokens<'_>) -> Tokens<'_> {
    let mut rest = input;
    loop {
        match rest.kind() {
            TokenKind::Pipe | TokenKind::Semicolon | TokenKind::End => return rest,
            TokenKind::Comma if !rest.in_statement() => return rest,
            TokenKind::CloseParenthesis | TokenKind::CloseBracket | TokenKind::CloseBrace => {
                if rest.partner().is_some() {
                    return rest;
                }
                rest.report(unexpected(rest, None));
                rest = rest.advance();
            }
            TokenKind::Identifier if is_missing_pipe(rest) => return rest,
            _ if rest.in_statement() && rest.on_new_line() && begins_line(rest) => return rest,
            _ => {
                rest.report(habits::after_expression(rest));
                return skip_to_end(rest.advance());
            }
        }
    }
}

/// Whether a new statement can begin here.
fn begins_line(input: Tokens<'_>) -> bool {
    matches!(input.kind(), TokenKind::Identifier | TokenKind::Placeholder | TokenKind::OpenParenthesis)
}

/// Skips to the next `|`, `;` or closing bracket of what is open here.
pub(crate) fn skip_to_end(input: Tokens<'_>) -> Tokens<'_> {
    let mut rest = input;
    loop {
        match rest.kind() {
            TokenKind::Pipe | TokenKind::Semicolon | TokenKind::End => return rest,
            TokenKind::CloseParenthesis | TokenKind::CloseBracket | TokenKind::CloseBrace
                if rest.partner().is_some() =>
            {
                return rest;
            }
            TokenKind::OpenParenthesis | TokenKind::OpenBracket | TokenKind::OpenBrace => {
                rest = rest.partner().unwrap_or(rest).advance();
            }
            _ => rest = rest.advance(),
        }
    }
}

/// `(operators)`.
pub(crate) fn parenthesized_pipe(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, (pipe, _)) = bracketed(TokenKind::OpenParenthesis, operator_pipe, error_expression)(input)?;
    Ok((rest, pipe))
}
