//! `mv-apply`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `mv-apply with_itemindex=I a = x to typeof(t), … limit n on ( operators )`.
#[derive(Clone, Debug, PartialEq)]
pub struct MvApply {
    pub parameters: Vec<Parameter>,
    pub columns: Vec<super::mv_expand::ExpandedColumn>,
    pub limit: Option<Expr>,
    pub context_id: Option<Expr>,
    pub body: Box<Expr>,
}
