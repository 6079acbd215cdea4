//! `getschema`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::input::{Outcome, Tokens};

/// `getschema`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetSchema;

pub(crate) const KEYWORDS: &[&str] = &["getschema"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "getschema",
        summary: "Gives the columns with their types, a row each.",
        syntax: &["T | getschema"],
        notes: "",
        page: "getschema-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | getschema"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, GetSchema> {
    Ok((input, GetSchema))
}
