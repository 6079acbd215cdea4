//! `execute-and-cache`: the tree node and its parser.

/// `execute-and-cache`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecuteAndCache;
