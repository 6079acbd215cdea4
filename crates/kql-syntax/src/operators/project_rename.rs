//! `project-rename`: the tree node and its parser.

use crate::parser::basic::list_or_nothing;
use crate::parser::expression::named_expression;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `project-rename new = old, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectRename {
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["project-rename"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ProjectRename> {
    let (rest, columns) = list_or_nothing(named_expression)(input)?;
    Ok((rest, ProjectRename { columns }))
}
