//! Scalar expressions: operators by precedence, then paths, indices and calls, then the simplest expressions.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt, value};
use nom::sequence::preceded;

use super::basic::{
    any_name, bracketed, clause, column_declarations, comma_list, is_bracketed_name, is_list_end, is_word, keyword,
    list_until, list_with_last_comma, name, name_length, parenthesized_list, token, type_name, unexpected,
};
use super::infix::{self, Infix, InfixKind, Waiting};
use super::input::{Outcome, Role, Tokens};
use super::literal;
use super::operator_parameters::{parameters, properties};
use super::pipe::pipe_expression;
use crate::keywords;
use crate::lexer::TokenKind;
use crate::operators::evaluate::result_schema;
use crate::tree::{
    DataTable, Expr, ExprKind, ExternalData, Literal, Name, NameForm, NullsPosition, SetOperator, SortDirection,
    UnaryOperator,
};
use crate::{Diagnostic, Span, codes};

/// Where no operand can be parsed.
pub(crate) fn error_expression(span: Span) -> Expr {
    Expr { kind: ExprKind::Error, span }
}

/// Makes an expression that ends where `rest` begins.
pub(crate) fn finish<'a>(rest: Tokens<'a>, start: usize, kind: ExprKind) -> Outcome<'a, Expr> {
    Ok((rest, Expr { kind, span: rest.span_from(start) }))
}

/// `name = expression`, `(a, b) = expression` or an expression: an item of `project` and its like.
pub(crate) fn named_expression(input: Tokens<'_>) -> Outcome<'_, Expr> {
    named_or(input, no_star)
}

/// An expression that is not `*` alone.
fn no_star(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, expression) = expression(input)?;
    if expression.kind == ExprKind::Star {
        let diagnostic = unexpected(input, Some("an expression"));
        input.report(diagnostic.with_help("name the columns; where no `project` stands, all of them stay"));
        return finish(rest, expression.span.start, ExprKind::Error);
    }
    Ok((rest, expression))
}

/// An argument of a call: a table is welcome.
pub(crate) fn argument(input: Tokens<'_>) -> Outcome<'_, Expr> {
    named_or(input, pipe_expression)
}

fn named_or<'a>(input: Tokens<'a>, value: fn(Tokens<'a>) -> Outcome<'a, Expr>) -> Outcome<'a, Expr> {
    let start = input.first().span.start;
    let length = name_length(input);
    if length > 0 && input.look(length).kind == TokenKind::Equal {
        let (rest, name) = super::basic::declared_name(input)?;
        let (rest, value) = cut(value).parse(rest.advance())?;
        let kind = ExprKind::Named { names: vec![name], parenthesized: false, value: Box::new(value) };
        return finish(rest, start, kind);
    }
    if is_tuple(input) {
        let (rest, names) = parenthesized_list(super::basic::declared_name)(input)?;
        let (rest, value) = cut(preceded(token(TokenKind::Equal), value)).parse(rest)?;
        return finish(rest, start, ExprKind::Named { names, parenthesized: true, value: Box::new(value) });
    }
    value(input)
}

/// Whether `(…) =` stands here.
fn is_tuple(input: Tokens<'_>) -> bool {
    input.kind() == TokenKind::OpenParenthesis
        && input.partner().is_some_and(|close| close.look(1).kind == TokenKind::Equal)
}

/// An expression without pipes and names: `a + b * c has "d" and e in (1, 2)`.
///
/// Operators wait on a stack until one that binds no tighter comes, so that long chains take no deeper stack.
pub(crate) fn expression(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let before = input.set_height(0);
    let mut waiting = Waiting::default();
    let (mut rest, first) = operand(input)?;
    waiting.push_operand(first, input.height());
    while let Some(infix) = infix::operator(rest) {
        rest.mark(Role::Infix);
        waiting.make_way(rest, &infix)?;
        let after = rest.skip(infix.tokens);
        check_right_side(rest, after, &infix)?;
        rest.set_height(0);
        rest = match infix.kind {
            InfixKind::Binary(_) => {
                let (after, right) = cut(operand).parse(after)?;
                waiting.push_operator(infix);
                waiting.push_operand(right, after.height());
                after
            }
            InfixKind::Set(operator) => set_operation(after, operator, infix.span, &mut waiting)?.0,
            InfixKind::Between { negated } => between_operation(after, negated, &mut waiting)?.0,
        };
    }
    let (expression, height) = waiting.finish(rest)?;
    rest.set_height(before.max(height));
    Ok((rest, expression))
}

/// Reports an operator with nothing on its right, or a list where it takes one value.
fn check_right_side<'a>(input: Tokens<'a>, after: Tokens<'a>, infix: &Infix) -> Outcome<'a, ()> {
    let symbol = input.text_of(infix.span);
    if is_list_end(after) || after.kind() == TokenKind::Comma {
        let message = format!("a value is missing after `{symbol}`");
        let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, message, infix.span);
        return after.fail(diagnostic);
    }
    let is_text = matches!(infix.kind, InfixKind::Binary(_)) && infix.precedence == infix::Precedence::Text;
    let any_or_all = usize::from(is_word(after, 0, "any") || is_word(after, 0, "all"));
    if is_text && holds_comma(after.skip(any_or_all)) {
        let message = format!("`{symbol}` takes one value, not a list");
        let help = match (symbol, after.text(0)) {
            ("has", "all") => "`has_all (…)` takes several",
            ("has" | "contains", _) => "`has_any (…)` takes several",
            ("=~", _) => "`in~ (…)` takes several",
            _ => "join several conditions with `or`",
        };
        return after.fail(Diagnostic::error(codes::UNEXPECTED_TOKEN, message, infix.span).with_help(help));
    }
    Ok((after, ()))
}

/// Whether a parenthesis with a list in it stands here.
fn holds_comma(input: Tokens<'_>) -> bool {
    let Some(close) = input.partner().filter(|_| input.kind() == TokenKind::OpenParenthesis) else { return false };
    let mut rest = input.advance();
    while rest.position() < close.position() {
        match rest.kind() {
            TokenKind::Comma => return true,
            TokenKind::OpenParenthesis | TokenKind::OpenBracket | TokenKind::OpenBrace => {
                rest = rest.partner().unwrap_or(rest).advance();
            }
            _ => rest = rest.advance(),
        }
    }
    false
}

/// `(a, b, …)` of `in` and its like.
fn set_operation<'a>(
    input: Tokens<'a>,
    operator: SetOperator,
    operator_span: Span,
    waiting: &mut Waiting,
) -> Outcome<'a, ()> {
    if input.kind() != TokenKind::OpenParenthesis {
        let diagnostic = unexpected(input, Some("`(` before the values to look for"));
        let help = match input.kind() {
            TokenKind::OpenBracket => "write the values in parentheses, as in `(\"a\", \"b\")`".to_owned(),
            _ => format!("write the values in parentheses, as in `({})`", input.text(0)),
        };
        return input.fail(diagnostic.with_help(help));
    }
    let open = TokenKind::OpenParenthesis;
    let (rest, (set, _)) = bracketed(open, comma_list(pipe_expression), |span| vec![error_expression(span)])(input)?;
    waiting.wrap(rest, |value| ExprKind::InSet { operator, operator_span, value: Box::new(value), set })?;
    Ok((rest, ()))
}

/// `(low .. high)`.
fn between_operation<'a>(input: Tokens<'a>, negated: bool, waiting: &mut Waiting) -> Outcome<'a, ()> {
    if input.kind() != TokenKind::OpenParenthesis {
        let diagnostic = unexpected(input, Some("`(` before the bounds"));
        return input.fail(diagnostic.with_help("write `between (low .. high)`"));
    }
    let dots = |input: Tokens<'a>| {
        input.mark(Role::Infix);
        token(TokenKind::DotDot)(input)
    };
    let bounds = |input| (expression, cut(preceded(dots, expression))).parse(input);
    let recovered = |span| (error_expression(span), error_expression(span));
    let (rest, ((low, high), _)) = bracketed(TokenKind::OpenParenthesis, bounds, recovered)(input)?;
    let (low, high) = (Box::new(low), Box::new(high));
    waiting.wrap(rest, |value| ExprKind::Between { value: Box::new(value), low, high, negated })?;
    Ok((rest, ()))
}

/// An operand with its sign.
fn operand(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let operator = match input.kind() {
        TokenKind::Minus => UnaryOperator::Minus,
        TokenKind::Plus => UnaryOperator::Plus,
        _ => return path(input),
    };
    input.mark(Role::Sign);
    let (rest, operand) = cut(path).parse(input.advance())?;
    rest.set_height(rest.height() + 1);
    finish(rest, input.first().span.start, ExprKind::Unary { operator, operand: Box::new(operand) })
}

/// `base.member[index].call(…)`.
pub(crate) fn path(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, base) = primary(input)?;
    path_from(rest, base, any_member)
}

/// A table or column, where a name may have `*` in it: `Device*`, `database('d').T*`.
pub(crate) fn entity(input: Tokens<'_>) -> Outcome<'_, Expr> {
    if let Some((rest, wildcard)) = wildcard(input, 2) {
        return Ok((rest, wildcard));
    }
    let (rest, base) = primary(input)?;
    path_from(rest, base, |input| match wildcard(input, 1) {
        Some(found) => Ok(found),
        None => any_member(input),
    })
}

fn path_from<'a>(rest: Tokens<'a>, mut base: Expr, member: fn(Tokens<'a>) -> Outcome<'a, Expr>) -> Outcome<'a, Expr> {
    let start = base.span.start;
    let mut rest = rest;
    loop {
        let kind = match rest.kind() {
            TokenKind::Dot if rest.look(1).kind != TokenKind::OpenBracket || is_bracketed_name(rest.advance()) => {
                let (after, member) = cut(member).parse(rest.advance())?;
                rest = after;
                ExprKind::Member { base: Box::new(base), member: Box::new(member) }
            }
            TokenKind::Dot | TokenKind::OpenBracket => {
                let bracket = if rest.kind() == TokenKind::Dot { rest.advance() } else { rest };
                let (after, (index, _)) = bracketed(TokenKind::OpenBracket, expression, error_expression)(bracket)?;
                rest = after;
                ExprKind::Index { base: Box::new(base), index: Box::new(index) }
            }
            _ => return Ok((rest, base)),
        };
        let (_, height) = rest.check_height(rest.height() + 1)?;
        rest.set_height(height);
        base = Expr { kind, span: rest.span_from(start) };
    }
}

fn any_member(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    let (rest, name) = any_name(input)?;
    if rest.kind() == TokenKind::OpenParenthesis {
        return call(rest, name);
    }
    finish(rest, start, ExprKind::Name(name))
}

/// Names and stars without white space between, so many of them at least, and one a star.
fn wildcard(input: Tokens<'_>, shortest: usize) -> Option<(Tokens<'_>, Expr)> {
    let is_part =
        |ahead: usize| matches!(input.look(ahead).kind, TokenKind::Identifier | TokenKind::Long | TokenKind::Star);
    let mut length = 0;
    while is_part(length) && (length == 0 || input.adjacent(length)) {
        length += 1;
    }
    let rest = input.skip(length);
    let span = rest.span_from(input.first().span.start);
    let text = input.text_of(span);
    (length >= shortest && text.contains('*')).then(|| {
        let name = Name { text: text.to_owned(), span, form: NameForm::Plain };
        (rest, Expr { kind: ExprKind::WildcardName(name), span })
    })
}

/// The simplest expressions.
fn primary(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    match input.kind() {
        TokenKind::OpenParenthesis => parenthesized(input),
        TokenKind::String | TokenKind::Long | TokenKind::Real | TokenKind::TimeSpan | TokenKind::TypedLiteral => {
            literal::literal(input)
        }
        TokenKind::Star => finish(input.advance(), start, ExprKind::Star),
        TokenKind::Identifier => word(input),
        TokenKind::Placeholder | TokenKind::OpenBracket => {
            let (rest, name) = alt((name, expected_expression)).parse(input)?;
            if rest.kind() == TokenKind::OpenParenthesis {
                return call(rest, name);
            }
            finish(rest, start, ExprKind::Name(name))
        }
        _ => expected_expression(input),
    }
}

fn expected_expression<T>(input: Tokens<'_>) -> Outcome<'_, T> {
    input.expected("an expression")
}

/// `(expression)`; it may hold a pipe.
fn parenthesized(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, (inner, _)) = bracketed(TokenKind::OpenParenthesis, pipe_expression, error_expression)(input)?;
    finish(rest, input.first().span.start, ExprKind::Parenthesized(Box::new(inner)))
}

/// An expression that begins with a word.
fn word(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    let word = input.text(0);
    let called = input.look(1).kind == TokenKind::OpenParenthesis;
    let operand_follows = matches!(input.look(1).kind, TokenKind::Identifier | TokenKind::String | TokenKind::Long)
        && infix::operator(input.advance()).is_none();
    match word {
        "not" if operand_follows => {
            let message = "`not` is a function, not an operator";
            let help = format!("write `not({} …)`", input.text(1));
            input.fail(Diagnostic::error(codes::UNKNOWN_OPERATOR, message, input.first().span).with_help(help))
        }
        "case" if is_word(input, 1, "when") || is_word(input, 1, "WHEN") => {
            let message = "`case` is a function, not a block";
            let help = "write `case(condition, value, …, otherwise)`";
            input.fail(Diagnostic::error(codes::UNKNOWN_OPERATOR, message, input.first().span).with_help(help))
        }
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => literal::literal(input),
        "dynamic" if called => literal::dynamic(input),
        "typeof" if called => type_of(input),
        "datatable" => data_table(input),
        "externaldata" | "external_data" => external_data(input),
        "materialize" | "toscalar" | "totable" if called => {
            let (rest, name) = any_name(input)?;
            call(rest, name)
        }
        _ if keywords::is_name(word) => {
            let (rest, name) = name(input)?;
            if called {
                return call(rest, name);
            }
            finish(rest, start, ExprKind::Name(name))
        }
        _ => expected_expression(input),
    }
}

/// The arguments of a call whose name was read.
pub(crate) fn call<'a>(input: Tokens<'a>, function: Name) -> Outcome<'a, Expr> {
    input.mark(Role::Call);
    let start = function.span.start;
    let arguments = list_until(TokenKind::CloseParenthesis, argument);
    let recovered = |span| vec![error_expression(span)];
    let (rest, (arguments, _)) = bracketed(TokenKind::OpenParenthesis, arguments, recovered)(input)?;
    finish(rest, start, ExprKind::Call { function, arguments })
}

/// `typeof(type)`; of a table `typeof(name: type, *)`.
pub(crate) fn type_of(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    let is_table = matches!(input.look(2).kind, TokenKind::Star | TokenKind::OpenBracket)
        || input.look(3).kind == TokenKind::Colon;
    if is_table {
        let (rest, columns) = cut(result_schema).parse(input.advance())?;
        return finish(rest, start, ExprKind::TypeOfTable(columns));
    }
    let recovered = |span| crate::tree::TypeName { text: String::new(), span };
    let (rest, (type_name, _)) = bracketed(TokenKind::OpenParenthesis, type_name, recovered)(input.advance())?;
    finish(rest, start, ExprKind::TypeOf(type_name))
}

/// `datatable (columns) [ values ]`.
fn data_table(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, parameters) = parameters(&[])(input.advance())?;
    let (rest, columns) = cut(column_declarations).parse(rest)?;
    let values = list_with_last_comma(TokenKind::CloseBracket, cell);
    let (rest, (values, _)) = cut(bracketed(TokenKind::OpenBracket, values, |_| Vec::new())).parse(rest)?;
    let table = DataTable { parameters, columns, values };
    finish(rest, input.first().span.start, ExprKind::DataTable(table))
}

/// A value of a `datatable`. The least long, which has no positive counterpart, can be written here alone.
fn cell(input: Tokens<'_>) -> Outcome<'_, Expr> {
    if input.kind() == TokenKind::Minus && input.text(1) == "9223372036854775808" {
        let kind = ExprKind::Literal(Literal::Long(Some(i64::MIN)));
        return finish(input.skip(2), input.first().span.start, kind);
    }
    expression(input)
}

/// `externaldata (columns) [ uris ] with (properties)`.
fn external_data(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, parameters) = parameters(&[])(input.advance())?;
    let (rest, columns) = cut(column_declarations).parse(rest)?;
    let uris = list_until(TokenKind::CloseBracket, expression);
    let (rest, (uris, _)) = cut(bracketed(TokenKind::OpenBracket, uris, |_| Vec::new())).parse(rest)?;
    let (rest, properties) =
        if is_word(rest, 0, "with") { cut(properties).parse(rest.advance())? } else { (rest, Vec::new()) };
    let data = ExternalData { parameters, columns, uris, properties };
    finish(rest, input.first().span.start, ExprKind::ExternalData(data))
}

/// Says that comparisons do not chain.
pub(crate) fn report_chain(input: Tokens<'_>, infix: &Infix) {
    let message = format!("a comparison cannot be compared again by `{}`", input.text_of(infix.span));
    let diagnostic = Diagnostic::error(codes::CHAINED_COMPARISON, message, infix.span);
    input.report(diagnostic.with_help("join comparisons with `and`, or put one of them in parentheses"));
}

/// A literal, for places where nothing else may stand.
pub(crate) fn literal_or_name(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    match input.kind() {
        TokenKind::Identifier if !matches!(input.text(0), "true" | "false" | "dynamic") => {
            map(any_name, |name: Name| Expr { span: name.span, kind: ExprKind::Name(name) }).parse(input)
        }
        TokenKind::Minus | TokenKind::Plus => operand(input),
        _ => {
            let (rest, value) = primary(input)?;
            finish(rest, start, value.kind)
        }
    }
}

/// `name` or `name.member`, where a parenthesis that follows is not a call's.
pub(crate) fn column(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let start = input.first().span.start;
    let (mut rest, first) = name(input)?;
    let mut column = Expr { span: first.span, kind: ExprKind::Name(first) };
    while rest.kind() == TokenKind::Dot {
        let (after, member) = cut(any_name).parse(rest.advance())?;
        let member = Expr { span: member.span, kind: ExprKind::Name(member) };
        rest = after;
        let kind = ExprKind::Member { base: Box::new(column), member: Box::new(member) };
        column = Expr { kind, span: rest.span_from(start) };
    }
    Ok((rest, column))
}

/// `name.member[index]`, where a parenthesis that follows is not a call's.
pub(crate) fn column_or_element(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, first) = name(input)?;
    let base = Expr { span: first.span, kind: ExprKind::Name(first) };
    path_from(rest, base, |input| {
        map(any_name, |name: Name| Expr { span: name.span, kind: ExprKind::Name(name) }).parse(input)
    })
}

/// `expression asc nulls first`.
pub(crate) fn ordered(input: Tokens<'_>) -> Outcome<'_, Expr> {
    let (rest, value) = expression(input)?;
    order_of(rest, value)
}

/// The order that follows an expression; the expression itself where none does.
pub(crate) fn order_of(input: Tokens<'_>, expression: Expr) -> Outcome<'_, Expr> {
    let start = expression.span.start;
    let ascending = alt((keyword("asc"), keyword("granny-asc")));
    let descending = alt((keyword("desc"), keyword("granny-desc")));
    let direction = alt((value(SortDirection::Ascending, ascending), value(SortDirection::Descending, descending)));
    let (rest, direction) = opt(direction).parse(input)?;
    let position = alt((value(NullsPosition::First, keyword("first")), value(NullsPosition::Last, keyword("last"))));
    let (rest, nulls) = clause("nulls", position).parse(rest)?;
    if direction.is_none() && nulls.is_none() {
        return Ok((input, expression));
    }
    finish(rest, start, ExprKind::Ordered { value: Box::new(expression), direction, nulls })
}
