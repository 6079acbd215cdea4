//! `project-reorder`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};

use crate::parser::basic::{keyword, list_or_nothing};
use crate::parser::expression::entity;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `project-reorder a, b* asc, c granny-asc`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectReorder {
    pub columns: Vec<ReorderedColumn>,
}

/// A column or wildcard with the order that its matches get.
#[derive(Clone, Debug, PartialEq)]
pub struct ReorderedColumn {
    pub column: Expr,
    pub order: Option<ReorderDirection>,
}

/// How a wildcard's matches are ordered among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReorderDirection {
    Ascending,
    Descending,
    /// `granny-asc`: digits compare as numbers.
    GrannyAscending,
    GrannyDescending,
}

pub(crate) const KEYWORDS: &[&str] = &["project-reorder"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "project-reorder",
        summary: "Moves columns to the front.",
        syntax: &["T | project-reorder Column [asc|desc|granny-asc|granny-desc], …"],
        notes: "",
        page: "project-reorder-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | project-reorder Attempts"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ProjectReorder> {
    let (rest, columns) = list_or_nothing(reordered_column)(input)?;
    Ok((rest, ProjectReorder { columns }))
}

fn reordered_column(input: Tokens<'_>) -> Outcome<'_, ReorderedColumn> {
    let (rest, column) = entity(input)?;
    let order = alt((
        value(ReorderDirection::Ascending, keyword("asc")),
        value(ReorderDirection::Descending, keyword("desc")),
        value(ReorderDirection::GrannyAscending, keyword("granny-asc")),
        value(ReorderDirection::GrannyDescending, keyword("granny-desc")),
    ));
    let (rest, order) = opt(order).parse(rest)?;
    Ok((rest, ReorderedColumn { column, order }))
}
