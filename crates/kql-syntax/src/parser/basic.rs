//! Parsers of single tokens, names, lists and brackets, and what is said when they do not fit.

use nom::combinator::{cut, opt};
use nom::sequence::preceded;
use nom::{Err, Parser};

use super::input::{Outcome, SyntaxError, Tokens};
use crate::keywords;
use crate::lexer::{Token, TokenKind};
use crate::string_literal;
use crate::tree::{ColumnDeclaration, Name, NameForm, TypeName};
use crate::{Diagnostic, Span, codes};

/// A parser over tokens.
pub(crate) trait TokenParser<'a, T>: Parser<Tokens<'a>, Output = T, Error = SyntaxError> {}
impl<'a, T, P: Parser<Tokens<'a>, Output = T, Error = SyntaxError>> TokenParser<'a, T> for P {}

/// One token of this kind.
pub(crate) fn token<'a>(kind: TokenKind) -> impl Fn(Tokens<'a>) -> Outcome<'a, Token> {
    move |input| {
        let first = input.first();
        if first.kind == kind { Ok((input.advance(), first)) } else { input.expected(describe(kind)) }
    }
}

/// One keyword.
pub(crate) fn keyword<'a>(word: &'static str) -> impl Fn(Tokens<'a>) -> Outcome<'a, Token> {
    move |input| if is_word(input, 0, word) { Ok((input.advance(), input.first())) } else { input.expected(word) }
}

/// Whether the token `ahead` is this word.
pub(crate) fn is_word(input: Tokens<'_>, ahead: usize, word: &str) -> bool {
    input.look(ahead).kind == TokenKind::Identifier && input.text(ahead) == word
}

/// `word parser`, or nothing: once the word stands there, the rest must follow.
pub(crate) fn clause<'a, T>(word: &'static str, parser: impl TokenParser<'a, T>) -> impl TokenParser<'a, Option<T>> {
    opt(preceded(keyword(word), cut(parser)))
}

/// `item, item, …`. A loop instead of nom's `separated_list1`: what follows a comma must be an item, and lists hold
/// what nests deepest, where each frame on the stack counts.
pub(crate) fn comma_list<'a, T>(
    item: impl Fn(Tokens<'a>) -> Outcome<'a, T> + Copy,
) -> impl Fn(Tokens<'a>) -> Outcome<'a, Vec<T>> {
    move |input| {
        let (mut rest, first) = item(input)?;
        let mut items = vec![first];
        while rest.kind() == TokenKind::Comma {
            let after_comma = rest.advance();
            let ends = is_list_end(after_comma)
                || after_comma.kind() == TokenKind::Comma
                || (is_word(after_comma, 0, "by") && after_comma.look(1).kind != TokenKind::Equal);
            if ends {
                let message = "nothing follows this `,`";
                rest.report(
                    Diagnostic::error(codes::UNEXPECTED_TOKEN, message, rest.first().span)
                        .with_help("take the `,` away, or write what belongs after it"),
                );
                rest = after_comma;
                continue;
            }
            let (after, next) = item(after_comma).map_err(committed)?;
            items.push(next);
            rest = after;
        }
        Ok((rest, items))
    }
}

/// What `cut` does: here nothing else can be meant.
fn committed(error: Err<SyntaxError>) -> Err<SyntaxError> {
    match error {
        Err::Error(error) => Err::Failure(error),
        other => other,
    }
}

/// `open inner close`, with recovery at the closing bracket; gives the span of all of it.
pub(crate) fn bracketed<'a, T>(
    open: TokenKind,
    inner: impl Fn(Tokens<'a>) -> Outcome<'a, T>,
    recovered: impl Fn(Span) -> T,
) -> impl Fn(Tokens<'a>) -> Outcome<'a, (T, Span)> {
    move |input| {
        let (content, opening) = token(open)(input)?;
        let closing = input.partner();
        match content.nested(&inner) {
            Ok((rest, value)) if rest.kind() == closing_of(open) => {
                let rest = rest.advance();
                Ok((rest, (value, rest.span_from(opening.span.start))))
            }
            Ok((rest, value)) => {
                let rest = match closing.filter(|closing| closing.position() > rest.position()) {
                    Some(closing) => {
                        let wanted = match rest.kind() {
                            TokenKind::Comma => "one expression in these brackets",
                            _ => continuation_of(open),
                        };
                        rest.report(unexpected(rest, Some(wanted)));
                        closing.advance()
                    }
                    // Brackets are balanced before parsing starts, but one inside may have taken this one's partner.
                    None => {
                        rest.report(unexpected(rest, Some(continuation_of(open))));
                        rest
                    }
                };
                Ok((rest, (value, rest.span_from(opening.span.start))))
            }
            Err(error) => match closing.filter(|closing| closing.position() >= position(&error)) {
                Some(closing) => {
                    report(input, &error);
                    let rest = closing.advance();
                    let span = rest.span_from(opening.span.start);
                    Ok((rest, (recovered(span), span)))
                }
                None => {
                    report(input, &error);
                    Err(Err::Failure(SyntaxError { at: position(&error), expected: None }))
                }
            },
        }
    }
}

/// `( item, item, … )`, also with nothing inside.
pub(crate) fn parenthesized_list<'a, T>(
    item: impl Fn(Tokens<'a>) -> Outcome<'a, T> + Copy,
) -> impl Fn(Tokens<'a>) -> Outcome<'a, Vec<T>> {
    move |input| {
        let (rest, (items, _)) =
            bracketed(TokenKind::OpenParenthesis, list_until(TokenKind::CloseParenthesis, item), |_| Vec::new())(
                input,
            )?;
        Ok((rest, items))
    }
}

/// `item, item, …` before a closing bracket, or nothing.
pub(crate) fn list_until<'a, T>(
    close: TokenKind,
    item: impl Fn(Tokens<'a>) -> Outcome<'a, T> + Copy,
) -> impl Fn(Tokens<'a>) -> Outcome<'a, Vec<T>> {
    move |input| if input.kind() == close { Ok((input, Vec::new())) } else { comma_list(item)(input) }
}

/// Where a parser gave up.
pub(crate) fn position(error: &Err<SyntaxError>) -> usize {
    match error {
        Err::Incomplete(_) => 0,
        Err::Error(error) | Err::Failure(error) => error.at,
    }
}

/// Turns a parser's error into a diagnostic, unless it was reported already.
pub(crate) fn report(input: Tokens<'_>, error: &Err<SyntaxError>) {
    if let Err::Error(error) | Err::Failure(error) = error
        && error.expected.is_some()
    {
        let place = input.at(error.at);
        place.report(unexpected(place, error.expected));
    }
}

/// What to say of the token that stands first and fits nowhere.
pub(crate) fn unexpected(input: Tokens<'_>, expected: Option<&str>) -> Diagnostic {
    let found = input.first();
    let message = match expected {
        Some(expected) if is_plain_word(expected) => format!("expected `{expected}`, found {}", found_text(input)),
        Some(expected) => format!("expected {expected}, found {}", found_text(input)),
        None => format!("unexpected {}", found_text(input)),
    };
    let wants_name = expected.is_some_and(|expected| expected.contains("name") || expected.contains("expression"));
    match found.kind {
        TokenKind::Equal => Diagnostic::error(codes::ASSIGNMENT_FOR_EQUALITY, message, found.span)
            .with_help("`=` gives a name; to compare, write `==`"),
        TokenKind::Identifier if wants_name && !keywords::is_name(input.text(0)) => {
            let word = input.text(0);
            Diagnostic::error(codes::RESERVED_WORD, message, found.span)
                .with_help(format!("`{word}` is a keyword; to use it as a name, write `['{word}']`"))
        }
        TokenKind::CloseParenthesis | TokenKind::CloseBracket | TokenKind::CloseBrace
            if expected.is_none() && input.partner().is_none() =>
        {
            let opening = describe(opening_of(found.kind));
            let message = format!("{} closes nothing: there is no {opening} before it", describe(found.kind));
            Diagnostic::error(codes::STRAY_BRACKET, message, found.span)
        }
        _ => {
            let mut diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, message, found.span);
            diagnostic.help = match expected {
                Some("`:`") if found.kind == TokenKind::Identifier => {
                    Some(format!("a type follows its name and `:`, as in `: {}`", input.text(0)))
                }
                Some("`:`") => Some("a type follows the name, as in `x: string`".to_owned()),
                Some("`[`") => Some("the values stand in `[` and `]`".to_owned()),
                Some("`=`") if found.kind == TokenKind::Colon => Some("write `=`, without `:`".to_owned()),
                Some("`=`") if found.kind == TokenKind::OpenParenthesis => {
                    Some("a function is written `let f = (x: long) { … }`".to_owned())
                }
                Some("`step`") => Some("write `step 1h`, or how far apart the points are".to_owned()),
                Some("`..`") => Some("bounds are written as `(low .. high)`".to_owned()),
                Some("by") if found.kind != TokenKind::End => Some(format!("write `by {}`", input.text(0))),
                _ => None,
            };
            diagnostic
        }
    }
}

fn is_plain_word(text: &str) -> bool {
    !text.contains([' ', '`'])
}

/// The token that stands first, in an author's words.
pub(crate) fn found_text(input: Tokens<'_>) -> String {
    let text = input.text(0);
    match input.kind() {
        TokenKind::End => "the end of the query".to_owned(),
        TokenKind::String => "a string".to_owned(),
        _ if text.chars().count() > 40 => format!("`{}…`", text.chars().take(40).collect::<String>()),
        _ => format!("`{text}`"),
    }
}

/// `name` where a column, table or function is named.
pub(crate) fn name(input: Tokens<'_>) -> Outcome<'_, Name> {
    name_if(input, keywords::is_name, "a name")
}

/// `name` where one is declared: some keywords are good for that only.
pub(crate) fn declared_name(input: Tokens<'_>) -> Outcome<'_, Name> {
    name_if(input, keywords::is_declarable, "a name")
}

/// `name` where no keyword can be meant: after a dot, or as the value of a parameter.
pub(crate) fn any_name(input: Tokens<'_>) -> Outcome<'_, Name> {
    name_if(input, |_| true, "a name")
}

fn name_if<'a>(input: Tokens<'a>, accepts: fn(&str) -> bool, expected: &'static str) -> Outcome<'a, Name> {
    let Token { kind, span } = input.first();
    let text = input.text(0);
    match kind {
        TokenKind::Identifier if accepts(text) => {
            Ok((input.advance(), Name { text: text.to_owned(), span, form: NameForm::Plain }))
        }
        TokenKind::Placeholder => {
            let inside = text.trim_start_matches('{').split('}').next().unwrap_or_default();
            let text = inside.trim().to_owned();
            Ok((input.advance(), Name { text, span, form: NameForm::Placeholder }))
        }
        TokenKind::OpenBracket if is_bracketed_name(input) => {
            let text = string_literal::value(input.text(1)).unwrap_or_default();
            let rest = input.skip(3);
            Ok((rest, Name { text, span: rest.span_from(span.start), form: NameForm::Bracketed }))
        }
        _ => input.expected(expected),
    }
}

/// Whether `['name']` stands here.
pub(crate) fn is_bracketed_name(input: Tokens<'_>) -> bool {
    input.kind() == TokenKind::OpenBracket
        && input.look(1).kind == TokenKind::String
        && input.look(2).kind == TokenKind::CloseBracket
}

/// How many tokens a name takes that stands here; 0 when none does.
pub(crate) fn name_length(input: Tokens<'_>) -> usize {
    match input.kind() {
        TokenKind::Identifier | TokenKind::Placeholder => 1,
        TokenKind::OpenBracket if is_bracketed_name(input) => 3,
        _ => 0,
    }
}

/// A type's name; whether it is one is the binder's to say.
pub(crate) fn type_name(input: Tokens<'_>) -> Outcome<'_, TypeName> {
    let Token { kind, span } = input.first();
    match kind {
        TokenKind::Identifier => Ok((input.advance(), TypeName { text: input.text(0).to_owned(), span })),
        _ => input.expected("a type"),
    }
}

/// `name: type`.
pub(crate) fn column_declaration(input: Tokens<'_>) -> Outcome<'_, ColumnDeclaration> {
    let (input, name) = declared_name(input)?;
    let (input, column_type) = cut(preceded(token(TokenKind::Colon), type_name)).parse(input)?;
    Ok((input, ColumnDeclaration { name, column_type }))
}

/// `(name: type, …)`.
pub(crate) fn column_declarations(input: Tokens<'_>) -> Outcome<'_, Vec<ColumnDeclaration>> {
    let columns = list_with_last_comma(TokenKind::CloseParenthesis, column_declaration);
    let (rest, (columns, _)) = bracketed(TokenKind::OpenParenthesis, columns, |_| Vec::new())(input)?;
    Ok((rest, columns))
}

/// `item, item, …` before a closing bracket; a comma may follow the last one.
pub(crate) fn list_with_last_comma<'a, T>(
    close: TokenKind,
    item: impl Fn(Tokens<'a>) -> Outcome<'a, T> + Copy,
) -> impl Fn(Tokens<'a>) -> Outcome<'a, Vec<T>> {
    move |input| {
        let mut rest = input;
        let mut items = Vec::new();
        while rest.kind() != close {
            let (after, item) = item(rest).map_err(committed)?;
            items.push(item);
            if after.kind() != TokenKind::Comma {
                return Ok((after, items));
            }
            rest = after.advance();
        }
        Ok((rest, items))
    }
}

/// What can follow an expression between brackets.
fn continuation_of(open: TokenKind) -> &'static str {
    match open {
        TokenKind::OpenParenthesis => "`,`, `)` or an operator",
        TokenKind::OpenBracket => "`,`, `]` or an operator",
        _ => "`;`, `}` or an operator",
    }
}

pub(crate) fn closing_of(open: TokenKind) -> TokenKind {
    match open {
        TokenKind::OpenParenthesis => TokenKind::CloseParenthesis,
        TokenKind::OpenBracket => TokenKind::CloseBracket,
        _ => TokenKind::CloseBrace,
    }
}

fn opening_of(close: TokenKind) -> TokenKind {
    match close {
        TokenKind::CloseParenthesis => TokenKind::OpenParenthesis,
        TokenKind::CloseBracket => TokenKind::OpenBracket,
        _ => TokenKind::OpenBrace,
    }
}

/// A kind of token in an author's words.
fn describe(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Identifier => "a name",
        TokenKind::Placeholder => "a placeholder",
        TokenKind::NegatedWord => "a negated operator",
        TokenKind::InTilde => "`in~`",
        TokenKind::Long | TokenKind::Real => "a number",
        TokenKind::TimeSpan => "a timespan",
        TokenKind::String => "a string",
        TokenKind::TypedLiteral => "a literal",
        TokenKind::Pipe => "`|`",
        TokenKind::Comma => "`,`",
        TokenKind::Semicolon => "`;`",
        TokenKind::Colon => "`:`",
        TokenKind::Dot => "`.`",
        TokenKind::DotDot => "`..`",
        TokenKind::OpenParenthesis => "`(`",
        TokenKind::CloseParenthesis => "`)`",
        TokenKind::OpenBracket => "`[`",
        TokenKind::CloseBracket => "`]`",
        TokenKind::OpenBrace => "`{`",
        TokenKind::CloseBrace => "`}`",
        TokenKind::Equal => "`=`",
        TokenKind::EqualEqual => "`==`",
        TokenKind::NotEqual => "`!=`",
        TokenKind::LessGreater => "`<>`",
        TokenKind::EqualTilde => "`=~`",
        TokenKind::NotTilde => "`!~`",
        TokenKind::FatArrow => "`=>`",
        TokenKind::Less => "`<`",
        TokenKind::LessOrEqual => "`<=`",
        TokenKind::Greater => "`>`",
        TokenKind::GreaterOrEqual => "`>=`",
        TokenKind::Plus => "`+`",
        TokenKind::Minus => "`-`",
        TokenKind::Star => "`*`",
        TokenKind::Slash => "`/`",
        TokenKind::Percent => "`%`",
        TokenKind::Unknown => "an unknown character",
        TokenKind::End => "the end of the query",
    }
}

/// Whether a list of items has come to its end: nothing can follow but another clause, pipe or bracket.
pub(crate) fn is_list_end(input: Tokens<'_>) -> bool {
    matches!(
        input.kind(),
        TokenKind::Pipe
            | TokenKind::Semicolon
            | TokenKind::End
            | TokenKind::CloseParenthesis
            | TokenKind::CloseBracket
            | TokenKind::CloseBrace
    )
}

/// `item, item, …`, or nothing where the operator ends or `by` follows.
pub(crate) fn list_or_nothing<'a, T>(
    item: impl Fn(Tokens<'a>) -> Outcome<'a, T> + Copy,
) -> impl Fn(Tokens<'a>) -> Outcome<'a, Vec<T>> {
    move |input| {
        if is_list_end(input) || is_word(input, 0, "by") { Ok((input, Vec::new())) } else { comma_list(item)(input) }
    }
}
