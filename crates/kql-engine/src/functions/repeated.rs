//! Texts that repeat: a function of one column of texts is computed once for each different text of a batch.
//!
//! Columnar files keep a column of few values as a dictionary, and what is read of it are equal views into the same
//! memory: comparing views costs a nanosecond or two a row. Where views differ the texts are compared, which costs
//! about ten. A few rows tell whether either pays.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::error::ArrowError;

/// Fewer rows are computed quicker than compared.
const FEW_ROWS: usize = 256;

/// After so many rows it must show that texts repeat.
const SAMPLE: usize = 256;

/// How many different views are remembered at a time; a power of two.
const SLOTS: usize = 2048;

/// A column as its different texts.
#[derive(Debug)]
pub(super) struct Repeated {
    /// The different texts; one may come twice.
    pub different: ArrayRef,
    /// For each row the position of its text among them.
    positions: UInt32Array,
}

impl Repeated {
    /// The different texts of a column; `None` when it is short or they are many.
    pub(super) fn of(column: &ArrayRef) -> Result<Option<Repeated>, ArrowError> {
        let Some(texts) = column.as_string_view_opt() else { return Ok(None) };
        if texts.len() < FEW_ROWS {
            return Ok(None);
        }
        let Some((first_rows, positions)) = compare(texts) else { return Ok(None) };
        let different = take(column, &UInt32Array::from(first_rows), None)?;
        Ok(Some(Repeated { different, positions: UInt32Array::from(positions) }))
    }

    /// One value for each different text, as one value for each row.
    pub(super) fn spread(&self, values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        take(values, &self.positions, None)
    }
}

/// The row where each different text stands first, and for each row the position of its text in that list.
fn compare(texts: &StringViewArray) -> Option<(Vec<u32>, Vec<u32>)> {
    // No view looks like these: a text is never that long.
    const UNUSED: u128 = u128::MAX;
    const NULL: u128 = u128::MAX - 1;
    let mut views = vec![(UNUSED, 0_u32); SLOTS];
    let mut contents = Contents::default();
    let mut first_rows: Vec<u32> = Vec::new();
    let mut positions: Vec<u32> = Vec::with_capacity(texts.len());
    for (row, view) in texts.views().iter().enumerate() {
        let view = if texts.is_null(row) { NULL } else { *view };
        let (known, position) = views.get_mut(slot(view))?;
        if *known != view {
            // A short text is its view.
            let is_long = view as u32 > 12 && view != NULL;
            let text = if is_long { texts.value(row) } else { "" };
            *known = view;
            *position = match is_long.then(|| contents.position(text)).flatten() {
                Some(same) => same,
                None => {
                    let most = if row < SAMPLE { SAMPLE / 2 } else { texts.len() / 4 };
                    if first_rows.len() >= most {
                        return None;
                    }
                    let new = u32::try_from(first_rows.len()).ok()?;
                    first_rows.push(u32::try_from(row).ok()?);
                    if is_long {
                        contents.remember(text, new);
                    }
                    new
                }
            };
        }
        positions.push(*position);
    }
    Some((first_rows, positions))
}

/// The long texts that came, by their content; of two in one slot the later one.
#[derive(Default)]
struct Contents<'t> {
    slots: Vec<Option<(&'t str, u32)>>,
    /// The slot of the text that was asked for last.
    slot: usize,
}

impl<'t> Contents<'t> {
    /// The position of an equal text.
    #[inline]
    fn position(&mut self, text: &'t str) -> Option<u32> {
        self.slot = content_slot(text.as_bytes());
        let (known, position) = (*self.slots.get(self.slot)?)?;
        (known == text).then_some(position)
    }

    /// Keeps the text that was asked for last.
    fn remember(&mut self, text: &'t str, position: u32) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        if let Some(slot) = self.slots.get_mut(self.slot) {
            *slot = Some((text, position));
        }
    }
}

/// Multiplied with it, the bits of a word spread over all of the product.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where a view is remembered.
fn slot(view: u128) -> usize {
    let mixed = ((view as u64).wrapping_mul(ODD) ^ (view >> 64) as u64).wrapping_mul(ODD);
    (mixed >> 40) as usize % SLOTS
}

/// Where a text is remembered by its content. Texts that only happen to share a slot cost time and nothing else.
fn content_slot(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    let last = rest.iter().fold(text.len() as u64, |last, byte| last << 8 | u64::from(*byte));
    // Two lanes, so that one multiplication need not wait for the other.
    let mut lanes = [last, ODD];
    for pair in words.chunks(2) {
        for (lane, word) in lanes.iter_mut().zip(pair) {
            *lane = (lane.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(ODD);
        }
    }
    let [first, second] = lanes;
    ((first ^ second.rotate_left(32)).wrapping_mul(ODD) >> 40) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn each_row_gets_the_value_of_its_text() {
        let texts =
            [Some("short"), Some("one that is longer than a view"), None, Some(""), Some("another one, long too")];
        let dictionary: ArrayRef = Arc::new(texts.iter().copied().collect::<StringViewArray>());
        let rows = UInt32Array::from_iter_values((0..1000_u32).map(|row| row * row % 5));
        let column = take(&dictionary, &rows, None).unwrap();
        let repeated = Repeated::of(&column).unwrap().unwrap();
        assert_eq!(repeated.different.len(), 3);
        assert_eq!(&repeated.spread(&repeated.different).unwrap(), &column);
    }

    #[test]
    fn equal_texts_in_different_places_are_one() {
        let texts: Vec<String> =
            (0..1000).map(|row| format!("a text of more than twelve bytes, {}", row % 7)).collect();
        let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(&texts));
        let repeated = Repeated::of(&column).unwrap().unwrap();
        assert_eq!(repeated.different.len(), 7);
        assert_eq!(&repeated.spread(&repeated.different).unwrap(), &column);
    }

    #[test]
    fn many_texts_are_left_as_they_are() {
        let texts: Vec<String> = (0..1000).map(|row| format!("text {row}")).collect();
        let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(&texts));
        assert!(Repeated::of(&column).unwrap().is_none());
        assert!(Repeated::of(&column.slice(0, 10)).unwrap().is_none());
        // More different ones than are remembered still give each row its own.
        let texts: Vec<String> = (0..40_000).map(|row| format!("text {}", row / 8)).collect();
        let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(&texts));
        let repeated = Repeated::of(&column).unwrap().unwrap();
        assert_eq!(&repeated.spread(&repeated.different).unwrap(), &column);
    }
}
