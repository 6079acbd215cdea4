//! `top-hitters`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::cut;
use nom::sequence::preceded;

use crate::parser::basic::{clause, keyword};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `top-hitters n of x by weight`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopHitters {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
    pub of: Expr,
    pub by: Option<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["top-hitters"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "top-hitters",
        summary: "Gives the values that occur most often, or weigh most.",
        syntax: &["T | top-hitters n of Column [by weight]"],
        notes: "",
        page: "top-hitters-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | top-hitters 1 of User by Attempts"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, TopHitters> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    let (rest, of) = preceded(keyword("of"), cut(expression)).parse(rest)?;
    let (rest, by) = clause("by", expression).parse(rest)?;
    Ok((rest, TopHitters { parameters, count, of, by }))
}
