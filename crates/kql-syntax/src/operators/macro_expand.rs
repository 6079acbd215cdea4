//! `macro-expand`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::branch::alt;

use crate::lexer::TokenKind;
use crate::parser::basic::{any_name, bracketed, clause};
use crate::parser::expression::column;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::parser::statement::{entity_group, statements};
use crate::tree::{Expr, Name, Parameter, Statement};

/// `macro-expand GROUP as NAME ( statements )`.
#[derive(Clone, Debug, PartialEq)]
pub struct MacroExpand {
    pub parameters: Vec<Parameter>,
    pub group: Expr,
    pub name: Option<Name>,
    pub body: Vec<Statement>,
}

pub(crate) const KEYWORDS: &[&str] = &["macro-expand"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "macro-expand",
        summary: "Runs a sub-query for each member of an entity group, and unites the results.",
        syntax: &["macro-expand [kind=inner|outer] EntityGroup as Name (sub-query)"],
        notes: "",
        page: "macro-expand-operator",
        examples: &[r#"macro-expand entity_group [database("east"), database("west")] as Region (print Name = Region.$current_database)"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, MacroExpand> {
    let (rest, parameters) = parameters(&["force_remote", "isfuzzy", "best_effort", "kind"])(input)?;
    let (rest, group) = alt((entity_group, column)).parse(rest)?;
    let (rest, name) = clause("as", any_name).parse(rest)?;
    let (rest, (body, _)) = bracketed(TokenKind::OpenParenthesis, statements, |_| Vec::new())(rest)?;
    Ok((rest, MacroExpand { parameters, group, name, body }))
}
