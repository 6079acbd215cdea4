//! `sample`: the tree node and its parser.

use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `sample n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["sample"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Sample> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    Ok((rest, Sample { parameters, count }))
}
