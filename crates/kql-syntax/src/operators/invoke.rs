//! `invoke`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::expression::path;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `invoke function(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke {
    pub function: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["invoke"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "invoke",
        summary: "Passes the rows to a function as its first argument.",
        syntax: &["T | invoke function(arguments)"],
        notes: "",
        page: "invoke-operator",
        examples: &[r#"let above = (T: (Attempts: long), limit: long) { T | where Attempts > limit }; datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | invoke above(4)"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Invoke> {
    let (rest, function) = path(input)?;
    Ok((rest, Invoke { function }))
}
