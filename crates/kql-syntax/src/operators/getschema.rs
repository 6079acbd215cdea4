//! `getschema`: the tree node and its parser.

/// `getschema`.
#[derive(Clone, Debug, PartialEq)]
pub struct GetSchema;
