//! `sort`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::sequence::preceded;

use crate::parser::basic::{comma_list, keyword};
use crate::parser::expression::ordered;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter};

/// `sort by a asc nulls first, …` and `order by …`; each key is an [`ExprKind::Ordered`](crate::tree::ExprKind::Ordered) or a plain expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    pub parameters: Vec<Parameter>,
    pub by: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["sort", "order"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "sort",
        summary: "Sorts the rows.",
        syntax: &["T | sort by expression [asc|desc] [nulls first|nulls last], …"],
        notes: "Without a direction it is descending.",
        page: "sort-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | sort by Attempts asc"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Sort> {
    let (rest, parameters) = parameters(&[])(input)?;
    let (rest, by) = preceded(keyword("by"), comma_list(ordered)).parse(rest)?;
    Ok((rest, Sort { parameters, by }))
}
