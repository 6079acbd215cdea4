//! `top-nested`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::{cut, map};
use nom::multi::many0;
use nom::sequence::{pair, preceded};

use crate::lexer::TokenKind;
use crate::parser::basic::{clause, is_word, keyword, token};
use crate::parser::expression::{expression, named_expression, order_of};
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `top-nested n of x with others = "o" by agg(), top-nested …`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopNested {
    pub clauses: Vec<TopNestedClause>,
}

/// One level of a `top-nested`.
#[derive(Clone, Debug, PartialEq)]
pub struct TopNestedClause {
    pub count: Option<Expr>,
    pub of: Expr,
    pub with_others: Option<Expr>,
    pub by: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["top-nested"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "top-nested",
        summary: "Gives the top values of a column, and within each of them the top values of the next.",
        syntax: &["T | top-nested [n] of expression [with others=\"…\"] by aggregation [asc|desc], top-nested …"],
        notes: "",
        page: "top-nested-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | top-nested 1 of User by sum(Attempts), top-nested 1 of Attempts by max(Attempts)"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, TopNested> {
    let (rest, first) = top_nested_clause(input)?;
    let further = preceded(pair(token(TokenKind::Comma), keyword("top-nested")), cut(top_nested_clause));
    let (rest, more) = many0(further).parse(rest)?;
    let mut clauses = vec![first];
    clauses.extend(more);
    Ok((rest, TopNested { clauses }))
}

/// `n of x with others = "o" by agg()`.
fn top_nested_clause(input: Tokens<'_>) -> Outcome<'_, TopNestedClause> {
    let (rest, count) = if is_word(input, 0, "of") { (input, None) } else { map(expression, Some).parse(input)? };
    let (rest, of) = preceded(keyword("of"), cut(named_expression)).parse(rest)?;
    let others = preceded(pair(keyword("others"), token(TokenKind::Equal)), expression);
    let (rest, with_others) = clause("with", others).parse(rest)?;
    let (rest, by) = preceded(keyword("by"), cut(named_expression)).parse(rest)?;
    let (rest, by) = order_of(rest, by)?;
    Ok((rest, TopNestedClause { count, of, with_others, by }))
}
