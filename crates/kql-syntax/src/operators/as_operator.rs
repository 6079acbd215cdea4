//! `as`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::any_name;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Name, Parameter};

/// `as NAME`: names the table up to here.
#[derive(Clone, Debug, PartialEq)]
pub struct As {
    pub parameters: Vec<Parameter>,
    pub name: Name,
}

pub(crate) const KEYWORDS: &[&str] = &["as"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "as",
        summary: "Names the rows at this point of the pipe, so that later parts of the query can refer to them.",
        syntax: &["T | as Name"],
        notes: "`union` and `find` show the name as their source.",
        page: "as-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | as Logons | where Attempts > 4 | union withsource=From Logons | count"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, As> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, name) = any_name(rest)?;
    Ok((rest, As { parameters, name }))
}
