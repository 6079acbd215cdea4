//! `fork`: the tree node and its parser.

use nom::Parser;
use nom::combinator::opt;
use nom::multi::many1;
use nom::sequence::terminated;

use crate::lexer::TokenKind;
use crate::parser::basic::{declared_name, token};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::pipe::parenthesized_pipe;
use crate::tree::{Expr, Name};

/// `fork name=(operators) (operators)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    pub branches: Vec<ForkBranch>,
}

/// One branch of a `fork`: its operators stand in a pipe without a source.
#[derive(Clone, Debug, PartialEq)]
pub struct ForkBranch {
    pub name: Option<Name>,
    pub body: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["fork"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Fork> {
    let (rest, branches) = many1(fork_branch).parse(input)?;
    Ok((rest, Fork { branches }))
}

/// `(operators)` or `name=(operators)`.
fn fork_branch(input: Tokens<'_>) -> Outcome<'_, ForkBranch> {
    let (rest, name) = opt(terminated(declared_name, token(TokenKind::Equal))).parse(input)?;
    let (rest, body) = parenthesized_pipe(rest)?;
    Ok((rest, ForkBranch { name, body }))
}
