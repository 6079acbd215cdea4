//! Functions that give several columns at once.
//!
//! Each has a companion named `$` and its own name, with the same parameters, that gives all columns of a row as one dynamic
//! array in the order of [`crate::result_columns`]; binding computes it once and takes the columns out by index. The function
//! itself gives the first column, which is what it stands for within an expression.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use kql_types::dynamic::Dynamic;

use crate::{Documentation, Function, KernelError, ResultName};

/// A companion without its overloads.
pub(super) const fn several(name: &'static str, page: &'static str) -> Function {
    Function {
        name,
        aliases: &[],
        documentation: Documentation {
            summary: "All columns of the function of the same name, in one array.",
            returns: "An array with one element a column; null when there is no answer.",
            notes: "No query can name it.",
            page,
        },
        overloads: &[],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[],
    }
}

/// The first column of rows that hold all columns, as a `real`.
pub(super) fn first_real(all: &ArrayRef) -> Result<ArrayRef, KernelError> {
    let rows = first(all)?;
    Ok(Arc::new(rows.into_iter().map(|value| value?.to_real()).collect::<Float64Array>()))
}

fn first(all: &ArrayRef) -> Result<Vec<Option<Dynamic<'_>>>, KernelError> {
    let texts = all.as_string_view_opt().ok_or_else(|| KernelError("the columns are no dynamic".to_owned()))?;
    Ok((0..texts.len())
        .map(|row| if texts.is_null(row) { None } else { Dynamic::new(texts.value(row)).element(0) })
        .collect())
}
