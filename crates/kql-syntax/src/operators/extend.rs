//! `extend`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::basic::comma_list;
use crate::parser::expression::named_expression;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::Expr;

/// `extend a = x, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Extend {
    pub columns: Vec<Expr>,
}

pub(crate) const KEYWORDS: &[&str] = &["extend"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "extend",
        summary: "Adds computed columns, or replaces columns of the same name.",
        syntax: &["T | extend [Name =] expression, …"],
        notes: "Columns without a name are named after what they compute: `strcat_User`, else `Column1`.",
        page: "extend-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | extend Doubled = Attempts * 2"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Extend> {
    let (rest, columns) = comma_list(named_expression)(input)?;
    Ok((rest, Extend { columns }))
}
