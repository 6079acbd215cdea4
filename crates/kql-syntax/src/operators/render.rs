//! `render`: the tree node and its parser.

use crate::tree::{Name, Parameter};

/// `render timechart with (title="x", …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Render {
    pub chart: Name,
    pub properties: Vec<Parameter>,
}
