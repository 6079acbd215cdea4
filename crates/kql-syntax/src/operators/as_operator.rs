//! `as`: the tree node and its parser.

use crate::parser::basic::any_name;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Name, Parameter};

/// `as NAME`: names the table up to here.
#[derive(Clone, Debug, PartialEq)]
pub struct As {
    pub parameters: Vec<Parameter>,
    pub name: Name,
}

pub(crate) const KEYWORDS: &[&str] = &["as"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, As> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, name) = any_name(rest)?;
    Ok((rest, As { parameters, name }))
}
