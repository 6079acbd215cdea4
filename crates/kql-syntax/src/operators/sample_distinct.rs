//! `sample-distinct`: the tree node and its parser.

use nom::Parser;
use nom::combinator::cut;
use nom::sequence::preceded;

use crate::parser::basic::keyword;
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `sample-distinct n of x`.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleDistinct {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
    pub of: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["sample-distinct"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, SampleDistinct> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    let (rest, of) = preceded(keyword("of"), cut(expression)).parse(rest)?;
    Ok((rest, SampleDistinct { parameters, count, of }))
}
