//! `execute-and-cache`: the tree node and its parser.

use crate::parser::input::{Outcome, Tokens};

/// `execute-and-cache`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecuteAndCache;

pub(crate) const KEYWORDS: &[&str] = &["__executeAndCache", "execute-and-cache"];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ExecuteAndCache> {
    Ok((input, ExecuteAndCache))
}
