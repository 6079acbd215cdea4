//! `mv-expand`.

use datafusion::logical_expr::LogicalPlan;
use kql_semantics::Column;
use kql_semantics::plan::MvExpand;

use crate::EngineError;
use crate::lowering::Lowering;

pub(crate) fn lower(_lowering: &Lowering, _expand: &MvExpand, _columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    Err(EngineError::new("mv-expand cannot be run yet"))
}
