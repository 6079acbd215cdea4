//! The kernels of `parse`, `parse-where` and `parse-kv`: typed columns out of a column of text.
//!
//! An [`Extraction`] is plain data, fit to travel; [`Extraction::prepare`] makes the [`Extractor`] that works
//! through the batches of a query. Texts are cut out first, then each column is converted as a whole.

mod key_values;
mod pattern;
mod plain;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray};
use arrow::compute::nullif;
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

pub use key_values::{Delimiters, KeyValues, Quote};
pub use pattern::{ParseKind, Part, Pattern};

use crate::function::Kernel;
use crate::output::Parts;
use crate::{Argument, Arguments, KernelError, function, registry};

/// What to take out of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Extraction {
    /// `parse` and `parse-where`.
    Pattern(Pattern),
    /// `parse-kv`.
    KeyValues(KeyValues),
}

impl Extraction {
    /// Makes ready to extract columns of these types, one for each column of the pattern or each key.
    pub fn prepare(&self, types: Vec<ScalarType>) -> Result<Extractor, KernelError> {
        let (matcher, strict): (Box<dyn Matcher>, bool) = match self {
            Extraction::Pattern(pattern) => (Box::new(pattern.matcher()?), pattern.kind != ParseKind::Relaxed),
            Extraction::KeyValues(format) => (format.matcher()?, false),
        };
        Ok(Extractor { matcher, strict, types })
    }
}

/// Finds the texts of one row.
trait Matcher: Send {
    /// Fills `cells`, which are all `None`; whether the text is of the expected form.
    fn find<'t>(&mut self, text: &'t str, cells: &mut [Option<Cow<'t, str>>]) -> bool;
}

/// Extracts columns batch by batch.
pub struct Extractor {
    matcher: Box<dyn Matcher>,
    /// Whether one value that is not of its type spoils its row.
    strict: bool,
    types: Vec<ScalarType>,
}

impl Extractor {
    /// The columns, and which rows had the expected form. What is not found is null, or the empty string.
    pub fn extract(&mut self, texts: &StringViewArray) -> Result<(Vec<ArrayRef>, BooleanArray), KernelError> {
        let mut builders: Vec<Parts<'_>> = self.types.iter().map(|_| Parts::of(texts, texts.len())).collect();
        let mut cells: Vec<Option<Cow<'_, str>>> = vec![None; self.types.len()];
        let mut matched = Vec::with_capacity(texts.len());
        for row in 0..texts.len() {
            cells.iter_mut().for_each(|cell| *cell = None);
            let text = if texts.is_null(row) { "" } else { texts.value(row) };
            let found = self.matcher.find(text, &mut cells);
            matched.push(found);
            for (builder, cell) in builders.iter_mut().zip(&cells) {
                match cell.as_deref().filter(|_| found) {
                    Some(text) => builder.append(row, text)?,
                    None => builder.append_null(),
                }
            }
        }
        let mut columns = Vec::with_capacity(self.types.len());
        let mut failed: Vec<bool> = matched.iter().map(|matched| !matched).collect();
        for (builder, scalar_type) in builders.into_iter().zip(&self.types) {
            let column = converted(builder.finish(), *scalar_type)?;
            if self.strict && *scalar_type != ScalarType::String {
                for (row, failed) in failed.iter_mut().enumerate() {
                    *failed |= column.is_null(row);
                }
            }
            columns.push(column);
        }
        let failed = BooleanArray::from(failed);
        for (column, scalar_type) in columns.iter_mut().zip(&self.types) {
            if failed.true_count() > 0 && self.strict {
                *column = nullif(column.as_ref(), &failed)?;
            }
            if *scalar_type == ScalarType::String {
                *column = without_nulls(column);
            }
        }
        let matched = arrow::compute::not(&failed)?;
        Ok((columns, matched))
    }
}

/// A column of texts in its type; nulls stay.
fn converted(column: ArrayRef, to: ScalarType) -> Result<ArrayRef, KernelError> {
    let rows = column.len();
    let overload = match to {
        ScalarType::String => return Ok(column),
        ScalarType::Dynamic => function("parse_json").and_then(|(function, _)| function.overloads.first()),
        _ => registry::conversion(ScalarType::String, to).map(|found| found.overload),
    };
    match overload.map(|overload| overload.kernel) {
        Some(Kernel::Vectorized(kernel)) => kernel(&Arguments::new(&[Argument::Array(column)], rows)),
        _ => Err(KernelError(format!("a text cannot be converted to {to}"))),
    }
}

/// A string column is never null.
fn without_nulls(column: &ArrayRef) -> ArrayRef {
    match column.as_string_view_opt() {
        Some(texts) if texts.null_count() > 0 => {
            Arc::new(StringViewArray::from_iter_values(texts.iter().map(Option::unwrap_or_default)))
        }
        _ => column.clone(),
    }
}
