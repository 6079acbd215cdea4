//! `count`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;

use crate::parser::basic::{any_name, clause};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Name, Parameter};

/// `count`, with `count as NAME`.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    pub parameters: Vec<Parameter>,
    pub name: Option<Name>,
}

pub(crate) const KEYWORDS: &[&str] = &["count"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "count",
        summary: "Counts the rows.",
        syntax: &["T | count"],
        notes: "",
        page: "count-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | count"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Count> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, name) = clause("as", any_name).parse(rest)?;
    Ok((rest, Count { parameters, name }))
}
