//! Folders named `key=value` (Hive partitions): each key is a column, and files whose folders a filter excludes are not opened.

use std::path::{Component, Path};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringViewArray};
use datafusion::arrow::datatypes::Schema as ArrowSchema;
use datafusion::arrow::error::ArrowError;
use datafusion::catalog::Session;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::scalar::ScalarValue;
use indexmap::IndexMap;
use kql_types::{ScalarType, Schema, text};

use crate::columnar::convert;
use crate::columns::{TableColumn, looks_like_datetime};
use crate::text_scan::Source;

/// A key and its value, as a folder's name tells them.
pub(crate) type FolderValue = (String, String);

/// What Hive calls the folder of rows that have no value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// What the folders of a file's path tell, outermost first; of one key the innermost counts.
pub(crate) fn values_of(path: &Path) -> Vec<FolderValue> {
    let mut values: IndexMap<String, String> = IndexMap::new();
    for component in path.parent().into_iter().flat_map(Path::components) {
        let Component::Normal(name) = component else { continue };
        let name = name.to_string_lossy();
        if let Some((key, value)) = name.split_once('=').filter(|(key, _)| !key.is_empty()) {
            values.insert(decoded(key), if value == NO_VALUE { String::new() } else { decoded(value) });
        }
    }
    values.into_iter().collect()
}

/// Names of folders escape what file systems do not take, as URLs do.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

/// The columns that the folders of a table's files make: of the type that is known, else of one that holds all values.
pub(crate) fn columns_of(sources: &[Source], known: Option<&Schema>) -> Vec<TableColumn> {
    let mut seen: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for (key, value) in sources.iter().flat_map(Source::folder_values) {
        seen.entry(key).or_default().push(value);
    }
    let column = |(name, values): (&str, Vec<&str>)| {
        let known = known.and_then(|known| known.get(name));
        let scalar_type = known.unwrap_or_else(|| inferred(&values));
        TableColumn { name: name.to_owned(), scalar_type, is_inferred: false }
    };
    seen.into_iter().map(column).collect()
}

fn inferred(values: &[&str]) -> ScalarType {
    let told: Vec<&str> = values.iter().copied().filter(|value| !value.is_empty()).collect();
    let all = |fits: &dyn Fn(&str) -> bool| !told.is_empty() && told.iter().all(|value| fits(value));
    if all(&|value| value.parse::<i64>().is_ok()) {
        ScalarType::Long
    } else if all(&|value| looks_like_datetime(value) && text::parse_datetime(value).is_some()) {
        ScalarType::DateTime
    } else {
        ScalarType::String
    }
}

/// The value of a column in a file of these folders, `rows` times.
pub(crate) fn array_of(values: &[FolderValue], column: &TableColumn, rows: usize) -> Result<ArrayRef> {
    let value = array(std::iter::once(value_of(values, &column.name)), column.scalar_type)?;
    ScalarValue::try_from_array(&value, 0)?.to_array_of_size(rows)
}

/// The value of a key, as text.
pub(crate) fn value_of<'v>(values: &'v [FolderValue], key: &str) -> Option<&'v str> {
    values.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str())
}

fn array<'v>(
    values: impl Iterator<Item = Option<&'v str>>,
    scalar_type: ScalarType,
) -> std::result::Result<ArrayRef, ArrowError> {
    let texts: ArrayRef = Arc::new(values.collect::<StringViewArray>());
    convert(&texts, scalar_type)
}

/// Which filters the folders alone decide. They stay above the scan as well: the files that remain are few.
pub(crate) fn pushdown(columns: &[TableColumn], filters: &[&Expr]) -> Vec<TableProviderFilterPushDown> {
    let decides = |filter: &Expr| {
        let used = filter.column_refs();
        !used.is_empty()
            && !filter.is_volatile()
            && used.iter().all(|used| columns.iter().any(|column| column.name == used.name))
    };
    let answer = |filter: &&Expr| {
        if decides(filter) { TableProviderFilterPushDown::Inexact } else { TableProviderFilterPushDown::Unsupported }
    };
    filters.iter().map(answer).collect()
}

/// The files that may have rows under these filters, as far as their folders tell.
pub(crate) fn prune(
    sources: &[Source],
    columns: &[TableColumn],
    filters: &[Expr],
    state: &dyn Session,
) -> Result<Vec<Source>> {
    let all: Vec<&Expr> = filters.iter().collect();
    let decided = pushdown(columns, &all).into_iter().zip(filters);
    let decided = decided.filter(|(answer, _)| *answer == TableProviderFilterPushDown::Inexact);
    let decided: Vec<&Expr> = decided.map(|(_, filter)| filter).collect();
    if decided.is_empty() {
        return Ok(sources.to_vec());
    }
    let schema = Arc::new(ArrowSchema::new(columns.iter().map(TableColumn::field).collect::<Vec<_>>()));
    let arrays = columns.iter().map(|column| {
        array(sources.iter().map(|source| value_of(source.folder_values(), &column.name)), column.scalar_type)
    });
    let options = RecordBatchOptions::new().with_row_count(Some(sources.len()));
    let batch = RecordBatch::try_new_with_options(schema.clone(), arrays.collect::<Result<_, _>>()?, &options)?;
    let names = DFSchema::try_from(schema)?;
    let mut keep = vec![true; sources.len()];
    for filter in decided {
        let outcome = state.create_physical_expr(filter.clone(), &names)?.evaluate(&batch)?;
        let outcome = outcome.into_array(sources.len())?;
        let Some(outcome): Option<&BooleanArray> = outcome.as_boolean_opt() else { continue };
        for (keep, outcome) in keep.iter_mut().zip(outcome) {
            *keep &= outcome == Some(true);
        }
    }
    Ok(sources.iter().zip(keep).filter(|(_, keep)| *keep).map(|(source, _)| source.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders() {
        let values = |path: &str| {
            let values = values_of(Path::new(path)).into_iter().map(|(key, value)| format!("{key}:{value}"));
            values.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(values("year=2026/month=11/a=b.parquet"), "year:2026 month:11");
        assert_eq!(values("a%3Db=x%2Fy%zz/k=__HIVE_DEFAULT_PARTITION__/plain/=5/f.csv"), "a=b:x/y%zz k:");
        assert_eq!(values("k=1/k=2/f"), "k:2");
    }

    #[test]
    fn types() {
        assert_eq!(inferred(&["01", "12", ""]), ScalarType::Long);
        assert_eq!(inferred(&["2026-11-02", "2026-11-03"]), ScalarType::DateTime);
        assert_eq!(inferred(&["2026-11-02", "today"]), ScalarType::String);
        assert_eq!(inferred(&[""]), ScalarType::String);
    }
}
