//! `print`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::comma_list;
use crate::parser::expression::named_expression;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `print a = x, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Print {
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["print"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "print",
        summary: "Gives one row of computed values.",
        syntax: &["print [Name =] expression, …"],
        notes: "Values without a name are `print_0`, `print_1`, ….",
        page: "print-operator",
        examples: &[r#"print Answer = 6 * 7"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Print> {
    let (rest, columns) = comma_list(named_expression)(input)?;
    Ok((rest, Print { columns }))
}
