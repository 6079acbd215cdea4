//! `serialize`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::list_or_nothing;
use crate::parser::expression::named_expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `serialize a = row_number(), …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Serialize {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["serialize"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "serialize",
        summary: "Fixes the order of the rows for functions that look at neighbours.",
        syntax: &["T | serialize [Name = expression, …]"],
        notes: "",
        page: "serialize-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | serialize Row = row_number()"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Serialize> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, columns) = list_or_nothing(named_expression)(rest)?;
    Ok((rest, Serialize { parameters, columns }))
}
