//! `assert-schema`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::column_declarations;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::ColumnDeclaration;

/// `assert-schema (name: type, …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct AssertSchema {
    pub columns: Vec<ColumnDeclaration>,
}

pub(crate) const KEYWORDS: &[&str] = &["assert-schema"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "assert-schema",
        summary: "Stops the query unless the columns have these names and types, in this order.",
        syntax: &["T | assert-schema (Name: type, …)"],
        notes: "",
        page: "assert-schema-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | assert-schema (User: string, Attempts: long) | count"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, AssertSchema> {
    let (rest, columns) = column_declarations(input)?;
    Ok((rest, AssertSchema { columns }))
}
