//! `reduce`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::sequence::preceded;

use crate::parser::basic::{clause, keyword};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::{bare_properties, parameters};
use crate::tree::{Expr, Parameter};

/// `reduce kind=source by x with threshold=…, characters=…`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    pub parameters: Vec<Parameter>,
    pub by: Expr,
    pub properties: Vec<Parameter>,
}

pub(crate) const KEYWORDS: &[&str] = &["reduce"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "reduce",
        summary: "Groups texts that are alike, and gives a pattern for each group.",
        syntax: &["T | reduce [kind=…] by Text [with threshold=real, characters=\"…\"]"],
        notes: "",
        page: "reduce-operator",
        examples: &[r#"datatable(Line: string) ["login ann 1", "login ann 2", "login ann 3"] | reduce by Line"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Reduce> {
    let (rest, parameters) = parameters(&["kind"])(input)?;
    let (rest, by) = preceded(keyword("by"), expression).parse(rest)?;
    let (rest, with) = clause("with", bare_properties).parse(rest)?;
    Ok((rest, Reduce { parameters, by, properties: with.unwrap_or_default() }))
}
