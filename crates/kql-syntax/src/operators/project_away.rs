//! `project-away`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::list_or_nothing;
use crate::parser::expression::entity;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `project-away a, b*`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectAway {
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["project-away"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "project-away",
        summary: "Drops columns, by name or wildcard.",
        syntax: &["T | project-away Column, …"],
        notes: "",
        page: "project-away-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | project-away Att*"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ProjectAway> {
    let (rest, columns) = list_or_nothing(entity)(input)?;
    Ok((rest, ProjectAway { columns }))
}
