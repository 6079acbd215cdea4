//! `extend`: the tree node and its parser.

use crate::parser::basic::comma_list;
use crate::parser::expression::named_expression;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `extend a = x, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Extend {
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["extend"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Extend> {
    let (rest, columns) = comma_list(named_expression)(input)?;
    Ok((rest, Extend { columns }))
}
