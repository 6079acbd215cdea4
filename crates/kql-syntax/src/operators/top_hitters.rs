//! `top-hitters`: the tree node and its parser.

use nom::Parser;
use nom::combinator::cut;
use nom::sequence::preceded;

use crate::parser::basic::{clause, keyword};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `top-hitters n of x by weight`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopHitters {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
    pub of: Expr,
    pub by: Option<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["top-hitters"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, TopHitters> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    let (rest, of) = preceded(keyword("of"), cut(expression)).parse(rest)?;
    let (rest, by) = clause("by", expression).parse(rest)?;
    Ok((rest, TopHitters { parameters, count, of, by }))
}
