//! The tabular operators, one file each: how it is lowered, and its physical operator where DataFusion has none.

pub(crate) mod distinct;
pub(crate) mod expand_members;
pub(crate) mod gathered;
pub(crate) mod graph;
pub(crate) mod join;
pub(crate) mod make_series;
pub(crate) mod mv_expand;
pub(crate) mod number;
pub(crate) mod own;
pub(crate) mod parse;
pub(crate) mod plugin;
pub(crate) mod project;
pub(crate) mod range;
pub(crate) mod scan;
pub(crate) mod serialize;
pub(crate) mod sort;
pub(crate) mod summarize;
pub(crate) mod take;
pub(crate) mod union;
pub(crate) mod where_operator;
pub(crate) mod window;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use kql_tables::{ConvertExec, ConvertSpec, ParquetScanExec, ParquetScanSpec, TextScanExec, TextScanSpec};
use serde::{Deserialize, Serialize};

use crate::codec;
use crate::spilling::InPartsExec;

/// Plans our own logical nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperatorPlanner;

#[async_trait]
impl ExtensionPlanner for OperatorPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        match (node.as_any().downcast_ref::<own::OwnNode>(), inputs) {
            (Some(node), [input]) => node.plan(input.clone()).map(Some),
            _ => Ok(None),
        }
    }
}

/// How our physical operators and the scans of kql-tables travel.
#[derive(Serialize, Deserialize)]
pub(crate) enum OperatorOnWire {
    Range(range::RangeSpec),
    Own(own::OwnOperator),
    TextScan(TextScanSpec),
    Convert(ConvertSpec),
    ParquetScan(ParquetScanSpec, ScanExpressions),
    /// Encoded as the operator in memory, over nothing.
    InParts(Vec<u8>),
}

/// What a scan computes. The expressions travel as those of a projection over no rows.
#[derive(Serialize, Deserialize)]
pub(crate) struct ScanExpressions {
    /// The encoded projection: the filters first.
    projection: Vec<u8>,
    filters: usize,
    is_projected: bool,
}

impl ScanExpressions {
    fn encode(scan: &ParquetScanExec) -> Result<ScanExpressions> {
        let filters = scan.filters().iter().map(|filter| ProjectionExpr::new(filter.clone(), String::new()));
        let projected = scan.projection().into_iter().flatten().cloned();
        let nothing = Arc::new(EmptyExec::new(scan.spec().schema()));
        let projection = ProjectionExec::try_new(filters.chain(projected).collect::<Vec<_>>(), nothing)?;
        Ok(ScanExpressions {
            projection: codec::encode(Arc::new(projection))?,
            filters: scan.filters().len(),
            is_projected: scan.projection().is_some(),
        })
    }

    fn scan(self, spec: ParquetScanSpec, context: &TaskContext) -> Result<ParquetScanExec> {
        let plan = codec::decode(&self.projection, context)?;
        let Some(projection) = plan.downcast_ref::<ProjectionExec>() else {
            return exec_err!("the expressions of a scan cannot be read");
        };
        let (filters, projected) = projection.expr().split_at(self.filters.min(projection.expr().len()));
        let filters = filters.iter().map(|filter| filter.expr.clone()).collect();
        ParquetScanExec::from_spec(spec, filters, self.is_projected.then(|| projected.to_vec()))
    }
}

impl OperatorOnWire {
    /// The operator as it travels, if it is ours.
    pub fn of(node: &dyn ExecutionPlan) -> Result<Option<OperatorOnWire>> {
        if let Some(scan) = node.downcast_ref::<ParquetScanExec>() {
            let expressions = ScanExpressions::encode(scan)?;
            return Ok(Some(OperatorOnWire::ParquetScan(scan.spec().clone(), expressions)));
        }
        if let Some(in_parts) = node.downcast_ref::<InPartsExec>() {
            return Ok(Some(OperatorOnWire::InParts(in_parts.encode()?)));
        }
        if let Some(range) = node.downcast_ref::<range::RangeExec>() {
            return Ok(Some(OperatorOnWire::Range(range.spec().clone())));
        }
        if let Some(scan) = node.downcast_ref::<TextScanExec>() {
            return Ok(Some(OperatorOnWire::TextScan(scan.spec().clone())));
        }
        if let Some(convert) = node.downcast_ref::<ConvertExec>() {
            return Ok(Some(OperatorOnWire::Convert(convert.spec().clone())));
        }
        Ok(node.downcast_ref::<own::OwnExec>().map(|node| OperatorOnWire::Own(node.operator().clone())))
    }

    /// The operator over its decoded inputs.
    pub fn plan(self, inputs: &[Arc<dyn ExecutionPlan>], context: &TaskContext) -> Result<Arc<dyn ExecutionPlan>> {
        match (self, inputs) {
            (OperatorOnWire::ParquetScan(spec, expressions), []) => Ok(Arc::new(expressions.scan(spec, context)?)),
            (OperatorOnWire::Range(spec), []) => Ok(Arc::new(range::RangeExec::new(spec))),
            (OperatorOnWire::TextScan(spec), []) => Ok(Arc::new(TextScanExec::from_spec(spec))),
            (OperatorOnWire::Convert(spec), [input]) => Ok(Arc::new(ConvertExec::from_spec(spec, input.clone()))),
            (OperatorOnWire::Own(operator), [input]) => Ok(Arc::new(own::OwnExec::try_new(operator, input.clone())?)),
            (OperatorOnWire::InParts(operator), inputs) => {
                Ok(Arc::new(InPartsExec::decode(&operator, inputs, context)?))
            }
            _ => exec_err!("the encoded operator has the wrong number of inputs"),
        }
    }
}
