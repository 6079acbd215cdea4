//! `lookup`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::expression::path;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `lookup kind=leftouter (right) on conditions`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    pub parameters: Vec<Parameter>,
    pub right: Box<Expr>,
    pub condition: super::join::JoinCondition,
}

pub(crate) const KEYWORDS: &[&str] = &["lookup"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "lookup",
        summary: "Adds columns of a small table to each row whose keys are equal.",
        syntax: &["Left | lookup [kind=leftouter|inner] (Right) on Column, …"],
        notes: "",
        page: "lookup-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | lookup (datatable(User: string, Team: string) ["ann", "red"]) on User"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Lookup> {
    let (rest, parameters) = parameters(&["kind"])(input)?;
    let (rest, right) = path(rest)?;
    let (rest, condition) = super::join::condition(rest)?;
    Ok((rest, Lookup { parameters, right: Box::new(right), condition }))
}
