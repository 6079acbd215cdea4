//! `facet`: the tree node and its parser.

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

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Facet> {
    let (rest, by) = preceded(keyword("by"), comma_list(expression)).parse(input)?;
    let (rest, with) = clause("with", parenthesized_pipe).parse(rest)?;
    Ok((rest, Facet { by, with: with.map(Box::new) }))
}
