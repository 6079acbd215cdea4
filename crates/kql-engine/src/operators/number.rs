//! Numbering rows: what `mv-apply` tells the rows of its input apart by.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, SchemaRef};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::LogicalPlan;
use kql_semantics::{Column, ColumnId, Relation};
use serde::{Deserialize, Serialize};

use super::own::{Behaviour, OwnOperator, Worker};
use crate::EngineError;
use crate::lowering::{Lowering, internal_name};

pub(crate) fn lower(
    lowering: &Lowering,
    input: &Relation,
    output: ColumnId,
    within: Option<ColumnId>,
    columns: &[Column],
) -> Result<LogicalPlan, EngineError> {
    let name = |id: ColumnId| {
        let found = columns.iter().find(|column| column.id == id);
        found.map(internal_name).ok_or_else(|| EngineError::new("internal error: a column to number by is missing"))
    };
    let operator = Number { output: name(output)?, within: within.map(name).transpose()? };
    Ok(OwnOperator::Number(operator).over(lowering.relation(input)?)?)
}

/// Numbers rows from 0 in the order in which they come.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Number {
    output: String,
    /// A `long` column: rows of each of its values are numbered on their own.
    within: Option<String>,
}

impl Behaviour for Number {
    fn name(&self) -> &'static str {
        "Number"
    }

    fn describe(&self) -> String {
        match &self.within {
            Some(within) => format!("{} within {within}", self.output),
            None => self.output.clone(),
        }
    }

    fn reads(&self) -> Vec<&str> {
        self.within.iter().map(String::as_str).collect()
    }

    fn adds(&self) -> Vec<Field> {
        vec![Field::new(&self.output, DataType::Int64, true)]
    }

    fn limits_input(&self) -> bool {
        true
    }

    fn sorts_below(&self) -> bool {
        true
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let within = self.within.as_ref().map(|name| input.index_of(name)).transpose()?;
        let output = output.clone();
        Ok(Box::new(Numberer { within, next: 0, groups: HashMap::new(), memory, output, ready: None }))
    }
}

struct Numberer {
    within: Option<usize>,
    next: i64,
    /// The next number of each group.
    groups: HashMap<Option<i64>, i64>,
    memory: MemoryReservation,
    output: SchemaRef,
    ready: Option<RecordBatch>,
}

impl Worker for Numberer {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let numbers: Int64Array = match self.within {
            None => {
                let first = self.next;
                self.next = first.saturating_add(i64::try_from(batch.num_rows()).unwrap_or(i64::MAX));
                Int64Array::from_iter_values(first..self.next)
            }
            Some(at) => {
                let Some(keys) = batch.column(at).as_primitive_opt::<Int64Type>() else {
                    return exec_err!("rows are numbered within long values, not {}", batch.column(at).data_type());
                };
                let numbers = keys.iter().map(|key| {
                    let next = self.groups.entry(key).or_insert(0);
                    let number = *next;
                    *next = next.saturating_add(1);
                    number
                });
                let numbers = Int64Array::from_iter_values(numbers);
                self.memory.try_resize(self.groups.capacity() * size_of::<(Option<i64>, i64)>())?;
                numbers
            }
        };
        let mut arrays = batch.columns().to_vec();
        arrays.push(Arc::new(numbers));
        self.ready = Some(RecordBatch::try_new(self.output.clone(), arrays)?);
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.ready.take())
    }
}
