//! JSON documents: an array of objects, an object that holds one (as the APIs answer), or objects after each other.

mod frames;

use datafusion::arrow::buffer::Buffer;
use kql_types::ScalarType;

use crate::json::{JsonError, Keys, Kind, RawValue, RowScanner, skip_value, skip_whitespace, string_content};
use crate::text_scan::{BatchBuilder, RecordDecoder, RecordError};

/// Where the rows of a document are.
#[derive(Clone, Debug)]
pub(crate) struct RowsAt {
    /// The first element (or the object itself), or the closing bracket.
    start: usize,
    /// Whether an array is to be walked, or there is this one object alone.
    is_array: bool,
    /// The columns of rows that are arrays themselves: name, and type where it is told.
    pub columns: Option<Columns>,
}

/// The keys under which APIs answer with an array of objects.
const ROW_KEYS: [&str; 5] = ["value", "results", "Results", "records", "Records"];

/// The runs of rows in a text of one or more JSON documents.
pub(crate) fn find_rows(text: &[u8], start: usize) -> Result<Vec<RowsAt>, JsonError> {
    let mut found = Vec::new();
    let mut at = skip_whitespace(text, start);
    while at < text.len() {
        let value = skip_value(text, at)?;
        match value.kind {
            Kind::Array => match frames::rows_in(text, value)? {
                Some(rows) => found.extend(rows),
                None => found.push(array_at(text, value)),
            },
            Kind::Object => match rows_in(text, value)? {
                Some(rows) => found.extend(rows),
                None => found.push(RowsAt { start: value.start, is_array: false, columns: None }),
            },
            _ => return Err(JsonError::new(at, "expected an array of objects")),
        }
        at = skip_whitespace(text, value.end);
    }
    Ok(found)
}

fn array_at(text: &[u8], array: RawValue) -> RowsAt {
    RowsAt { start: skip_whitespace(text, array.start + 1), is_array: true, columns: None }
}

/// The rows that an answer of an API holds; `None` for an object that is a row itself.
fn rows_in(text: &[u8], object: RawValue) -> Result<Option<Vec<RowsAt>>, JsonError> {
    let mut scanner = RowScanner::new(Keys::new(ROW_KEYS.into_iter().chain(["tables", "Tables"])));
    scanner.scan(text, object.start)?;
    let array = |place: usize| scanner.values().get(place).copied().flatten().filter(|value| value.kind == Kind::Array);
    for place in ROW_KEYS.len()..ROW_KEYS.len() + 2 {
        if let Some(tables) = array(place) {
            // The first table is the answer; those behind it tell about the query.
            let first = skip_whitespace(text, tables.start + 1);
            return Ok(match text.get(first) {
                Some(b'{') => table_at(text, first)?.map(|table| vec![table]),
                _ => None,
            });
        }
    }
    for place in 0..ROW_KEYS.len() {
        if let Some(rows) = array(place) {
            let first = skip_whitespace(text, rows.start + 1);
            if matches!(text.get(first), Some(b'{' | b']')) {
                return Ok(Some(vec![array_at(text, rows)]));
            }
        }
    }
    Ok(None)
}

/// The columns of rows that are arrays: name, and type where it is told.
type Columns = Vec<(String, Option<ScalarType>)>;

/// A table of a Log Analytics or Kusto answer: its columns by name, its rows as arrays.
fn table_at(text: &[u8], start: usize) -> Result<Option<RowsAt>, JsonError> {
    let mut scanner = RowScanner::new(Keys::new(["columns", "Columns", "rows", "Rows"]));
    scanner.scan(text, start)?;
    let either = |first: usize| {
        let value = |place: usize| scanner.values().get(place).copied().flatten();
        value(first).or_else(|| value(first + 1)).filter(|value| value.kind == Kind::Array)
    };
    let (Some(columns), Some(rows)) = (either(0), either(2)) else { return Ok(None) };
    Ok(Some(RowsAt { columns: Some(columns_at(text, columns)?), ..array_at(text, rows) }))
}

/// The columns that an array of objects tells of.
fn columns_at(text: &[u8], columns: RawValue) -> Result<Columns, JsonError> {
    let mut names = Vec::new();
    let mut column = RowScanner::new(Keys::new(["name", "ColumnName", "type", "ColumnType", "DataType"]));
    let mut at = skip_whitespace(text, columns.start + 1);
    while let Some(element) = element(text, &mut at)? {
        column.scan(text, element.start)?;
        let content = |places: &[usize]| -> Result<Option<String>, JsonError> {
            let value = |place: &usize| column.values().get(*place).copied().flatten();
            match places.iter().find_map(value) {
                Some(value) if matches!(value.kind, Kind::String | Kind::EscapedString) => {
                    Ok(string_content(text, value)?.map(|content| content.into_owned()))
                }
                _ => Ok(None),
            }
        };
        let name = content(&[0, 1])?.ok_or(JsonError::new(element.start, "a column without a name"))?;
        names.push((name, content(&[2, 3, 4])?.and_then(|name| type_of(&name))));
    }
    Ok(names)
}

/// The type by its name in KQL, or by that in .NET, with which some answers do.
fn type_of(name: &str) -> Option<ScalarType> {
    let is_data_type = |scalar_type: &ScalarType| {
        let data_type = scalar_type.data_type_name();
        data_type == name || data_type.rsplit('.').next() == Some(name)
    };
    ScalarType::from_name(name).or_else(|| ScalarType::ALL.into_iter().find(is_data_type))
}

/// The array element that begins at `at`, which moves to the next one; `None` at the closing bracket.
fn element(text: &[u8], at: &mut usize) -> Result<Option<RawValue>, JsonError> {
    if text.get(*at) == Some(&b']') {
        return Ok(None);
    }
    let value = skip_value(text, *at)?;
    *at = skip_whitespace(text, value.end);
    if text.get(*at) == Some(&b',') {
        *at = skip_whitespace(text, *at + 1);
    }
    Ok(Some(value))
}

/// Walks the rows of a document.
pub(crate) struct Rows {
    runs: std::vec::IntoIter<RowsAt>,
    current: Option<RowsAt>,
}

impl Rows {
    pub(crate) fn new(runs: Vec<RowsAt>) -> Rows {
        Rows { runs: runs.into_iter(), current: None }
    }

    /// The next row, and whether a new run begins with it.
    pub(crate) fn next(&mut self, text: &[u8]) -> Result<Option<(RawValue, bool)>, JsonError> {
        let mut is_new = false;
        loop {
            let run = match &mut self.current {
                Some(run) => run,
                None => {
                    is_new = true;
                    match self.runs.next() {
                        Some(run) => self.current.insert(run),
                        None => return Ok(None),
                    }
                }
            };
            if run.is_array {
                match element(text, &mut run.start)? {
                    Some(value) => return Ok(Some((value, is_new))),
                    None => self.current = None,
                }
            } else {
                let value = skip_value(text, run.start)?;
                self.current = None;
                return Ok(Some((value, is_new)));
            }
        }
    }

    /// The columns of the current run's rows, where they are arrays.
    pub(crate) fn columns(&self) -> Option<&[(String, Option<ScalarType>)]> {
        self.current.as_ref()?.columns.as_deref()
    }
}

/// Decodes the rows of a document.
pub(crate) struct DocumentDecoder {
    scanner: RowScanner,
    names: Vec<String>,
    rows: Rows,
    input: Buffer,
    /// For rows that are arrays: for each element the place of its column.
    places: Vec<Option<usize>>,
    values: Vec<Option<RawValue>>,
}

impl DocumentDecoder {
    pub(crate) fn new(
        scanner: RowScanner,
        names: Vec<String>,
        input: Buffer,
        start: usize,
    ) -> Result<DocumentDecoder, JsonError> {
        let rows = Rows::new(find_rows(&input, start)?);
        Ok(DocumentDecoder { scanner, values: vec![None; names.len()], names, rows, input, places: Vec::new() })
    }
}

impl RecordDecoder for DocumentDecoder {
    fn decode(&mut self, batch: &mut BatchBuilder) -> Result<bool, RecordError> {
        let text = self.input.as_slice();
        let next = self.rows.next(text).map_err(|error| RecordError::fatal(error.at, error.message))?;
        let Some((row, is_new)) = next else { return Ok(false) };
        let in_row = |message: &str| RecordError::skippable(row.start, message);
        let values = match (row.kind, self.rows.columns()) {
            (Kind::Object, None) => {
                self.scanner.scan(text, row.start)?;
                self.scanner.values()
            }
            (Kind::Array, Some(columns)) => {
                if is_new {
                    let place = |name: &String| self.names.iter().position(|other| other == name);
                    self.places = columns.iter().map(|(name, _)| place(name)).collect();
                }
                self.values.fill(None);
                let mut at = skip_whitespace(text, row.start + 1);
                let mut width = 0;
                while let Some(value) = element(text, &mut at)? {
                    if let Some(found) =
                        self.places.get(width).copied().flatten().and_then(|place| self.values.get_mut(place))
                    {
                        *found = Some(value);
                    }
                    width += 1;
                }
                if width != columns.len() {
                    return Err(in_row(&format!("{width} values in a row of {} columns", columns.len())));
                }
                &self.values
            }
            (_, Some(_)) => {
                return Err(in_row("expected the array of a row's values; an answer may end with an error"));
            }
            _ => return Err(in_row("expected a JSON object")),
        };
        batch
            .append_row(|place, column| match values.get(place) {
                Some(Some(value)) => column.append_json(*value),
                _ => {
                    column.append_null();
                    Ok(())
                }
            })
            .map_err(|error| in_row(&error.message))?;
        Ok(true)
    }
}
