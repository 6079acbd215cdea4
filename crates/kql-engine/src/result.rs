//! What a query gives: named, typed columns and record batches.

use std::pin::Pin;
use std::task::{Context, Poll};

use datafusion::arrow::array::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::{Stream, StreamExt};
use kql_semantics::Relation;
use kql_types::{ScalarType, Value};

use crate::EngineError;

/// The whole answer of a query.
#[derive(Clone, Debug)]
pub struct QueryResult {
    /// Names and KQL types, in order; the batches have these columns in their Arrow types.
    pub columns: Vec<(String, ScalarType)>,
    pub batches: Vec<RecordBatch>,
}

impl QueryResult {
    pub(crate) fn new(relation: &Relation, batches: Vec<RecordBatch>) -> QueryResult {
        QueryResult { columns: columns_of(relation), batches }
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The rows as values, one by one; for tests and small answers.
    pub fn rows(&self) -> impl Iterator<Item = Vec<Value>> {
        self.batches.iter().flat_map(move |batch| {
            (0..batch.num_rows()).map(move |row| {
                let cells = self.columns.iter().zip(batch.columns());
                cells
                    .map(|((_, scalar_type), array)| {
                        Value::from_array(array, row, *scalar_type).unwrap_or(Value::null(*scalar_type))
                    })
                    .collect()
            })
        })
    }
}

/// The answer of a query, batch by batch. Dropping it stops the query.
pub struct QueryStream {
    /// Names and KQL types, in order.
    pub columns: Vec<(String, ScalarType)>,
    batches: SendableRecordBatchStream,
}

impl QueryStream {
    pub(crate) fn new(relation: &Relation, batches: SendableRecordBatchStream) -> QueryStream {
        QueryStream { columns: columns_of(relation), batches }
    }
}

impl Stream for QueryStream {
    type Item = Result<RecordBatch, EngineError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.batches.poll_next_unpin(context).map_err(EngineError::from)
    }
}

fn columns_of(relation: &Relation) -> Vec<(String, ScalarType)> {
    relation.columns.iter().map(|column| (column.name.clone(), column.scalar_type)).collect()
}
