//! The tabular operators, one file each: how it is lowered, and its physical operator where DataFusion has none.

pub(crate) mod distinct;
pub(crate) mod join;
pub(crate) mod mv_expand;
pub(crate) mod project;
pub(crate) mod range;
pub(crate) mod sort;
pub(crate) mod summarize;
pub(crate) mod take;
pub(crate) mod union;
pub(crate) mod where_operator;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use serde::{Deserialize, Serialize};

/// Plans our own logical nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperatorPlanner;

#[async_trait]
impl ExtensionPlanner for OperatorPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        _node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        _inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        Ok(None)
    }
}

/// How our physical operators travel.
#[derive(Serialize, Deserialize)]
pub(crate) enum OperatorOnWire {
    Range(range::RangeSpec),
}

impl OperatorOnWire {
    /// The operator as it travels, if it is ours.
    pub fn of(
        node: &dyn ExecutionPlan,
        _codec: &dyn PhysicalExtensionCodec,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Option<OperatorOnWire>> {
        if let Some(range) = node.downcast_ref::<range::RangeExec>() {
            return Ok(Some(OperatorOnWire::Range(range.spec().clone())));
        }
        Ok(None)
    }

    /// The operator over its decoded inputs.
    pub fn plan(
        self,
        _inputs: &[Arc<dyn ExecutionPlan>],
        _context: &TaskContext,
        _codec: &dyn PhysicalExtensionCodec,
        _converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match self {
            OperatorOnWire::Range(spec) => Ok(Arc::new(range::RangeExec::new(spec))),
        }
    }
}
