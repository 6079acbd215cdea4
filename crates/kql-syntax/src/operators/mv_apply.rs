//! `mv-apply`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::cut;
use nom::sequence::preceded;

use crate::parser::basic::{clause, comma_list, keyword};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::parser::pipe::parenthesized_pipe;
use crate::tree::{Expr, Parameter};
use super::mv_expand::expanded_column;

/// `mv-apply with_itemindex=I a = x to typeof(t), … limit n on ( operators )`.
#[derive(Clone, Debug, PartialEq)]
pub struct MvApply {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<super::mv_expand::ExpandedColumn>,
    pub limit: Option<Expr>,
    pub context_id: Option<Expr>,
    pub body: Box<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["mv-apply", "mvapply"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "mv-apply",
        summary: "Runs a sub-query over the elements of arrays of each row.",
        syntax: &["T | mv-apply [Name =] array [to typeof(type)], … on (pipe)"],
        notes: "",
        page: "mv-apply-operator",
        examples: &[r#"datatable(User: string, Scores: dynamic) ["ann", dynamic([3, 9]), "ben", dynamic([4])] | mv-apply Score = Scores to typeof(long) on (summarize Best = max(Score))"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, MvApply> {
    let (rest, parameters) = parameters(&["with_itemindex", "kind", "bagexpansion"])(input)?;
    let (rest, columns) = comma_list(expanded_column)(rest)?;
    let (rest, limit) = clause("limit", expression).parse(rest)?;
    let (rest, context_id) = clause("id", expression).parse(rest)?;
    let (rest, body) = preceded(keyword("on"), cut(parenthesized_pipe)).parse(rest)?;
    Ok((rest, MvApply { parameters, columns, limit, context_id, body: Box::new(body) }))
}
