//! `top`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::cut;
use nom::sequence::preceded;

use crate::parser::basic::{comma_list, keyword};
use crate::parser::expression::{expression, ordered};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};
use crate::{Diagnostic, codes};

/// `top n by a desc, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Top {
    pub parameters: Vec<Parameter>,
    pub count: Expr,
    pub by: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["top"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "top",
        summary: "Gives the first rows in an order.",
        syntax: &["T | top n by expression [asc|desc] [nulls first|nulls last]"],
        notes: "",
        page: "top-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | top 1 by Attempts"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Top> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, count) = expression(rest)?;
    let (rest, by) = preceded(keyword("by"), cut(comma_list(ordered))).parse(rest)?;
    if let Some(second) = by.get(1) {
        let message = "`top` orders by one expression";
        let help = "write `sort by …` with all of them, then `| take …`";
        input.report(Diagnostic::error(codes::UNEXPECTED_TOKEN, message, second.span).with_help(help));
    }
    Ok((rest, Top { parameters, count, by }))
}
