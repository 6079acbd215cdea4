//! `assert-schema`: the tree node and its parser.

use crate::parser::basic::column_declarations;
use crate::parser::input::{Outcome, Tokens};
use crate::tree::ColumnDeclaration;

/// `assert-schema (name: type, …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct AssertSchema {
    pub columns: Vec<ColumnDeclaration>,
}

pub(crate) const KEYWORDS: &[&str] = &["assert-schema"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, AssertSchema> {
    let (rest, columns) = column_declarations(input)?;
    Ok((rest, AssertSchema { columns }))
}
