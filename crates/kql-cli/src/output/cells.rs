//! A result's cells as values, row by row.

use kql_engine::QueryResult;
use kql_types::Value;

/// The rows of a result. A cell that is not of its column's type reads as null.
pub fn rows(result: &QueryResult) -> impl Iterator<Item = impl Iterator<Item = Value> + '_> + '_ {
    result.batches.iter().flat_map(move |batch| {
        (0..batch.num_rows()).map(move |row| {
            batch.columns().iter().zip(&result.columns).map(move |(array, (_, scalar_type))| {
                Value::from_array(array.as_ref(), row, *scalar_type).unwrap_or(Value::null(*scalar_type))
            })
        })
    })
}

/// Text that a terminal shows as it is: control characters, escape sequences among them, are made visible.
pub fn printable(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|character| -> Box<dyn Iterator<Item = char>> {
            if character.is_control() {
                Box::new(character.escape_default())
            } else {
                Box::new(Some(character).into_iter())
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
        assert_eq!(printable("plain é"), "plain é");
    }
}
