//! `mv-expand`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::map;
use nom::sequence::preceded;

use crate::lexer::TokenKind;
use crate::parser::basic::{bracketed, clause, comma_list, keyword, type_name};
use crate::parser::expression::{expression, named_expression};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter, TypeName};

/// `mv-expand kind=array with_itemindex=I a = x to typeof(t), … limit n`.
#[derive(Clone, Debug, PartialEq)]
pub struct MvExpand {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<ExpandedColumn>,
    pub limit: Option<Expr>,
}

/// `name = expression to typeof(type)` of `mv-expand` and `mv-apply`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpandedColumn {
    /// The expression, an [`ExprKind::Named`](crate::tree::ExprKind::Named) where it has a name.
    pub value: Expr,
    pub to_type: Option<TypeName>,
}

pub(crate) const KEYWORDS: &[&str] = &["mv-expand", "mvexpand"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "mv-expand",
        summary: "Makes a row of each element of an array or bag.",
        syntax: &["T | mv-expand [kind=bag|array] [with_itemindex=Name] [Name =] array [to typeof(type)], … [limit n]"],
        notes: "Several arrays are expanded in step.",
        page: "mv-expand-operator",
        examples: &[r#"datatable(User: string, Scores: dynamic) ["ann", dynamic([3, 9])] | mv-expand Score = Scores to typeof(long)"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, MvExpand> {
    let (rest, parameters) = parameters(&["kind", "bagexpansion", "with_itemindex"])(input)?;
    let (rest, columns) = comma_list(expanded_column)(rest)?;
    let (rest, limit) = clause("limit", expression).parse(rest)?;
    Ok((rest, MvExpand { parameters, columns, limit }))
}

/// `name = expression to typeof(type)`.
pub(crate) fn expanded_column(input: Tokens<'_>) -> Outcome<'_, ExpandedColumn> {
    let (rest, value) = named_expression(input)?;
    let recovered = |span| TypeName { text: String::new(), span };
    let type_of = map(bracketed(TokenKind::OpenParenthesis, type_name, recovered), |(name, _)| name);
    let (rest, to_type) = clause("to", preceded(keyword("typeof"), type_of)).parse(rest)?;
    Ok((rest, ExpandedColumn { value, to_type }))
}
