//! Statements: `let`, `set`, `declare`, …, and the functions that `let` defines.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt, value};
use nom::sequence::{delimited, preceded};

use super::basic::{
    any_name, bracketed, clause, column_declarations, comma_list, declared_name, is_word, keyword, list_until, name,
    name_length, parenthesized_list, position, report, token, type_name, unexpected,
};
use super::expression::{entity, error_expression, expression, finish, named_expression};
use super::habits;
use super::infix;
use super::input::{Outcome, Tokens};
use super::pipe::{pipe_expression, skip_to_end};
use crate::lexer::TokenKind;
use crate::tree::{
    Expr, ExprKind, Function, FunctionBody, FunctionParameter, ParameterType, Pattern, PatternCase, Statement,
    StatementKind, TypeName,
};
use crate::{Diagnostic, codes};

/// Statements up to the end of the text, or to the bracket that closes them.
pub(crate) fn statements(input: Tokens<'_>) -> Outcome<'_, Vec<Statement>> {
    input.in_statements(statement_list)
}

fn statement_list(input: Tokens<'_>) -> Outcome<'_, Vec<Statement>> {
    let mut rest = input;
    let mut statements = Vec::new();
    while !is_end(rest) {
        let before = rest.position();
        let (after, statement) = recovered_statement(rest);
        statements.push(statement);
        rest = after;
        if rest.kind() == TokenKind::Semicolon {
            rest = rest.advance();
        } else if !is_end(rest) {
            rest = missing_semicolon(rest, before);
        }
    }
    Ok((rest, statements))
}

fn is_end(input: Tokens<'_>) -> bool {
    match input.kind() {
        TokenKind::End => true,
        TokenKind::CloseParenthesis | TokenKind::CloseBracket | TokenKind::CloseBrace => input.partner().is_some(),
        _ => false,
    }
}

/// Something follows a statement. When it looks like a statement, only the `;` is missing.
fn missing_semicolon(input: Tokens<'_>, before: usize) -> Tokens<'_> {
    let begins = matches!(input.kind(), TokenKind::Identifier | TokenKind::OpenParenthesis | TokenKind::Placeholder);
    let follows_let = input.at(before).text(0) == "let" && infix::operator(input).is_none();
    if (input.on_new_line() || follows_let) && begins && input.position() > before {
        let message = format!("expected `;` before {}", super::basic::found_text(input));
        let diagnostic = Diagnostic::error(codes::MISSING_SEMICOLON, message, input.first().span);
        input.report(diagnostic.with_help("statements are separated by `;`"));
        return input;
    }
    let is_bracket =
        matches!(input.kind(), TokenKind::CloseParenthesis | TokenKind::CloseBracket | TokenKind::CloseBrace);
    input.report(if is_bracket { unexpected(input, None) } else { habits::after_expression(input) });
    let rest = skip_statement(input.advance());
    if rest.kind() == TokenKind::Semicolon { rest.advance() } else { rest }
}

/// Skips to the end of a statement.
fn skip_statement(input: Tokens<'_>) -> Tokens<'_> {
    let mut rest = input;
    while !is_end(rest) && rest.kind() != TokenKind::Semicolon {
        rest = skip_to_end(rest);
        if rest.kind() == TokenKind::Pipe {
            rest = rest.advance();
        }
    }
    rest
}

/// A statement; what cannot be parsed is skipped.
fn recovered_statement(input: Tokens<'_>) -> (Tokens<'_>, Statement) {
    let start = input.first().span.start;
    match statement(input) {
        Ok((rest, kind)) => (rest, Statement { kind, span: rest.span_from(start) }),
        Err(error) => {
            report(input, &error);
            let rest = skip_statement(input.at(position(&error).max(input.position())));
            (rest, Statement { kind: StatementKind::Error, span: rest.span_from(start) })
        }
    }
}

fn statement(input: Tokens<'_>) -> Outcome<'_, StatementKind> {
    let followed_by_name = name_length(input.advance()) > 0;
    match (input.kind(), input.text(0)) {
        (TokenKind::Identifier, "let") if followed_by_name => let_statement(input.advance()),
        (TokenKind::Identifier, "set") if followed_by_name => set_statement(input.advance()),
        (TokenKind::Identifier, "alias") if followed_by_name => alias_statement(input.advance()),
        (TokenKind::Identifier, "declare") if is_word(input, 1, "pattern") => pattern_statement(input.skip(2)),
        (TokenKind::Identifier, "declare") if followed_by_name => {
            let (rest, _) = keyword("query_parameters")(input.advance())?;
            let (rest, parameters) = function_parameters(rest)?;
            Ok((rest, StatementKind::DeclareQueryParameters { parameters }))
        }
        (TokenKind::Identifier, "restrict") if is_word(input, 1, "access") => {
            let (rest, _) = keyword("to")(input.skip(2))?;
            let (rest, entities) = parenthesized_list(entity)(rest)?;
            Ok((rest, StatementKind::Restrict { entities }))
        }
        (TokenKind::Identifier, _) if input.look(1).kind == TokenKind::Equal => {
            let name = input.text(0);
            let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, "`let` is missing here", input.first().span);
            input.report(diagnostic.with_help(format!("write `let {name} = …;`")));
            let_statement(input)
        }
        (TokenKind::Identifier, "function" | "def" | "func") if followed_by_name => input.fail(
            Diagnostic::error(codes::UNEXPECTED_TOKEN, "functions are declared with `let`", input.first().span)
                .with_help(format!("write `let {} = (x: long) {{ … }};`", input.text(1))),
        ),
        (TokenKind::Dot, _) => input.fail(Diagnostic::error(
            codes::UNEXPECTED_TOKEN,
            "control commands, which begin with `.`, are not queries",
            input.first().span,
        )),
        (TokenKind::Semicolon, _) => input.expected("a statement"),
        _ if habits::is_sql(input) => input.fail(
            Diagnostic::error(codes::UNEXPECTED_TOKEN, "this is SQL, not KQL", input.first().span)
                .with_help("a query begins with its table: `T | where Column == 1 | project Column`"),
        ),
        _ => map(pipe_expression, StatementKind::Expression).parse(input),
    }
}

fn let_statement(input: Tokens<'_>) -> Outcome<'_, StatementKind> {
    let (rest, name) = cut(name).parse(input)?;
    match cut(preceded(token(TokenKind::Equal), let_value)).parse(rest) {
        Ok((rest, value)) => Ok((rest, StatementKind::Let { name, value })),
        // The name is known all the same, so that its uses are no further mistakes.
        Err(error) => {
            report(rest, &error);
            let after = skip_statement(rest.at(position(&error).max(rest.position())));
            let value = error_expression(after.span_from(rest.first().span.start));
            Ok((after, StatementKind::Let { name, value }))
        }
    }
}

fn let_value(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let arrow = match input.kind() {
        TokenKind::OpenParenthesis => input.partner().map(|close| close.advance()),
        _ => Some(input.advance()),
    };
    if let Some(arrow) = arrow.filter(|arrow| arrow.kind() == TokenKind::FatArrow) {
        let message = "`=>` declares no function";
        let help = "write `(x: long) { … }`";
        let diagnostic = Diagnostic::error(codes::UNKNOWN_OPERATOR, message, arrow.first().span);
        return arrow.fail(diagnostic.with_help(help));
    }
    let is_view = is_word(input, 0, "view") && is_function(input.advance());
    if is_view || is_function(input) {
        return function(input);
    }
    alt((entity_group, pipe_expression)).parse(input)
}

/// Whether `(…) {` stands here.
fn is_function(input: Tokens<'_>) -> bool {
    input.kind() == TokenKind::OpenParenthesis
        && input.partner().is_some_and(|close| close.look(1).kind == TokenKind::OpenBrace)
}

/// `(parameters) { body }`, with `view` before it or not.
fn function(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, view) = opt(keyword("view")).parse(input)?;
    let (rest, parameters) = function_parameters(rest)?;
    let (rest, body) = function_body(rest)?;
    let function = Function { view: view.is_some(), parameters, body };
    finish(rest, input.first().span.start, ExprKind::Function(Box::new(function)))
}

/// `{ statement; … }`.
fn function_body(input: Tokens<'_>) -> Outcome<'_, FunctionBody> {
    let (rest, (statements, span)) = bracketed(TokenKind::OpenBrace, statements, |_| Vec::new())(input)?;
    Ok((rest, FunctionBody { statements, span }))
}

/// `(name: type = default, …)`.
pub(crate) fn function_parameters(input: Tokens<'_>) -> Outcome<'_, Vec<FunctionParameter>> {
    parenthesized_list(function_parameter)(input)
}

pub(crate) fn function_parameter(input: Tokens<'_>) -> Outcome<'_, FunctionParameter> {
    let (rest, name) = declared_name(input)?;
    if matches!(rest.kind(), TokenKind::Comma | TokenKind::CloseParenthesis) {
        let message = format!("the parameter `{}` has no type", name.text);
        let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, message, name.span);
        rest.report(diagnostic.with_help(format!("write `{0}: string`, or `{0}: (*)` for a table", name.text)));
        let type_name = TypeName { text: "dynamic".to_owned(), span: name.span };
        return Ok((rest, FunctionParameter { name, parameter_type: ParameterType::Scalar(type_name), default: None }));
    }
    let (rest, parameter_type) = cut(preceded(token(TokenKind::Colon), parameter_type)).parse(rest)?;
    let (rest, default) = opt(preceded(token(TokenKind::Equal), cut(expression))).parse(rest)?;
    Ok((rest, FunctionParameter { name, parameter_type, default }))
}

fn parameter_type(input: Tokens<'_>) -> Outcome<'_, ParameterType> {
    let star = delimited(token(TokenKind::OpenParenthesis), token(TokenKind::Star), token(TokenKind::CloseParenthesis));
    alt((
        value(ParameterType::AnyTabular, star),
        map(column_declarations, ParameterType::Tabular),
        map(type_name, ParameterType::Scalar),
    ))
    .parse(input)
}

/// `entity_group [ entities ]`, as a call of that name.
pub(crate) fn entity_group(input: Tokens<'_>) -> Outcome<'_, Expr> {
    if !is_word(input, 0, "entity_group") || input.look(1).kind != TokenKind::OpenBracket {
        return input.expected("an entity group");
    }
    let (rest, function) = any_name(input)?;
    let entities = list_until(TokenKind::CloseBracket, expression);
    let recovered = |span| vec![error_expression(span)];
    let (rest, (arguments, _)) = bracketed(TokenKind::OpenBracket, entities, recovered)(rest)?;
    finish(rest, input.first().span.start, ExprKind::Call { function, arguments })
}

fn set_statement(input: Tokens<'_>) -> Outcome<'_, StatementKind> {
    let (rest, name) = any_name(input)?;
    let (rest, value) = opt(preceded(token(TokenKind::Equal), cut(expression))).parse(rest)?;
    Ok((rest, StatementKind::Set { name, value }))
}

fn alias_statement(input: Tokens<'_>) -> Outcome<'_, StatementKind> {
    let (rest, _) = alt((keyword("database"), keyword("cluster"))).parse(input)?;
    let (rest, name) = cut(name).parse(rest)?;
    let (rest, value) = cut(preceded(token(TokenKind::Equal), expression)).parse(rest)?;
    Ok((rest, StatementKind::Alias { name, value }))
}

/// `NAME`, or `NAME = (parameters)[path] { cases }`.
fn pattern_statement(input: Tokens<'_>) -> Outcome<'_, StatementKind> {
    let (rest, name) = cut(name).parse(input)?;
    let (rest, pattern) = opt(preceded(token(TokenKind::Equal), cut(pattern))).parse(rest)?;
    Ok((rest, StatementKind::DeclarePattern { name, pattern }))
}

fn pattern(input: Tokens<'_>) -> Outcome<'_, Pattern> {
    let (rest, parameters) = function_parameters(input)?;
    let path = delimited(token(TokenKind::OpenBracket), cut(function_parameter), cut(token(TokenKind::CloseBracket)));
    let (rest, path) = opt(path).parse(rest)?;
    let (rest, (cases, _)) = cut(bracketed(TokenKind::OpenBrace, pattern_cases, |_| Vec::new())).parse(rest)?;
    Ok((rest, Pattern { parameters, path, cases }))
}

fn pattern_cases(input: Tokens<'_>) -> Outcome<'_, Vec<PatternCase>> {
    let mut rest = input;
    let mut cases = Vec::new();
    while rest.kind() == TokenKind::OpenParenthesis {
        let (after, case) = pattern_case(rest)?;
        cases.push(case);
        rest = after;
        if rest.kind() == TokenKind::Semicolon {
            rest = rest.advance();
        }
    }
    Ok((rest, cases))
}

/// `(values).[path] = { body }`.
fn pattern_case(input: Tokens<'_>) -> Outcome<'_, PatternCase> {
    let (rest, arguments) = parenthesized_list(expression)(input)?;
    let bracketed_path = delimited(token(TokenKind::OpenBracket), cut(expression), cut(token(TokenKind::CloseBracket)));
    let (rest, path) = opt(preceded(token(TokenKind::Dot), cut(bracketed_path))).parse(rest)?;
    let (rest, body) = cut(preceded(token(TokenKind::Equal), function_body)).parse(rest)?;
    Ok((rest, PatternCase { arguments, path, body, span: rest.span_from(input.first().span.start) }))
}

/// `by a, b` and its like.
pub(crate) fn by_clause(input: Tokens<'_>) -> Outcome<'_, Vec<Expr>> {
    map(clause("by", comma_list(named_expression)), Option::unwrap_or_default).parse(input)
}
