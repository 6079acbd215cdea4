//! `project-keep`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::list_or_nothing;
use crate::parser::expression::entity;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `project-keep a, b*`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectKeep {
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["project-keep"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "project-keep",
        summary: "Keeps columns, by name or wildcard, in the order of the input.",
        syntax: &["T | project-keep Column, …"],
        notes: "",
        page: "project-keep-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | project-keep U*"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ProjectKeep> {
    let (rest, columns) = list_or_nothing(entity)(input)?;
    Ok((rest, ProjectKeep { columns }))
}
