//! Rows at hand as the input of a plan.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::stream;

/// Batches as a stream.
pub(crate) fn given(schema: SchemaRef, batches: Vec<RecordBatch>) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(batches.into_iter().map(Ok))))
}

/// A stream as an input of a plan that runs once.
pub(super) struct Given {
    schema: SchemaRef,
    // Behind a lock because plans are shared, though one thread takes it.
    rows: Mutex<Option<SendableRecordBatchStream>>,
}

impl Given {
    /// A plan that gives these rows, once.
    pub fn plan(rows: SendableRecordBatchStream) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = rows.schema();
        let given = Given { schema: schema.clone(), rows: Mutex::new(Some(rows)) };
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![Arc::new(given)], None, [], false, None)?))
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Given({})", self.schema)
    }
}

impl PartitionStream for Given {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        let again = async { exec_err!("internal error: an input is read twice") };
        rows.unwrap_or_else(|| Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), stream::once(again))))
    }
}
