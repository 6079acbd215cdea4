//! `sample-distinct`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::cut;
use nom::sequence::preceded;

use crate::parser::basic::keyword;
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `sample-distinct n of x`.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleDistinct {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
    pub of: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["sample-distinct"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "sample-distinct",
        summary: "Gives some distinct values of a column.",
        syntax: &["T | sample-distinct n of Column"],
        notes: "",
        page: "sample-distinct-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | sample-distinct 2 of User | count"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, SampleDistinct> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    let (rest, of) = preceded(keyword("of"), cut(expression)).parse(rest)?;
    Ok((rest, SampleDistinct { parameters, count, of }))
}
