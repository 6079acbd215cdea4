//! How much memory batches hold together, each buffer of theirs counted once.

use std::collections::HashSet;

use datafusion::arrow::array::{Array, ArrayData, AsArray, RecordBatch};
use datafusion::arrow::buffer::Buffer;

/// The memory of the batches that were counted. DataFusion's own counter copies the list of a column's buffers for each
/// batch; batches of sorted texts have thousands of them, nearly the same in each.
#[derive(Debug, Default)]
pub(crate) struct HeldMemory {
    /// Where the buffers begin.
    counted: HashSet<usize>,
}

impl HeldMemory {
    /// The bytes of a batch's buffers that have not been counted before.
    pub fn count(&mut self, batch: &RecordBatch) -> usize {
        batch.columns().iter().map(|column| self.count_array(column.as_ref())).sum()
    }

    fn count_array(&mut self, array: &dyn Array) -> usize {
        let Some(texts) = array.as_string_view_opt() else { return self.count_data(&array.to_data()) };
        let texts_bytes: usize = texts.data_buffers().iter().map(|buffer| self.count_buffer(buffer)).sum();
        let nulls = texts.nulls().map_or(0, |nulls| self.count_buffer(nulls.buffer()));
        texts_bytes + nulls + self.count_buffer(texts.views().inner())
    }

    fn count_data(&mut self, data: &ArrayData) -> usize {
        let own: usize = data.buffers().iter().map(|buffer| self.count_buffer(buffer)).sum();
        let nulls = data.nulls().map_or(0, |nulls| self.count_buffer(nulls.buffer()));
        let children: usize = data.child_data().iter().map(|child| self.count_data(child)).sum();
        own + nulls + children
    }

    fn count_buffer(&mut self, buffer: &Buffer) -> usize {
        if self.counted.insert(buffer.data_ptr().addr().get()) { buffer.capacity() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray};
    use datafusion::common::utils::memory::RecordBatchMemoryCounter;

    use super::*;

    #[test]
    fn shared_buffers_count_once() {
        let texts: ArrayRef =
            Arc::new(StringViewArray::from_iter([Some("a text that is longer than its view"), None, Some("short")]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let batch = RecordBatch::try_from_iter([("t", texts), ("n", numbers)]).unwrap();
        let (mut held, mut datafusions) = (HeldMemory::default(), RecordBatchMemoryCounter::new());
        for batch in [batch.slice(0, 2), batch.clone(), batch.slice(1, 2)] {
            assert_eq!(held.count(&batch), datafusions.count_batch(&batch));
        }
        assert_eq!(held.count(&batch), 0);
        assert!(HeldMemory::default().count(&batch) > 35 + 3 * 16 + 3 * 8);
    }
}
