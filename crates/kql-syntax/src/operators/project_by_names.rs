//! `project-by-names`: the tree node and its parser.

use crate::parser::basic::list_or_nothing;
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `project-by-names "a*", dynamic(["b", "c"])`: expressions that give the names of the columns to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectByNames {
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["project-by-names"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ProjectByNames> {
    let (rest, columns) = list_or_nothing(expression)(input)?;
    Ok((rest, ProjectByNames { columns }))
}
