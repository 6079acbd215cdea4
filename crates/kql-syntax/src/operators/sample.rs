//! `sample`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `sample n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["sample"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "sample",
        summary: "Gives some rows at random.",
        syntax: &["T | sample n"],
        notes: "",
        page: "sample-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | sample 2 | count"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Sample> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    Ok((rest, Sample { parameters, count }))
}
