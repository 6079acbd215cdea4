//! `facet`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::sequence::preceded;

use crate::parser::basic::{clause, comma_list, keyword};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::pipe::parenthesized_pipe;
use crate::tree::Expr;

/// `facet by a, b with (operators)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    pub by: Vec<Expr>,
    pub with: Option<Box<Expr>>,
}

pub(crate) const KEYWORDS: &[&str] = &["facet"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "facet",
        summary: "Gives a table for each of these columns with its values and how often each occurs.",
        syntax: &["T | facet by Column, … [with (pipe)]"],
        notes: "The query then has several results.",
        page: "facet-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | facet by User"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Facet> {
    let (rest, by) = preceded(keyword("by"), comma_list(expression)).parse(input)?;
    let (rest, with) = clause("with", parenthesized_pipe).parse(rest)?;
    Ok((rest, Facet { by, with: with.map(Box::new) }))
}
