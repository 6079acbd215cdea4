//! Result arrays of kernels, built row by row without an allocation a row.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, ByteView, Int64Array, StringViewArray, StringViewBuilder};

use crate::KernelError;

/// A `string` array: `write` fills the (empty) buffer with the text of a row.
pub(crate) fn strings(
    rows: usize,
    mut write: impl FnMut(usize, &mut String) -> Result<(), KernelError>,
) -> Result<ArrayRef, KernelError> {
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        text.clear();
        write(row, &mut text)?;
        builder.try_append_value(&text)?;
    }
    Ok(Arc::new(builder.finish()))
}

/// A `string` array whose texts lie somewhere already, such as parts of an argument.
pub(crate) fn slices<'a>(
    rows: usize,
    mut slice: impl FnMut(usize) -> Result<&'a str, KernelError>,
) -> Result<ArrayRef, KernelError> {
    let mut builder = StringViewBuilder::with_capacity(rows);
    for row in 0..rows {
        builder.try_append_value(slice(row)?)?;
    }
    Ok(Arc::new(builder.finish()))
}

/// A `dynamic` array: `write` fills the (empty) buffer with the JSON text of a row and says whether there is
/// a value; without one the row is null.
pub(crate) fn dynamics(
    rows: usize,
    mut write: impl FnMut(usize, &mut String) -> Result<bool, KernelError>,
) -> Result<ArrayRef, KernelError> {
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut json = String::new();
    for row in 0..rows {
        json.clear();
        if write(row, &mut json)? {
            builder.try_append_value(&json)?;
        } else {
            builder.append_null();
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// A `long` array.
pub(crate) fn longs(rows: usize, value: impl FnMut(usize) -> Option<i64>) -> ArrayRef {
    Arc::new((0..rows).map(value).collect::<Int64Array>())
}

/// A `bool` array.
pub(crate) fn bools(rows: usize, value: impl FnMut(usize) -> Option<bool>) -> ArrayRef {
    Arc::new((0..rows).map(value).collect::<BooleanArray>())
}

/// A `string` or `dynamic` array of parts of one column's texts. The parts share the column's memory: they are views
/// into its buffers, not copies.
pub(crate) struct Parts<'a> {
    source: &'a StringViewArray,
    /// The block of the builder that holds each buffer of the source.
    blocks: Vec<u32>,
    builder: StringViewBuilder,
}

impl<'a> Parts<'a> {
    /// Parts of the texts of `source`, for so many rows.
    pub(crate) fn of(source: &'a StringViewArray, rows: usize) -> Parts<'a> {
        let mut builder = StringViewBuilder::with_capacity(rows);
        let buffers = source.data_buffers().iter();
        let blocks = buffers.map(|buffer| builder.append_block(buffer.clone())).collect();
        Parts { source, blocks, builder }
    }

    /// Appends a part of the source's text at `row`; a text that lies elsewhere is copied.
    pub(crate) fn append(&mut self, row: usize, part: &str) -> Result<(), KernelError> {
        match self.place(row, part) {
            Some((block, offset, length)) => self.builder.try_append_view(block, offset, length)?,
            None => self.builder.try_append_value(part)?,
        }
        Ok(())
    }

    /// Where the part lies in the builder's blocks.
    fn place(&self, row: usize, part: &str) -> Option<(u32, u32, u32)> {
        let view = ByteView::from(*self.source.views().get(row)?);
        // Short texts lie in the view itself.
        if view.length <= 12 || part.len() <= 12 {
            return None;
        }
        let whole = self.source.value(row);
        let before = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
        if before + part.len() > whole.len() {
            return None;
        }
        let block = self.blocks.get(usize::try_from(view.buffer_index).ok()?)?;
        let offset = view.offset.checked_add(u32::try_from(before).ok()?)?;
        Some((*block, offset, u32::try_from(part.len()).ok()?))
    }

    /// Appends a null.
    pub(crate) fn append_null(&mut self) {
        self.builder.append_null();
    }

    /// The array.
    pub(crate) fn finish(mut self) -> ArrayRef {
        Arc::new(self.builder.finish())
    }
}
