//! `take`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `take n` and `limit n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["take", "limit"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "take",
        summary: "Gives some rows, without any order unless the rows have one.",
        syntax: &["T | take n"],
        notes: "",
        page: "take-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | take 2 | count"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Take> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    Ok((rest, Take { parameters, count }))
}
