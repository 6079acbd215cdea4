//! `project`: the tree node and its parser.

use crate::operators::Reference;
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

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "project",
        summary: "Gives these columns alone, computed or as they are, in this order.",
        syntax: &["T | project [Name =] expression, …"],
        notes: "",
        page: "project-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | project User, Half = Attempts / 2.0"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Project> {
    let (rest, columns) = list_or_nothing(named_expression)(input)?;
    Ok((rest, Project { columns }))
}
