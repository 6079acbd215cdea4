//! `union`: the tree node and its parser.

use crate::parser::basic::comma_list;
use crate::parser::expression::entity;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `union kind=outer withsource=S isfuzzy=true T, U*, (query)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Union {
    pub parameters: Vec<Parameter>,
    pub tables: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["union"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Union> {
    let (rest, parameters) = parameters(PARAMETERS)(input)?;
    let (rest, tables) = comma_list(entity)(rest)?;
    Ok((rest, Union { parameters, tables }))
}

const PARAMETERS: &[&str] = &["best_effort", "isfuzzy", "kind", "with_source", "withsource"];
