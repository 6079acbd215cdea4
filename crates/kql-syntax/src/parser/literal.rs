//! Literals: numbers, strings, timespans, `type(text)` and `dynamic(json)`.

use nom::Parser;
use nom::combinator::{cut, map};
use nom::multi::many1;
use nom::sequence::{preceded, separated_pair};

use super::basic::{bracketed, list_until, token};
use super::expression::{error_expression, finish};
use super::input::{Outcome, Tokens};
use crate::lexer::{self, TIMESPAN_UNITS, TokenKind};
use crate::string_literal;
use crate::tree::{DynamicLiteral, Expr, ExprKind, Literal, Name, NameForm, TimeSpanLiteral};
use crate::{Diagnostic, Span, codes};

/// A literal that is not `dynamic`.
pub(crate) fn literal(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    let text = input.text(0);
    let rest = input.advance();
    let literal = match input.kind() {
        TokenKind::String => return string(input),
        TokenKind::Long => long(input, text),
        TokenKind::Real => Literal::Real(text.parse().ok()),
        TokenKind::TimeSpan => Literal::TimeSpan(timespan(input, text)),
        TokenKind::TypedLiteral => return typed(input),
        TokenKind::Identifier => match text {
            "true" | "True" | "TRUE" => Literal::Bool(Some(true)),
            "false" | "False" | "FALSE" => Literal::Bool(Some(false)),
            _ => return input.expected("a literal"),
        },
        _ => return input.expected("a literal"),
    };
    finish(rest, start, ExprKind::Literal(literal))
}

/// String literals, adjacent ones joined.
pub(crate) fn string(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let obfuscated = string_literal::is_obfuscated(input.text(0));
    let (rest, parts) = many1(string_value).parse(input)?;
    let literal = Literal::String { value: parts.concat(), obfuscated };
    finish(rest, input.first().span.start, ExprKind::Literal(literal))
}

/// The value of one string literal.
fn string_value(input: Tokens<'_>) -> Outcome<'_, String> {
    let (rest, string) = token(TokenKind::String)(input)?;
    let value = string_literal::value(input.text(0)).unwrap_or_else(|(start, end)| {
        let span = Span::new(string.span.start + start, string.span.start + end);
        let message = format!("strings have no escape sequence `{}`", input.text_of(span));
        let help = "write `\\\\` for a backslash, or put `@` before the quote to have no escapes at all";
        input.report(Diagnostic::error(codes::UNKNOWN_ESCAPE, message, span).with_help(help));
        String::new()
    });
    Ok((rest, value))
}

fn long(input: Tokens<'_>, text: &str) -> Literal {
    let value = parse_long(text);
    if value.is_none() {
        report_range(input, text, "long");
    }
    Literal::Long(value)
}

/// A whole number, decimal or hexadecimal; all 64 bits of a hexadecimal one count.
fn parse_long(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(u64::cast_signed),
        None => text.parse().ok(),
    }
}

fn report_range(input: Tokens<'_>, text: &str, scalar_type: &str) {
    let message = format!("`{text}` does not fit into a {scalar_type}");
    input.report(Diagnostic::error(codes::NUMBER_OUT_OF_RANGE, message, input.first().span));
}

/// `1d`, `2.5h`: ticks.
fn timespan(input: Tokens<'_>, text: &str) -> TimeSpanLiteral {
    let ticks = timespan_ticks(text);
    if ticks.is_none() {
        report_range(input, text, "timespan");
    }
    ticks.map_or(TimeSpanLiteral::Null, TimeSpanLiteral::Ticks)
}

fn timespan_ticks(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let (_, ticks) = TIMESPAN_UNITS.iter().find(|(name, _)| *name == unit)?;
    if let Ok(whole) = number.parse::<i64>()
        && *ticks >= 1.0
    {
        return whole.checked_mul(*ticks as i64);
    }
    let value = number.parse::<f64>().ok()? * ticks;
    (value.abs() < i64::MAX as f64).then_some(value.round() as i64)
}

/// `type(text)`.
fn typed(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let span = input.first().span;
    let text = input.text(0);
    let (type_name, content) = text.split_once('(').unwrap_or((text, ""));
    let content = content.strip_suffix(')').unwrap_or(content).trim();
    let rest = input.advance();
    if matches!(type_name, "datetime" | "date") && content == "now" {
        let name = |text: &str, start: usize| {
            let span = Span::new(start, start + text.len());
            Name { text: text.to_owned(), span, form: NameForm::Plain }
        };
        let at = text.find("now").unwrap_or_default();
        let now = name(content, span.start + at);
        let argument = Expr { span: now.span, kind: ExprKind::Name(now) };
        let function = name(type_name, span.start);
        return finish(rest, span.start, ExprKind::Call { function, arguments: vec![argument] });
    }
    match typed_value(type_name, content) {
        Some(literal) => finish(rest, span.start, ExprKind::Literal(literal)),
        None => {
            let message = format!("`{content}` is not a constant of type {type_name}");
            let mut diagnostic = Diagnostic::error(codes::INVALID_LITERAL, message, span);
            if content.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                diagnostic = diagnostic.with_help(format!("to convert a value, call `to{type_name}(…)`"));
            }
            input.report(diagnostic);
            Ok((rest, error_expression(span)))
        }
    }
}

/// The value of `type(content)`, when the content is of the type.
fn typed_value(type_name: &str, content: &str) -> Option<Literal> {
    let is_quoted = lexer::string(content).is_ok_and(|(rest, _)| rest.is_empty());
    let unquoted = if is_quoted { string_literal::value(content).ok()? } else { content.to_owned() };
    let content = unquoted.trim();
    let is_null = content == "null" || content.is_empty();
    let given = || (!is_null).then(|| content.to_owned());
    Some(match type_name {
        "bool" if is_null => Literal::Bool(None),
        "bool" => Literal::Bool(Some(match content.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            number => parse_long(number)? != 0,
        })),
        "int" | "int32" if is_null => Literal::Int(None),
        "int" | "int32" => Literal::Int(Some(parse_long(content)?.try_into().ok()?)),
        "long" | "int64" if is_null => Literal::Long(None),
        "long" | "int64" => Literal::Long(Some(parse_long(content)?)),
        "real" | "double" if is_null => Literal::Real(None),
        "real" | "double" => Literal::Real(Some(content.parse().ok()?)),
        "decimal" if is_null => Literal::Decimal(None),
        "decimal" => {
            Literal::Decimal(Some(content.parse::<f64>().ok().filter(|value| !value.is_nan()).and_then(|_| given())?))
        }
        "datetime" | "date" => Literal::DateTime(given()),
        "guid" => Literal::Guid(given()),
        _ if is_null => Literal::TimeSpan(TimeSpanLiteral::Null),
        _ => Literal::TimeSpan(match timespan_ticks(content) {
            Some(ticks) if content.starts_with(|c: char| c.is_ascii_digit()) => TimeSpanLiteral::Ticks(ticks),
            _ => TimeSpanLiteral::Text(content.to_owned()),
        }),
    })
}

/// `dynamic(json)`.
pub(crate) fn dynamic(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let recovered = |_| DynamicLiteral::Null;
    let (rest, (value, _)) = bracketed(TokenKind::OpenParenthesis, json, recovered)(input.advance())?;
    finish(rest, input.first().span.start, ExprKind::Literal(Literal::Dynamic(value)))
}

/// A JSON value as Kusto takes it: single quotes and typed literals are fine.
fn json(input: Tokens<'_>) -> Outcome<'_, DynamicLiteral> {
    let text = input.text(0);
    match input.kind() {
        TokenKind::Long | TokenKind::Real => Ok((input.advance(), DynamicLiteral::Number(text.to_owned()))),
        TokenKind::Minus | TokenKind::Plus if matches!(input.look(1).kind, TokenKind::Long | TokenKind::Real) => {
            let sign = if text == "-" { "-" } else { "" };
            Ok((input.skip(2), DynamicLiteral::Number(format!("{sign}{}", input.text(1)))))
        }
        TokenKind::String => map(string_value, DynamicLiteral::String).parse(input),
        TokenKind::TimeSpan | TokenKind::TypedLiteral => {
            let (rest, value) = literal(input)?;
            Ok((
                rest,
                match value.kind {
                    ExprKind::Literal(literal) => DynamicLiteral::Typed(Box::new(literal)),
                    _ => DynamicLiteral::Null,
                },
            ))
        }
        TokenKind::OpenBracket => {
            let items = list_until(TokenKind::CloseBracket, json);
            let (rest, (items, _)) = bracketed(TokenKind::OpenBracket, items, |_| Vec::new())(input)?;
            Ok((rest, DynamicLiteral::Array(items)))
        }
        TokenKind::OpenBrace => {
            let members = list_until(TokenKind::CloseBrace, json_member);
            let (rest, (members, _)) = bracketed(TokenKind::OpenBrace, members, |_| Vec::new())(input)?;
            Ok((rest, DynamicLiteral::Bag(members)))
        }
        TokenKind::Identifier => match text {
            "null" => Ok((input.advance(), DynamicLiteral::Null)),
            "true" => Ok((input.advance(), DynamicLiteral::Bool(true))),
            "false" => Ok((input.advance(), DynamicLiteral::Bool(false))),
            "dynamic" => {
                let inner = bracketed(TokenKind::OpenParenthesis, json, |_| DynamicLiteral::Null);
                let (rest, (value, _)) = preceded(token(TokenKind::Identifier), cut(inner)).parse(input)?;
                Ok((rest, value))
            }
            _ => input.expected("a JSON value"),
        },
        _ => input.expected("a JSON value"),
    }
}

/// `"key": value`.
fn json_member(input: Tokens<'_>) -> Outcome<'_, (String, DynamicLiteral)> {
    separated_pair(string_value, cut(token(TokenKind::Colon)), cut(json)).parse(input)
}
