//! The answer of Kusto's v2 endpoint: an array of frames (Kusto page: *Query V2 HTTP response*). A table is one frame, or,
//! where the answer is progressive, a header and fragments of rows.

use super::{Columns, RowsAt, array_at, columns_at, element};
use crate::json::{JsonError, Keys, Kind, RawValue, RowScanner, skip_whitespace, string_content};

/// The members of frames that matter.
const KEYS: [&str; 6] = ["FrameType", "TableKind", "TableId", "Columns", "Rows", "TableFragmentType"];

/// The rows of the query's first result; `None` where the array is not one of frames.
pub(super) fn rows_in(text: &[u8], array: RawValue) -> Result<Option<Vec<RowsAt>>, JsonError> {
    let mut at = skip_whitespace(text, array.start + 1);
    if text.get(at) != Some(&b'{') {
        return Ok(None);
    }
    let mut scanner = RowScanner::new(Keys::new(KEYS));
    // The result in fragments: its id, its columns, and its rows so far.
    let mut header: Option<(Vec<u8>, Columns)> = None;
    let mut fragments = Vec::new();
    let mut is_first = true;
    while let Some(frame) = element(text, &mut at)? {
        if frame.kind != Kind::Object {
            return if is_first { Ok(None) } else { Err(JsonError::new(frame.start, "expected a frame of an answer")) };
        }
        scanner.scan(text, frame.start)?;
        let value = |place: usize| scanner.values().get(place).copied().flatten();
        let word = |place: usize| match value(place) {
            Some(value) if matches!(value.kind, Kind::String | Kind::EscapedString) => string_content(text, value),
            _ => Ok(None),
        };
        let array = |place: usize| value(place).filter(|value| value.kind == Kind::Array);
        let id = || value(2).and_then(|id| text.get(id.range())).unwrap_or_default();
        let Some(frame_type) = word(0)? else {
            if is_first {
                return Ok(None);
            }
            continue;
        };
        is_first = false;
        let is_primary = word(1)?.as_deref() == Some("PrimaryResult");
        match (frame_type.as_ref(), array(3), array(4)) {
            ("DataTable", Some(columns), Some(rows)) if is_primary && header.is_none() => {
                return Ok(Some(vec![RowsAt { columns: Some(columns_at(text, columns)?), ..array_at(text, rows) }]));
            }
            ("TableHeader", Some(columns), _) if is_primary && header.is_none() => {
                header = Some((id().to_vec(), columns_at(text, columns)?));
            }
            ("TableFragment", _, Some(rows)) => {
                if let Some((_, columns)) = header.as_ref().filter(|(header, _)| header == id()) {
                    if word(5)?.as_deref() == Some("DataReplace") {
                        fragments.clear();
                    }
                    fragments.push(RowsAt { columns: Some(columns.clone()), ..array_at(text, rows) });
                }
            }
            _ => {}
        }
    }
    Ok((!is_first).then_some(fragments))
}
