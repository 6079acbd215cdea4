//! A row set in order: what `sort` and `serialize` promise to the operators after them.
//!
//! DataFusion drops a sort that no parent asks for. This operator asks for it, in one partition, and passes
//! the rows on as they are.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use serde::{Deserialize, Serialize};

use datafusion::logical_expr::LogicalPlan;
use kql_semantics::Relation;

use super::own::{Behaviour, OrderKey, OwnOperator, Worker};
use crate::EngineError;
use crate::lowering::Lowering;

/// `serialize`: one partition, in the order in which its rows come.
pub(crate) fn lower(lowering: &Lowering, input: &Relation) -> Result<LogicalPlan, EngineError> {
    Ok(OwnOperator::InOrder(InOrder { keys: Vec::new() }).over(lowering.relation(input)?)?)
}

/// Holds the rows in the order of these columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct InOrder {
    pub keys: Vec<OrderKey>,
}

impl Behaviour for InOrder {
    fn name(&self) -> &'static str {
        "InOrder"
    }

    fn describe(&self) -> String {
        let key = |key: &OrderKey| {
            let direction = if key.descending { "desc" } else { "asc" };
            let nulls = if key.nulls_first { "nulls first" } else { "nulls last" };
            format!("{} {direction} {nulls}", key.column)
        };
        self.keys.iter().map(key).collect::<Vec<_>>().join(", ")
    }

    fn reads(&self) -> Vec<&str> {
        self.keys.iter().map(|key| key.column.as_str()).collect()
    }

    fn filters_by(&self, _column: &str) -> bool {
        // Not below a limited sort; and the optimiser cannot tell which this is.
        false
    }

    fn limits_input(&self) -> bool {
        true
    }

    fn sorts_below(&self) -> bool {
        true
    }

    fn order(&self) -> &[OrderKey] {
        &self.keys
    }

    fn worker(&self, _input: &SchemaRef, _output: &SchemaRef, _memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        Ok(Box::new(PassOn(None)))
    }
}

struct PassOn(Option<RecordBatch>);

impl Worker for PassOn {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.0 = Some(batch);
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.0.take())
    }
}
