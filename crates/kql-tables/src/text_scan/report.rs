//! What a scan left out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::TableError;

/// Counts the records that scans of one table left out, for [`crate::OnError::Skip`].
#[derive(Debug, Default)]
pub struct ScanReport {
    skipped: AtomicU64,
    first: Mutex<Option<TableError>>,
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

    pub(crate) fn skip(&self, error: impl FnOnce() -> TableError) {
        if self.skipped.fetch_add(1, Ordering::Relaxed) == 0 {
            *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(error());
        }
    }
}
