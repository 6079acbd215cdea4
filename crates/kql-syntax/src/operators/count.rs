//! `count`: the tree node and its parser.

use crate::tree::{Name, Parameter};

/// `count`, with `count as NAME`.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    pub parameters: Vec<Parameter>,
    pub name: Option<Name>,
}
