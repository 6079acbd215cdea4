//! Brackets in pairs: who closes whom, and where a bracket ends that its author never closed.
//!
//! Pairs are found before parsing starts. For a bracket that is never closed, a closing token without text is put in
//! where its contents most likely end, and the mistake is reported at the opening bracket; so the parser meets balanced
//! brackets only, and what follows is parsed as if nothing had happened.

use super::pipe::is_operator_keyword;
use crate::lexer::{Token, TokenKind};
use crate::{Diagnostic, Span, codes};

/// Words that open a parenthesis in which a pipe may stand.
const TABLE_WORDS: &[&str] =
    &["materialize", "toscalar", "totable", "in", "has_any", "has_all", "on", "with", "view", "as", "to", "of", "by"];

/// Finds each bracket's partner. A closing bracket gives up what was opened inside and never closed.
pub(super) fn partners(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut partners = vec![None; tokens.len()];
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut waiting = [0_usize; 3];
    for (position, token) in tokens.iter().enumerate() {
        let Some((class, closes)) = class_of(token.kind) else { continue };
        let Some(count) = waiting.get_mut(class) else { continue };
        if !closes {
            *count += 1;
            open.push((class, position));
        } else if *count > 0 {
            while let Some((opened, opening)) = open.pop() {
                if let Some(count) = waiting.get_mut(opened) {
                    *count = count.saturating_sub(1);
                }
                if opened == class {
                    if let Some(partner) = partners.get_mut(opening) {
                        *partner = Some(position);
                    }
                    if let Some(partner) = partners.get_mut(position) {
                        *partner = Some(opening);
                    }
                    break;
                }
            }
        }
    }
    partners
}

/// Closes what is never closed; each such bracket is reported. Balanced text stays as it is.
pub(super) fn close(text: &str, tokens: Vec<Token>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Token> {
    let partners = partners(&tokens);
    let is_closed = |position: usize| partners.get(position).copied().flatten().is_some();
    let is_open = |token: &Token| matches!(class_of(token.kind), Some((_, false)));
    if tokens.iter().enumerate().all(|(position, token)| !is_open(token) || is_closed(position)) {
        return tokens;
    }
    let functions = declared_functions(text, &tokens);
    let mut repair =
        Repair { open: Vec::new(), waiting: [0; 3], repaired: Vec::with_capacity(tokens.len() + 8), diagnostics };
    for (position, token) in tokens.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| tokens.get(before));
        match (class_of(token.kind), token.kind) {
            (Some((class, false)), _) => {
                let contents = contents_of(text, &tokens, position, &functions);
                repair.open(Open { class, token: *token, contents, is_closed: is_closed(position) });
            }
            (Some((class, true)), _) if repair.waiting.get(class).is_some_and(|waiting| *waiting > 0) => {
                while repair.open.last().is_some_and(|open| open.class != class) {
                    repair.close_last(before);
                }
                repair.pop();
            }
            (_, TokenKind::Pipe) => {
                let gap = Span::new(before.map_or(0, |before| before.span.end), token.span.start);
                let begins_line = text.get(gap.range()).unwrap_or_default().contains('\n');
                // A pipe on the same line may still be that of a table given to an unknown function.
                while repair
                    .open
                    .last()
                    .is_some_and(|open| open.contents == Contents::Value && (begins_line || !open.is_closed))
                {
                    repair.close_last(before);
                }
            }
            (_, TokenKind::Semicolon) => {
                while repair.open.last().is_some_and(|open| open.contents != Contents::Statements) {
                    repair.close_last(before);
                }
            }
            (_, TokenKind::End) => {
                while !repair.open.is_empty() {
                    repair.close_last(before);
                }
            }
            _ => {}
        }
        repair.repaired.push(*token);
    }
    repair.repaired
}

/// What a bracket holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contents {
    /// Scalars: a pipe cannot stand here.
    Value,
    /// Perhaps a table.
    Table,
    /// Statements or steps, with semicolons between them.
    Statements,
}

struct Open {
    class: usize,
    token: Token,
    contents: Contents,
    /// Whether there is some bracket further on that could close it.
    is_closed: bool,
}

struct Repair<'d> {
    open: Vec<Open>,
    /// How many of each class are open.
    waiting: [usize; 3],
    repaired: Vec<Token>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Repair<'_> {
    fn open(&mut self, open: Open) {
        if let Some(waiting) = self.waiting.get_mut(open.class) {
            *waiting += 1;
        }
        self.open.push(open);
    }

    fn pop(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        if let Some(waiting) = self.waiting.get_mut(open.class) {
            *waiting = waiting.saturating_sub(1);
        }
        Some(open)
    }

    /// Closes the innermost bracket after the token `before`.
    fn close_last(&mut self, before: Option<&Token>) {
        let Some(open) = self.pop() else { return };
        let (opening, closing, kind) = match open.class {
            0 => ("(", ")", TokenKind::CloseParenthesis),
            1 => ("[", "]", TokenKind::CloseBracket),
            _ => ("{", "}", TokenKind::CloseBrace),
        };
        let message = format!("this `{opening}` is never closed");
        let help = format!("write `{closing}` where its contents end");
        self.diagnostics.push(Diagnostic::error(codes::UNCLOSED_BRACKET, message, open.token.span).with_help(help));
        let end = before.map_or(open.token.span.end, |before| before.span.end);
        self.repaired.push(Token { kind, span: Span::new(end, end) });
    }
}

/// The class of a bracket, and whether it closes.
fn class_of(kind: TokenKind) -> Option<(usize, bool)> {
    Some(match kind {
        TokenKind::OpenParenthesis => (0, false),
        TokenKind::OpenBracket => (1, false),
        TokenKind::OpenBrace => (2, false),
        TokenKind::CloseParenthesis => (0, true),
        TokenKind::CloseBracket => (1, true),
        TokenKind::CloseBrace => (2, true),
        _ => return None,
    })
}

/// The names that `let` gives to functions: a call of one may hold a table.
fn declared_functions<'a>(text: &'a str, tokens: &[Token]) -> Vec<&'a str> {
    let word = |token: &Token| text.get(token.span.range()).unwrap_or_default();
    let windows = tokens.windows(3).filter_map(|window| match window {
        [first, name, equal] if word(first) == "let" && equal.kind == TokenKind::Equal => Some(word(name)),
        _ => None,
    });
    windows.collect()
}

/// What the bracket at `position` holds, as far as what stands before it tells.
fn contents_of(text: &str, tokens: &[Token], position: usize, functions: &[&str]) -> Contents {
    let before = |distance: usize| position.checked_sub(distance).and_then(|before| tokens.get(before));
    let word = |distance: usize| {
        before(distance)
            .filter(|token| token.kind == TokenKind::Identifier)
            .and_then(|token| text.get(token.span.range()))
            .unwrap_or_default()
    };
    let kind = tokens.get(position).map_or(TokenKind::End, |token| token.kind);
    match kind {
        TokenKind::OpenBrace if matches!(before(1).map(|token| token.kind), Some(TokenKind::OpenParenthesis)) => {
            return Contents::Value;
        }
        TokenKind::OpenBrace => return Contents::Statements,
        TokenKind::OpenBracket => return Contents::Value,
        _ => {}
    }
    let last = word(1);
    if last == "with" || word(2) == "as" {
        return Contents::Statements;
    }
    if matches!(last, "where" | "filter" | "and" | "or" | "extend" | "project" | "between" | "datatable") {
        return Contents::Value;
    }
    if last.is_empty() {
        // Behind an operator such as `==` or `+` there is a value; behind `=`, `,` or `(` there may be a table.
        let is_operator = before(1).is_some_and(|token| {
            matches!(
                token.kind,
                TokenKind::EqualEqual
                    | TokenKind::NotEqual
                    | TokenKind::Less
                    | TokenKind::LessOrEqual
                    | TokenKind::Greater
                    | TokenKind::GreaterOrEqual
                    | TokenKind::Plus
                    | TokenKind::Minus
                    | TokenKind::Star
                    | TokenKind::Slash
            )
        });
        return if is_operator { Contents::Value } else { Contents::Table };
    }
    let is_parameter = before(2).is_some_and(|token| token.kind == TokenKind::Equal)
        && before(1).zip(tokens.get(position)).is_some_and(|(name, open)| name.span.end < open.span.start);
    let may_hold_table =
        TABLE_WORDS.contains(&last) || functions.contains(&last) || is_operator_keyword(last) || is_parameter;
    if may_hold_table { Contents::Table } else { Contents::Value }
}
