//! `partition`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::lexer::TokenKind;
use crate::parser::basic::{bracketed, clause, keyword};
use crate::parser::expression::{column_or_element, error_expression, path};
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

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "partition",
        summary: "Runs a sub-query for each value of a column, and unites the results.",
        syntax: &["T | partition [hint.strategy=…] by Column (pipe)", "T | partition by Column { query over toscalar(Column) }"],
        notes: "",
        page: "partition-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | partition hint.strategy=native by User (top 1 by Attempts)"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Partition> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, by) = preceded(opt(keyword("by")), column_or_element).parse(rest)?;
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
