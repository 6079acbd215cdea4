//! The second pass: where the wanted values of each line are.

use super::marks::Marks;
use super::order::KeyOrder;
use crate::columns::TableColumn;
use crate::json::{JsonError, Keys, RowScanner, Span, Spans, Strings, skip_value_with, skip_whitespace};
use crate::text_scan::RecordError;

/// How much text is marked at once, in bytes: its marks and itself stay in the caches until they are used.
const WINDOW_BYTES: usize = 128 * 1024;

/// Finds the wanted values of line after line, chunk after chunk.
///
/// Each line is walked in full: its grammar is that of JSON throughout, and of equal keys the last one counts. What the
/// walk does not know, such as a key with an escape, and whatever is wrong with a line, is left to [`RowScanner`], which
/// reads any JSON and says what is wrong with the rest.
#[derive(Debug)]
pub(crate) struct LineScanner {
    order: KeyOrder,
    marks: Marks,
    careful: RowScanner,
    columns: usize,
    /// The mark that comes next.
    next: usize,
    /// Up to where the chunk has been marked.
    marked: usize,
}

/// The lines of a chunk that are still to be scanned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineRange {
    /// Where the next line begins.
    pub position: usize,
    /// Lines that begin before this place are meant; the last one may go on behind it.
    pub end: usize,
}

impl LineScanner {
    pub(crate) fn new(columns: &[TableColumn]) -> LineScanner {
        LineScanner {
            order: KeyOrder::new(columns),
            marks: Marks::default(),
            careful: RowScanner::new(Keys::new(columns.iter().map(|column| column.name.as_str()))),
            columns: columns.len(),
            next: 0,
            marked: 0,
        }
    }

    /// A new chunk begins; the scanner's keys stay.
    pub(crate) fn begin_chunk(&mut self) {
        (self.next, self.marked) = (0, 0);
    }

    /// Scans lines until the batch is full or the range is at its end. A line that cannot be read is an error, and the
    /// next call goes on behind it.
    pub(crate) fn scan(&mut self, text: &[u8], range: &mut LineRange, batch: &mut Spans) -> Result<(), RecordError> {
        while range.position < range.end && !batch.is_full() {
            if range.position >= self.marked {
                self.mark(text, range.position)?;
            }
            let start = range.position;
            batch.begin_row();
            if let Some(newline) = self.walk(text, start, batch) {
                range.position = newline + 1;
                batch.end_row(start);
                continue;
            }
            let rest = text.get(start..).unwrap_or_default();
            let line_end = memchr::memchr(b'\n', rest).map_or(text.len(), |offset| start + offset);
            range.position = line_end + 1;
            // The marks of this line, and the newline's.
            let marks = self.marks.places().get(self.next..).unwrap_or_default();
            self.next += marks.partition_point(|mark| (*mark as usize) < range.position);
            batch.begin_row();
            if self.careful_walk(text.get(..line_end).unwrap_or_default(), start, batch)? {
                batch.end_row(start);
            }
        }
        Ok(())
    }

    /// Marks the lines from `start` on, as many as make up a window.
    fn mark(&mut self, text: &[u8], start: usize) -> Result<(), RecordError> {
        let mut wanted = WINDOW_BYTES;
        let end = loop {
            let window = text.get(start..start.saturating_add(wanted)).unwrap_or_default();
            if window.is_empty() {
                break text.len();
            }
            match memchr::memrchr(b'\n', window) {
                Some(newline) => break start + newline + 1,
                None => wanted = wanted.saturating_mul(2),
            }
        };
        // Up to `end`, every place fits the marks.
        let (Ok(base), Ok(_)) = (u32::try_from(start), u32::try_from(end)) else {
            return Err(RecordError::fatal(start, "the line is longer than 4 GB"));
        };
        self.marks.find(text.get(start..end).unwrap_or_default(), base);
        (self.next, self.marked) = (0, end);
        Ok(())
    }

    /// Walks the line from `start` and returns where its newline stands; `None` for a line that needs more care.
    #[inline]
    fn walk(&mut self, text: &[u8], start: usize, batch: &mut Spans) -> Option<usize> {
        let mut strings = MarkedStrings { marks: self.marks.places(), next: self.next };
        if *text.get(start)? != b'{' {
            return None;
        }
        let mut expected = 0;
        let mut at = skip_blanks(text, start + 1);
        loop {
            let close = strings.open(at)?;
            let (column, length) = self.order.key(text, at, close, &mut expected)?;
            strings.next += 2;
            let value = skip_blanks(text, at + length);
            let end = skip_value_with(text, value, &mut strings).ok()?.end;
            if let Some(column) = column {
                batch.set(column, Span::new(value, end)?);
            }
            let separator = skip_blanks(text, end);
            match *text.get(separator)? {
                b',' => at = skip_blanks(text, separator + 1),
                b'}' => {
                    let newline = skip_blanks(text, separator + 1);
                    if *text.get(newline)? != b'\n' || strings.mark() != Some(newline) {
                        return None;
                    }
                    self.next = strings.next + 1;
                    return Some(newline);
                }
                _ => return None,
            }
        }
    }

    /// Scans the line from `start` to the end of the text with all care; `false` for a blank one.
    #[cold]
    fn careful_walk(&mut self, line: &[u8], start: usize, batch: &mut Spans) -> Result<bool, RecordError> {
        let at = skip_whitespace(line, start);
        if at == line.len() {
            return Ok(false);
        }
        // An error is told by the place where its line begins.
        let in_line = |message: String| RecordError::skippable(start, message);
        let end = self
            .careful
            .scan(line, at)
            .map_err(|error| in_line(format!("column {}: {}", error.at.min(line.len()) - start + 1, error.message)))?;
        let after = skip_whitespace(line, end);
        if after != line.len() {
            return Err(in_line(format!("column {}: text after the object", after - start + 1)));
        }
        for (column, value) in self.careful.values().iter().enumerate().take(self.columns) {
            if let Some(value) = value {
                let span = Span::new(value.start, value.end);
                batch.set(column, span.ok_or_else(|| in_line("the line is longer than 4 GB".to_owned()))?);
            }
        }
        Ok(true)
    }
}

/// The first offset from `at` on that is no whitespace within a line.
#[inline]
fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r') = text.get(at) {
        at += 1;
    }
    at
}

/// Finds the ends of strings among the marks. A newline within a string ends the walk, for it ends the line.
struct MarkedStrings<'m> {
    marks: &'m [u32],
    next: usize,
}

impl MarkedStrings<'_> {
    /// The next mark.
    #[inline]
    fn mark(&self) -> Option<usize> {
        self.marks.get(self.next).map(|mark| *mark as usize)
    }

    /// The mark behind the one at `at`; `None` where the next one is elsewhere.
    #[inline]
    fn open(&self, at: usize) -> Option<Option<u32>> {
        (self.mark() == Some(at)).then(|| self.marks.get(self.next + 1).copied())
    }
}

impl Strings for MarkedStrings<'_> {
    /// Escapes are not looked for: they do not matter to where a string ends.
    #[inline]
    fn skip(&mut self, text: &[u8], at: usize) -> Result<(bool, usize), JsonError> {
        match self.open(at) {
            Some(Some(close)) if text.get(close as usize) == Some(&b'"') => {
                self.next += 2;
                Ok((false, close as usize + 1))
            }
            _ => Err(JsonError::new(at, "a string is not closed")),
        }
    }
}
