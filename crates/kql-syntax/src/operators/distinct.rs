//! `distinct`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::comma_list;
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `distinct a, b` and `distinct *` (a [`ExprKind::Star`](crate::tree::ExprKind::Star)).
#[derive(Clone, Debug, PartialEq)]
pub struct Distinct {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["distinct"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "distinct",
        summary: "Gives each combination of values of these columns once.",
        syntax: &["T | distinct Column, …", "T | distinct *"],
        notes: "",
        page: "distinct-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | distinct User"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Distinct> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, columns) = comma_list(expression)(rest)?;
    Ok((rest, Distinct { parameters, columns }))
}
