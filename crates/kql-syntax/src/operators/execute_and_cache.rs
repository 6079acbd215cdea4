//! `execute-and-cache`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::input::{Outcome, Tokens};

/// `execute-and-cache`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecuteAndCache;

pub(crate) const KEYWORDS: &[&str] = &["__executeAndCache", "execute-and-cache"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "execute-and-cache",
        summary: "Runs the pipe so far and keeps its rows in the cloud.",
        syntax: &["T | execute-and-cache"],
        notes: "Works only in the cloud.",
        page: "execute-and-cache-operator",
        examples: &[],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, ExecuteAndCache> {
    Ok((input, ExecuteAndCache))
}
