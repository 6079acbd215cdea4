//! `join`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, success};
use nom::sequence::preceded;

use crate::parser::basic::keyword;
use crate::parser::basic::comma_list;
use crate::parser::expression::{expression, path};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `join kind=inner hint.strategy=shuffle (right) on conditions`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub parameters: Vec<Parameter>,
    pub right: Box<Expr>,
    pub condition: JoinCondition,
}

/// What joins the two sides.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinCondition {
    /// `on a, $left.b == $right.c`.
    On(Vec<Expr>),
    /// `where predicate`.
    Where(Expr),
    /// Nothing was written.
    Missing,
}

pub(crate) const KEYWORDS: &[&str] = &["join"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "join",
        summary: "Pairs the rows of two tables whose keys are equal.",
        syntax: &["Left | join [kind=…] (Right) on Column, …", "Left | join [kind=…] (Right) on $left.A == $right.B"],
        notes: "The kinds are innerunique (without one: rows of the left side with a key that was seen before are dropped), inner, leftouter, rightouter, fullouter, leftanti, rightanti, leftsemi and rightsemi. A right column whose name is taken gets a number: `User1`.",
        page: "join-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | join kind=inner (datatable(User: string, Team: string) ["ann", "red"]) on User"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Join> {
    let (rest, parameters) = parameters(&["kind"])(input)?;
    let (rest, right) = path(rest)?;
    let (rest, condition) = condition(rest)?;
    Ok((rest, Join { parameters, right: Box::new(right), condition }))
}

/// `on a, b`, `where predicate`, or nothing.
pub(crate) fn condition(input: Tokens<'_>) -> Outcome<'_, JoinCondition> {
    alt((
        map(preceded(keyword("on"), cut(comma_list(expression))), JoinCondition::On),
        map(preceded(keyword("where"), cut(expression)), JoinCondition::Where),
        success(JoinCondition::Missing),
    ))
    .parse(input)
}
