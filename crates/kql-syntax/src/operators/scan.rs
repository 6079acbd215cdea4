//! `scan`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::{cut, opt};
use nom::multi::many1;
use nom::sequence::preceded;

use crate::lexer::TokenKind;
use crate::parser::basic::{any_name, bracketed, clause, comma_list, keyword, token};
use crate::parser::expression::{expression, named_expression, ordered};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::parser::statement::function_parameters;
use crate::tree::{Expr, FunctionParameter, Name, Parameter};

/// `scan with_match_id=M order by … partition by … declare (…) with ( step … )`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    pub parameters: Vec<Parameter>,
    pub order_by: Vec<Expr>,
    pub partition_by: Vec<Expr>,
    pub declarations: Vec<FunctionParameter>,
    pub steps: Vec<ScanStep>,
}

/// `step NAME optional output=all : condition => a = x, …;`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanStep {
    pub name: Name,
    pub optional: bool,
    pub output: Option<Name>,
    pub condition: Expr,
    pub assignments: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["scan"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "scan",
        summary: "Matches sequences of rows by steps, and computes along them.",
        syntax: &["T | scan [with_match_id=Name] [declare (Name: type = value, …)] with (step name [output=all|last|none]: condition [=> Name = expression, …]; …)"],
        notes: "",
        page: "scan-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | serialize | scan declare (Total: long = 0) with (step s: true => Total = Attempts + s.Total;)"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Scan> {
    let (rest, parameters) = parameters(&["kind", "with_match_id", "with_step_name"])(input)?;
    let (rest, order_by) = opt(preceded((keyword("order"), keyword("by")), cut(comma_list(ordered)))).parse(rest)?;
    let (rest, partition_by) =
        opt(preceded((keyword("partition"), keyword("by")), cut(comma_list(expression)))).parse(rest)?;
    let (rest, declarations) = clause("declare", function_parameters).parse(rest)?;
    let (rest, _) = keyword("with")(rest)?;
    let (rest, (steps, _)) = bracketed(TokenKind::OpenParenthesis, |input| many1(scan_step).parse(input), |_| Vec::new())(rest)?;
    let scan = Scan {
        parameters,
        order_by: order_by.unwrap_or_default(),
        partition_by: partition_by.unwrap_or_default(),
        declarations: declarations.unwrap_or_default(),
        steps,
    };
    Ok((rest, scan))
}

/// `step NAME optional output=all: condition => a = x, …;`.
fn scan_step(input: Tokens<'_>) -> Outcome<'_, ScanStep> {
    let (rest, name) = preceded(keyword("step"), cut(any_name)).parse(input)?;
    let (rest, optional) = opt(keyword("optional")).parse(rest)?;
    let (rest, output) = clause("output", preceded(token(TokenKind::Equal), any_name)).parse(rest)?;
    let (rest, condition) = cut(preceded(token(TokenKind::Colon), expression)).parse(rest)?;
    let assignments = preceded(token(TokenKind::FatArrow), cut(comma_list(named_expression)));
    let (rest, assignments) = opt(assignments).parse(rest)?;
    let (rest, _) = cut(token(TokenKind::Semicolon)).parse(rest)?;
    let assignments = assignments.unwrap_or_default();
    Ok((rest, ScanStep { name, optional: optional.is_some(), output, condition, assignments }))
}
