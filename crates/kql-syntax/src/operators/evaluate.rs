//! `evaluate`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};
use nom::sequence::preceded;

use crate::lexer::TokenKind;
use crate::parser::basic::{any_name, column_declaration, parenthesized_list, token};
use crate::parser::expression::argument;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{ColumnDeclaration, Expr, Name, Parameter};

/// `evaluate PLUGIN(arguments) : (schema)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluate {
    pub parameters: Vec<Parameter>,
    pub plugin: Name,
    pub arguments: Vec<Expr>,
    pub schema: Option<EvaluateSchema>,
}

/// The declared result of a plugin: `: (a: type, *)`, or `typeof(a: type, *)` among its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluateSchema {
    pub columns: Vec<ColumnDeclaration>,
    /// Position of a `*` among the columns, when there is one: the columns that the plugin adds or passes on.
    pub star: Option<usize>,
}

pub(crate) const KEYWORDS: &[&str] = &["evaluate"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "evaluate",
        summary: "Calls a plugin, whose columns may depend on the data.",
        syntax: &["[T |] evaluate plugin(arguments) [: (Name: type, …)]"],
        notes: "The plugins stand among the functions of this reference.",
        page: "evaluate-operator",
        examples: &[r#"datatable(d: dynamic) [dynamic({"a": 1, "b": "x"})] | evaluate bag_unpack(d)"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Evaluate> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, plugin) = any_name(rest)?;
    let (rest, arguments) = parenthesized_list(argument)(rest)?;
    let (rest, schema) = opt(preceded(token(TokenKind::Colon), cut(result_schema))).parse(rest)?;
    Ok((rest, Evaluate { parameters, plugin, arguments, schema }))
}

/// `(a: type, *)`.
pub(crate) fn result_schema(input: Tokens<'_>) -> Outcome<'_, EvaluateSchema> {
    let (rest, parts) = parenthesized_list(schema_part)(input)?;
    let star = parts.iter().position(Option::is_none);
    Ok((rest, EvaluateSchema { columns: parts.into_iter().flatten().collect(), star }))
}

/// A column, or nothing for `*`.
fn schema_part(input: Tokens<'_>) -> Outcome<'_, Option<ColumnDeclaration>> {
    alt((map(token(TokenKind::Star), |_| None), map(column_declaration, Some))).parse(input)
}
