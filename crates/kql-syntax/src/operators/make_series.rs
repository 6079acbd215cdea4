//! `make-series`: the tree node and its parser.

use crate::tree::{Expr, Parameter};

/// `make-series a = agg() default = 0 on t from x to y step s by b`.
#[derive(Clone, Debug, PartialEq)]
pub struct MakeSeries {
    pub parameters: Vec<Parameter>,
    pub aggregations: Vec<SeriesAggregation>,
    pub on: Expr,
    pub range: SeriesRange,
    pub by: Vec<Expr>,
}

/// One aggregation with the value that empty bins get.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesAggregation {
    /// The aggregation, an [`ExprKind::Named`](crate::tree::ExprKind::Named) where it has a name.
    pub value: Expr,
    pub default: Option<Expr>,
}

/// The bins of the axis.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesRange {
    /// `from a to b step s`; from and to may be left out.
    Bounds { from: Option<Expr>, to: Option<Expr>, step: Expr },
    /// The older `in range(a, b, s)`.
    InRange { from: Expr, to: Expr, step: Expr },
}
