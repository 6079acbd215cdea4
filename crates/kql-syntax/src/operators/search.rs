//! `search`: the tree node and its parser.

use nom::Parser;

use crate::parser::basic::{clause, parenthesized_list};
use crate::parser::expression::{entity, expression};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `search kind=case_sensitive in (T, U) PREDICATE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    pub parameters: Vec<Parameter>,
    pub tables: Vec<Expr>,
    pub predicate: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["search"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Search> {
    let (rest, parameters) = parameters(&["kind"])(input)?;
    let (rest, tables) = clause("in", parenthesized_list(entity)).parse(rest)?;
    let (rest, predicate) = expression(rest)?;
    Ok((rest, Search { parameters, tables: tables.unwrap_or_default(), predicate }))
}
