//! `consume`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::Parameter;

/// `consume`: reads everything and yields nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Consume {
    pub parameters: Vec<Parameter>,
}

pub(crate) const KEYWORDS: &[&str] = &["consume"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "consume",
        summary: "Reads all rows and gives none.",
        syntax: &["T | consume [decodeblocks=bool]"],
        notes: "",
        page: "consume-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | consume"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Consume> {
    let (rest, parameters) = parameters(&["decodeblocks"])(input)?;
    Ok((rest, Consume { parameters }))
}
