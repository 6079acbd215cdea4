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

/// A `string` or `dynamic` array of parts of one column's texts.
///
/// Parts that make up most of their text are views into the column's memory. Smaller ones are copied: that costs less
/// than finding them did, and a few short texts do not keep a whole batch of long ones in memory.
pub(crate) struct Parts<'a> {
    source: &'a StringViewArray,
    /// The block of the builder that holds each buffer of the source, once it is in use.
    blocks: Vec<Option<u32>>,
    builder: StringViewBuilder,
}

impl<'a> Parts<'a> {
    /// Parts of the texts of `source`, for so many rows.
    pub(crate) fn of(source: &'a StringViewArray, rows: usize) -> Parts<'a> {
        let blocks = vec![None; source.data_buffers().len()];
        Parts { source, blocks, builder: StringViewBuilder::with_capacity(rows) }
    }

    /// Appends a part of the source's text at `row`; a text that lies elsewhere is copied.
    pub(crate) fn append(&mut self, row: usize, part: &str) -> Result<(), KernelError> {
        match self.share(row, part) {
            Some((block, offset, length)) => self.builder.try_append_view(block, offset, length)?,
            None => self.builder.try_append_value(part)?,
        }
        Ok(())
    }

    /// Where the part lies in the builder's blocks, when it is worth sharing.
    fn share(&mut self, row: usize, part: &str) -> Option<(u32, u32, u32)> {
        // Texts of up to twelve bytes lie in the view itself.
        if part.len() <= 12 {
            return None;
        }
        let view = ByteView::from(*self.source.views().get(row)?);
        let length = u32::try_from(part.len()).ok()?;
        if view.length <= 12 || length < view.length / 2 {
            return None;
        }
        let whole = self.source.value(row);
        let before = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
        if before.checked_add(part.len())? > whole.len() {
            return None;
        }
        let buffer = usize::try_from(view.buffer_index).ok()?;
        let block = match self.blocks.get(buffer)? {
            Some(block) => *block,
            None => {
                let block = self.builder.append_block(self.source.data_buffers().get(buffer)?.clone());
                *self.blocks.get_mut(buffer)? = Some(block);
                block
            }
        };
        Some((block, view.offset.checked_add(u32::try_from(before).ok()?)?, length))
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

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, StringViewArray};

    use super::Parts;

    #[test]
    fn large_parts_are_shared_and_small_ones_copied() {
        let texts = ["a text that does not fit into a view", "another one that is as long as the first"];
        let source = StringViewArray::from_iter_values(texts);
        let mut parts = Parts::of(&source, 5);
        parts.append(1, &source.value(1)[8..]).unwrap();
        parts.append(0, &source.value(0)[..13]).unwrap();
        parts.append(0, "a text from anywhere else").unwrap();
        parts.append_null();
        parts.append(0, source.value(0)).unwrap();
        let array = parts.finish();
        let array = array.as_string_view();
        let rows: Vec<Option<&str>> = array.iter().collect();
        assert_eq!(
            rows,
            [
                Some("one that is as long as the first"),
                Some("a text that d"),
                Some("a text from anywhere else"),
                None,
                Some(texts[0])
            ]
        );
        let shared = |row: usize, of: &str| array.value(row).as_ptr() == of.as_ptr();
        assert!(shared(0, &source.value(1)[8..]));
        assert!(!shared(1, source.value(0)));
        assert!(shared(4, source.value(0)));
    }
}
