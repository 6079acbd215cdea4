//! `parse-kv`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::cut;
use nom::sequence::preceded;

use crate::parser::basic::{clause, column_declarations, keyword};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::properties;
use crate::tree::{ColumnDeclaration, Expr, Parameter};

/// `parse-kv x as (name: type, …) with (pair_delimiter=…, …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseKv {
    pub source: Expr,
    pub columns: Vec<ColumnDeclaration>,
    pub properties: Vec<Parameter>,
}

pub(crate) const KEYWORDS: &[&str] = &["parse-kv"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "parse-kv",
        summary: "Takes the values of named keys out of a text of pairs.",
        syntax: &["T | parse-kv Text as (Key: type, …) [with (pair_delimiter=\"…\", kv_delimiter=\"…\", quote=\"…\", escape=\"…\", greedy=bool, regex=\"…\")]"],
        notes: "",
        page: "parse-kv-operator",
        examples: &[r#"print Line = "user=ann;attempts=3" | parse-kv Line as (user: string, attempts: long) with (pair_delimiter=";", kv_delimiter="=")"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ParseKv> {
    let (rest, source) = expression(input)?;
    let (rest, columns) = preceded(keyword("as"), cut(column_declarations)).parse(rest)?;
    let (rest, with) = clause("with", properties).parse(rest)?;
    Ok((rest, ParseKv { source, columns, properties: with.unwrap_or_default() }))
}
