//! `invoke`: the tree node and its parser.

use crate::parser::expression::path;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `invoke function(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke {
    pub function: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["invoke"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Invoke> {
    let (rest, function) = path(input)?;
    Ok((rest, Invoke { function }))
}
