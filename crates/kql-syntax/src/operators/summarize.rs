//! `summarize`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::list_or_nothing;
use crate::parser::expression::named_expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::parser::statement::by_clause;
use crate::tree::{Expr, Parameter};

/// `summarize a = agg(), … by b, bin(c, 1h), …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Summarize {
    pub parameters: Vec<Parameter>,
    pub aggregations: Vec<Expr>,
    pub by: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["summarize"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "summarize",
        summary: "Groups the rows, and aggregates each group.",
        syntax: &["T | summarize [Name =] aggregation, … [by [Name =] expression, …]"],
        notes: "Without `by` there is one row, also for an empty table.",
        page: "summarize-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | summarize Total = sum(Attempts), count() by User"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Summarize> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, aggregations) = list_or_nothing(named_expression)(rest)?;
    let (rest, by) = by_clause(rest)?;
    Ok((rest, Summarize { parameters, aggregations, by }))
}
