//! `as`: the tree node and its parser.

use crate::tree::{Name, Parameter};

/// `as NAME`: names the table up to here.
#[derive(Clone, Debug, PartialEq)]
pub struct As {
    pub parameters: Vec<Parameter>,
    pub name: Name,
}
