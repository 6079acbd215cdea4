//! `union`: the tree node and its parser.

use crate::operators::Reference;
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

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "union",
        summary: "Gives the rows of several tables.",
        syntax: &["union [kind=outer|inner] [withsource=Name] [isfuzzy=bool] Table, …", "T | union Table, …"],
        notes: "Columns of one name and several types become several columns, named after their types.",
        page: "union-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | union (print User = "eve", Attempts = 9)"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Union> {
    let (rest, parameters) = parameters(PARAMETERS)(input)?;
    let (rest, tables) = comma_list(entity)(rest)?;
    Ok((rest, Union { parameters, tables }))
}

const PARAMETERS: &[&str] = &["best_effort", "isfuzzy", "kind", "with_source", "withsource"];
