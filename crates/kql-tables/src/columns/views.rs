//! Strings that are mostly slices of the input.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::arrow::buffer::Buffer;

/// A string column over one input buffer: text that stands there as it is becomes a view of it, the rest is copied.
pub(crate) struct ViewBuilder {
    builder: StringViewBuilder,
    /// The block of the input in the builder; `None` where the input is too large for a view's 32-bit offsets.
    block: Option<u32>,
}

impl ViewBuilder {
    pub(crate) fn new(input: &Buffer, capacity: usize) -> ViewBuilder {
        let mut builder = StringViewBuilder::with_capacity(capacity);
        let fits = u32::try_from(input.len()).is_ok_and(|length| length < u32::MAX);
        let block = fits.then(|| builder.append_block(input.clone()));
        ViewBuilder { builder, block }
    }

    /// Appends `input[start..end]`; `false` where that is no UTF-8.
    #[inline]
    pub(crate) fn append_slice(&mut self, input: &Buffer, start: usize, end: usize) -> bool {
        if let (Some(block), Ok(start), Ok(length)) =
            (self.block, u32::try_from(start), u32::try_from(end.saturating_sub(start)))
        {
            return self.builder.try_append_view(block, start, length).is_ok();
        }
        match input.as_slice().get(start..end).map(std::str::from_utf8) {
            Some(Ok(text)) => self.append_text(text),
            _ => false,
        }
    }

    /// Appends a copy of a text; `false` where it is longer than a view can be.
    #[inline]
    pub(crate) fn append_text(&mut self, text: &str) -> bool {
        self.builder.try_append_value(text).is_ok()
    }

    pub(crate) fn append_null(&mut self) {
        self.builder.append_null();
    }

    pub(crate) fn finish(mut self) -> ArrayRef {
        Arc::new(self.builder.finish())
    }
}
