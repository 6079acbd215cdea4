//! `getschema`: the tree node and its parser.

use crate::parser::input::{Outcome, Tokens};

/// `getschema`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetSchema;

pub(crate) const KEYWORDS: &[&str] = &["getschema"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, GetSchema> {
    Ok((input, GetSchema))
}
