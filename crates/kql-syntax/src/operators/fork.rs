//! `fork`: the tree node and its parser.

use crate::operators::Reference;
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

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "fork",
        summary: "Runs several pipes over the same rows.",
        syntax: &["T | fork [Name =] (pipe) …"],
        notes: "The query then has several results.",
        page: "fork-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | fork (count) (where Attempts > 4)"#],
    },
];

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
