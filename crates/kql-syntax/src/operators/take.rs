//! `take`: the tree node and its parser.

use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `take n` and `limit n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["take", "limit"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Take> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    Ok((rest, Take { parameters, count }))
}
