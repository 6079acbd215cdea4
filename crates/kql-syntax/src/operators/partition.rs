//! `partition`: the tree node and its parser.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::lexer::TokenKind;
use crate::parser::basic::{bracketed, clause, keyword};
use crate::parser::expression::{column, error_expression, path};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::parser::pipe::{parenthesized_pipe, pipe_expression};
use crate::tree::{Expr, Parameter};

/// `partition hint.strategy=native by column (operators)`, with its legacy `{ query }` form.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    pub parameters: Vec<Parameter>,
    pub by: Expr,
    pub scope: Option<Expr>,
    pub body: Box<Expr>,
    pub legacy: bool,
}

pub(crate) const KEYWORDS: &[&str] = &["partition", "__partitionby"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Partition> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, by) = preceded(opt(keyword("by")), column).parse(rest)?;
    let (rest, scope) = clause("in", path).parse(rest)?;
    let legacy = rest.kind() == TokenKind::OpenBrace;
    let (rest, body) = if legacy {
        let (rest, (body, _)) = bracketed(TokenKind::OpenBrace, pipe_expression, error_expression)(rest)?;
        (rest, body)
    } else {
        parenthesized_pipe(rest)?
    };
    Ok((rest, Partition { parameters, by, scope, body: Box::new(body), legacy }))
}
