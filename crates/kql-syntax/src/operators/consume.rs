//! `consume`: the tree node and its parser.

use crate::tree::Parameter;

/// `consume`: reads everything and yields nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Consume {
    pub parameters: Vec<Parameter>,
}
