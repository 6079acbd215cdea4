//! `join`: the tree node and its parser.

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
