//! `join` and `lookup`.

use datafusion::logical_expr::LogicalPlan;
use kql_semantics::Column;
use kql_semantics::plan::Join;

use crate::EngineError;
use crate::lowering::Lowering;

pub(crate) fn lower(_lowering: &Lowering, _join: &Join, _columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    Err(EngineError::new("join cannot be run yet"))
}
