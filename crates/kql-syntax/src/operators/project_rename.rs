//! `project-rename`: the tree node and its parser.

use crate::operators::Reference;
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

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "project-rename",
        summary: "Renames columns.",
        syntax: &["T | project-rename New = Old, …"],
        notes: "",
        page: "project-rename-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | project-rename Account = User"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ProjectRename> {
    let (rest, columns) = list_or_nothing(named_expression)(input)?;
    Ok((rest, ProjectRename { columns }))
}
