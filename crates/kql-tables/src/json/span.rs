//! The values of many rows by their places: what a scan finds before any column is built.

use super::{Kind, RawValue};

/// A value by its place in a chunk of less than 4 GB; empty where the row has no such value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The place of a value; `None` beyond 4 GB.
    pub(crate) fn new(start: usize, end: usize) -> Option<Span> {
        Some(Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }

    /// The value, whose kind its text tells; `None` where there is none.
    #[inline]
    pub(crate) fn value(self, text: &[u8]) -> Option<RawValue> {
        let (start, end) = (self.start as usize, self.end as usize);
        let kind = match text.get(start..end)? {
            [] => return None,
            [b'"', content @ ..] if memchr::memchr(b'\\', content).is_some() => Kind::EscapedString,
            [b'"', ..] => Kind::String,
            [b'{', ..] => Kind::Object,
            [b'[', ..] => Kind::Array,
            [b't', ..] => Kind::True,
            [b'f', ..] => Kind::False,
            [b'n', ..] => Kind::Null,
            _ => Kind::Number,
        };
        Some(RawValue { kind, start, end })
    }
}

/// The values of a batch of rows, column by column.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    spans: Vec<Span>,
    columns: usize,
    capacity: usize,
    /// From the place of a value to that of the next column's.
    stride: usize,
    rows: usize,
    /// Where each row begins.
    starts: Vec<u32>,
}

/// So many spans fill a line of a processor's cache.
const CACHE_LINE: usize = 64 / size_of::<Span>();

impl Spans {
    /// Forgets all and makes room for so many rows.
    pub(crate) fn reset(&mut self, columns: usize, capacity: usize) {
        if (self.columns, self.capacity) != (columns, capacity) {
            // The values of a row are set one after another. Columns that lie a power of two apart would all want the
            // same few places of the cache; an odd number of its lines spreads them.
            self.stride = (capacity.div_ceil(CACHE_LINE) | 1).saturating_mul(CACHE_LINE);
            self.spans = vec![Span::default(); columns.saturating_mul(self.stride)];
            (self.columns, self.capacity) = (columns, capacity);
        }
        self.rows = 0;
        self.starts.clear();
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there is room for another row.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= self.capacity
    }

    /// Begins a row that has no values yet, in the place of one that has not been taken.
    #[inline]
    pub(crate) fn begin_row(&mut self) {
        for span in self.spans.iter_mut().skip(self.rows).step_by(self.stride.max(1)) {
            *span = Span::default();
        }
    }

    /// Sets the value of a column in the row that has been begun.
    #[inline]
    pub(crate) fn set(&mut self, column: usize, span: Span) {
        if let Some(place) = self.spans.get_mut(column * self.stride + self.rows) {
            *place = span;
        }
    }

    /// Takes the row that has been begun, whose text begins at `start`.
    #[inline]
    pub(crate) fn end_row(&mut self, start: usize) {
        self.rows += 1;
        // Beyond 4 GB no value has a place, and the row has been refused.
        self.starts.push(u32::try_from(start).unwrap_or(u32::MAX));
    }

    /// Where each row begins.
    pub(crate) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// The values of a column.
    pub(crate) fn column(&self, column: usize) -> &[Span] {
        let start = column * self.stride;
        self.spans.get(start..start + self.rows).unwrap_or_default()
    }
}
