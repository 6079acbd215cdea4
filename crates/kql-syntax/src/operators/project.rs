//! `project`: the tree node and its parser.

use crate::parser::basic::list_or_nothing;
use crate::parser::expression::named_expression;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `project a, b = x, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["project"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Project> {
    let (rest, columns) = list_or_nothing(named_expression)(input)?;
    Ok((rest, Project { columns }))
}
