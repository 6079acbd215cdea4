//! What a scan left out or made null.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::TableError;

/// Counts the records that scans of one table left out and the values that they made null, where
/// [`crate::OnError`] says so.
#[derive(Debug, Default)]
pub struct ScanReport {
    skipped: AtomicU64,
    first: Mutex<Option<TableError>>,
    nulls: Mutex<BTreeMap<String, u64>>,
}

impl ScanReport {
    /// How many records were left out.
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    /// Why the first of them was; its line is not told, since finding it would read the file again.
    pub fn first(&self) -> Option<TableError> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many values could not be read and are null, by column; only of columns that have such.
    pub fn nulls(&self) -> BTreeMap<String, u64> {
        self.nulls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn add_nulls(&self, column: &str, count: u64) {
        if count > 0 {
            let mut nulls = self.nulls.lock().unwrap_or_else(PoisonError::into_inner);
            let total = nulls.entry(column.to_owned()).or_default();
            *total = total.saturating_add(count);
        }
    }

    pub(crate) fn skip(&self, error: impl FnOnce() -> TableError) {
        if self.skipped.fetch_add(1, Ordering::Relaxed) == 0 {
            *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(error());
        }
    }
}
