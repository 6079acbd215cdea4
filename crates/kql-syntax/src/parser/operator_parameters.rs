//! `name=value` parameters of operators.

use nom::Parser;
use nom::combinator::cut;
use nom::multi::many0;
use nom::sequence::preceded;

use super::basic::{any_name, comma_list, is_word, parenthesized_list, token};
use super::expression::literal_or_name;
use super::input::{Outcome, Role, Tokens};
use crate::lexer::{Token, TokenKind};
use crate::tree::{Name, NameForm, Parameter};

/// The parameters that stand here: those of `names`, and hints.
pub(crate) fn parameters<'a>(names: &'static [&'static str]) -> impl Fn(Tokens<'a>) -> Outcome<'a, Vec<Parameter>> {
    move |input| many0(parameter(names)).parse(input)
}

fn parameter<'a>(names: &'static [&'static str]) -> impl Fn(Tokens<'a>) -> Outcome<'a, Parameter> {
    move |input| {
        let is_hint = is_word(input, 0, "hint") && input.look(1).kind == TokenKind::Dot;
        let is_known = input.kind() == TokenKind::Identifier
            && (names.contains(&input.text(0)) || input.text(0).starts_with("__"))
            && input.look(1).kind == TokenKind::Equal;
        if !is_hint && !is_known {
            return input.expected("a parameter");
        }
        let (rest, name) = cut(parameter_name).parse(input)?;
        let (rest, value) = cut(preceded(assignment, literal_or_name)).parse(rest)?;
        Ok((rest, Parameter { name, value }))
    }
}

fn assignment(input: Tokens<'_>) -> Outcome<'_, Token> {
    input.mark(Role::ParameterAssignment);
    token(TokenKind::Equal)(input)
}

/// `kind` or `hint.strategy`.
fn parameter_name(input: Tokens<'_>) -> Outcome<'_, Name> {
    let (mut rest, first) = any_name(input)?;
    while rest.kind() == TokenKind::Dot {
        let (after, _) = cut(any_name).parse(rest.advance())?;
        rest = after;
    }
    let span = rest.span_from(first.span.start);
    let text = if first.span == span { first.text } else { input.text_of(span).replace(char::is_whitespace, "") };
    Ok((rest, Name { text, span, form: NameForm::Plain }))
}

/// `(name=value, …)` after `with`. A list such as `ycolumns=a, b` becomes two parameters of that name.
pub(crate) fn properties(input: Tokens<'_>) -> Outcome<'_, Vec<Parameter>> {
    let (rest, mut parameters) = parenthesized_list(property)(input)?;
    for index in 1..parameters.len() {
        let (before, after) = parameters.split_at_mut(index);
        if let (Some(last), Some(parameter)) = (before.last(), after.first_mut())
            && parameter.name.text.is_empty()
        {
            parameter.name = last.name.clone();
        }
    }
    Ok((rest, parameters))
}

/// `name=value`, or the further value of a list: its name is empty.
fn property(input: Tokens<'_>) -> Outcome<'_, Parameter> {
    let named = input.look(1).kind == TokenKind::Equal || input.look(1).kind == TokenKind::Dot;
    if named {
        let (rest, name) = parameter_name(input)?;
        let (rest, value) = cut(preceded(assignment, literal_or_name)).parse(rest)?;
        return Ok((rest, Parameter { name, value }));
    }
    let (rest, value) = literal_or_name(input)?;
    let name = Name { text: String::new(), span: value.span, form: NameForm::Plain };
    Ok((rest, Parameter { name, value }))
}

/// `name=value, …` without parentheses, or with them.
pub(crate) fn bare_properties(input: Tokens<'_>) -> Outcome<'_, Vec<Parameter>> {
    if input.kind() == TokenKind::OpenParenthesis { properties(input) } else { comma_list(property)(input) }
}
