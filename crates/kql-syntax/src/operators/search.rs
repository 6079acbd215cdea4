//! `search`: the tree node and its parser.

use crate::operators::Reference;
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

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "search",
        summary: "Finds rows in which a text or a predicate holds, in any column, in one or many tables.",
        syntax: &["search [kind=case_sensitive|case_insensitive] [in (Table, …)] predicate", "T | search predicate"],
        notes: "A first column `$table` names the table.",
        page: "search-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | search "ann""#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Search> {
    let (rest, parameters) = parameters(&["kind"])(input)?;
    let (rest, tables) = clause("in", parenthesized_list(entity)).parse(rest)?;
    let (rest, predicate) = expression(rest)?;
    Ok((rest, Search { parameters, tables: tables.unwrap_or_default(), predicate }))
}
