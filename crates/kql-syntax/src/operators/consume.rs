//! `consume`: the tree node and its parser.

use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::Parameter;

/// `consume`: reads everything and yields nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Consume {
    pub parameters: Vec<Parameter>,
}

pub(crate) const KEYWORDS: &[&str] = &["consume"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Consume> {
    let (rest, parameters) = parameters(&["decodeblocks"])(input)?;
    Ok((rest, Consume { parameters }))
}
