//! `range`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::cut;
use nom::sequence::preceded;

use crate::parser::basic::{declared_name, keyword};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::{Expr, Name};

/// `range x from a to b step s`.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    pub column: Name,
    pub from: Expr,
    pub to: Expr,
    pub step: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["range"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "range",
        summary: "Gives a column of values at equal distances.",
        syntax: &["range Name from start to stop step distance"],
        notes: "",
        page: "range-operator",
        examples: &[r#"range Day from datetime(2024-05-01) to datetime(2024-05-03) step 1d"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Range> {
    let (rest, column) = declared_name(input)?;
    let (rest, from) = preceded(keyword("from"), cut(expression)).parse(rest)?;
    let (rest, to) = preceded(keyword("to"), cut(expression)).parse(rest)?;
    let (rest, step) = preceded(keyword("step"), cut(expression)).parse(rest)?;
    Ok((rest, Range { column, from, to, step }))
}
