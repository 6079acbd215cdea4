//! The filters of a scan in the order in which they are computed.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{and, prep_null_mask_filter};
use datafusion::common::internal_err;
use datafusion::error::Result;

use super::dictionary::{Columns, Evaluator};

/// Filters that read the same columns.
#[derive(Debug)]
pub(super) struct Stage {
    pub filters: Vec<Evaluator>,
    /// The columns, in order.
    pub reads: Vec<usize>,
}

impl Stage {
    /// Filters grouped by what they read; the columns that are read soonest cost least by `cost`.
    pub(super) fn group(filters: impl IntoIterator<Item = Evaluator>, cost: impl Fn(usize) -> u64) -> Vec<Stage> {
        let mut stages: Vec<Stage> = Vec::new();
        for filter in filters {
            let reads = filter.reads();
            match stages.iter_mut().find(|stage| stage.reads == reads) {
                Some(stage) => stage.filters.push(filter),
                None => stages.push(Stage { filters: vec![filter], reads }),
            }
        }
        stages.sort_by_key(|stage| stage.reads.iter().map(|place| cost(*place)).sum::<u64>());
        stages
    }

    /// Which rows all filters of the stage let through.
    pub(super) fn mask(&mut self, columns: &Columns, rows: usize) -> Result<BooleanArray> {
        let mut mask: Option<BooleanArray> = None;
        for filter in &mut self.filters {
            let found = truths(&filter.evaluate(columns, rows)?)?;
            let both = match mask {
                Some(mask) => and(&mask, &found)?,
                None => found,
            };
            let none_left = both.true_count() == 0;
            mask = Some(both);
            if none_left {
                break;
            }
        }
        Ok(mask.unwrap_or_else(|| BooleanArray::new(BooleanBuffer::new_set(rows), None)))
    }
}

/// Where a value is true; null is not.
fn truths(array: &ArrayRef) -> Result<BooleanArray> {
    let Some(truths) = array.as_boolean_opt() else {
        return internal_err!("a filter gave {}", array.data_type());
    };
    Ok(if truths.null_count() > 0 { prep_null_mask_filter(truths) } else { truths.clone() })
}

/// The rows of `before` that are left when of those that were, only `now` are.
pub(super) fn refine(before: Option<&BooleanBuffer>, now: &BooleanBuffer) -> BooleanBuffer {
    let Some(before) = before else { return now.clone() };
    let mut refined = BooleanBufferBuilder::new(before.len());
    refined.append_n(before.len(), false);
    for (row, is_left) in before.set_indices().zip(now.iter()) {
        if is_left {
            refined.set_bit(row, true);
        }
    }
    refined.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_left_of_those_that_were() {
        let before = BooleanBuffer::from(vec![true, false, true, true]);
        let now = BooleanBuffer::from(vec![false, true, true]);
        assert_eq!(refine(None, &now), now);
        assert_eq!(refine(Some(&before), &now), BooleanBuffer::from(vec![false, false, true, true]));
    }
}
