//! NDJSON: one JSON object a line. A chunk of lines becomes columns without a tree or a map per row.

use datafusion::arrow::buffer::Buffer;

use crate::columns::TableColumn;
use crate::json::{Keys, RowScanner, skip_whitespace};
use crate::text_scan::{BatchBuilder, RecordDecoder, RecordError};

/// Decodes the lines of a chunk.
pub(crate) struct LineDecoder {
    scanner: RowScanner,
    input: Buffer,
    position: usize,
    end: usize,
}

/// The scanner for the objects of a table, which is kept from chunk to chunk.
pub(crate) fn row_scanner(columns: &[TableColumn]) -> RowScanner {
    RowScanner::new(Keys::new(columns.iter().map(|column| column.name.as_str())))
}

impl LineDecoder {
    /// Decodes the lines that begin in `input[start..end]`; the last one may go on behind `end`.
    pub(crate) fn new(scanner: RowScanner, input: Buffer, start: usize, end: usize) -> LineDecoder {
        LineDecoder { scanner, input, position: start, end }
    }
}

impl RecordDecoder for LineDecoder {
    fn decode(&mut self, batch: &mut BatchBuilder) -> Result<bool, RecordError> {
        let text = self.input.as_slice();
        while self.position < self.end {
            let start = self.position;
            let rest = text.get(start..).unwrap_or_default();
            let line_end = memchr::memchr(b'\n', rest).map_or(text.len(), |newline| start + newline);
            self.position = line_end + 1;
            let line = text.get(..line_end).unwrap_or_default();
            let at = skip_whitespace(line, start);
            if at == line_end {
                continue;
            }
            // An error is told by the place where its line begins.
            let in_line = |message: String| RecordError::skippable(start, message);
            let end = self.scanner.scan(line, at).map_err(|error| {
                in_line(format!("column {}: {}", error.at.min(line_end) - start + 1, error.message))
            })?;
            let after = skip_whitespace(line, end);
            if after != line_end {
                return Err(in_line(format!("column {}: text after the object", after - start + 1)));
            }
            let values = self.scanner.values();
            batch
                .append_row(|place, column| match values.get(place) {
                    Some(Some(value)) => column.append_json(*value),
                    _ => {
                        column.append_null();
                        Ok(())
                    }
                })
                .map_err(|error| in_line(error.message))?;
            return Ok(true);
        }
        Ok(false)
    }
}
