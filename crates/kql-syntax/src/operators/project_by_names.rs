//! `project-by-names`: the tree node and its parser.

use crate::operators::Reference;
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

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "project-by-names",
        summary: "Gives the columns whose names a list holds.",
        syntax: &["T | project-by-names names, …"],
        notes: "",
        page: "project-by-names-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | project-by-names "Attempts""#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ProjectByNames> {
    let (rest, columns) = list_or_nothing(expression)(input)?;
    Ok((rest, ProjectByNames { columns }))
}
