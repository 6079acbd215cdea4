//! `reduce`: the tree node and its parser.

use nom::Parser;
use nom::sequence::preceded;

use crate::parser::basic::{clause, keyword};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::{bare_properties, parameters};
use crate::tree::{Expr, Parameter};

/// `reduce kind=source by x with threshold=…, characters=…`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    pub parameters: Vec<Parameter>,
    pub by: Expr,
    pub properties: Vec<Parameter>,
}

pub(crate) const KEYWORDS: &[&str] = &["reduce"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Reduce> {
    let (rest, parameters) = parameters(&["kind"])(input)?;
    let (rest, by) = preceded(keyword("by"), expression).parse(rest)?;
    let (rest, with) = clause("with", bare_properties).parse(rest)?;
    Ok((rest, Reduce { parameters, by, properties: with.unwrap_or_default() }))
}
