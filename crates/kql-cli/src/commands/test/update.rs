//! `kql test --update`: what came out becomes what must come out.

use std::path::Path;

use anyhow::{Context, Result};
use kql_rules::rule_test::{ActualRows, rows_text};

use super::{Outcome, TestedRule, Verdict};
use crate::text_file;

/// Writes the rows of cases that failed into their files, in place of `rows`. All other bytes stay.
///
/// # Errors
/// When a file cannot be written.
pub fn write(
    tested: &[TestedRule],
    outcomes: &[Vec<Outcome>],
    actual: Vec<(usize, usize, Option<ActualRows>)>,
) -> Result<()> {
    for (position, (tested, outcomes)) in tested.iter().zip(outcomes).enumerate() {
        let mut edits = Vec::new();
        for (file, case, rows) in &actual {
            let failed = outcomes.get(*case).is_some_and(|outcome| matches!(outcome.verdict, Verdict::Failed(_)));
            if *file != position || !failed {
                continue;
            }
            let Some(expect) = tested.test.cases.get(*case).map(|case| &case.expect) else { continue };
            let (Some(span), Some(rows), Some(expected)) = (expect.rows_span, rows, &expect.rows) else {
                eprintln!("note: {}: a case without `rows` is left as it is", tested.path);
                continue;
            };
            let columns: Vec<String> = expected.iter().flat_map(|row| row.keys().cloned()).collect();
            let columns = if columns.is_empty() { None } else { Some(columns.as_slice()) };
            let line_start = tested.text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
            let column = span.start - line_start;
            let begins_line = tested.text.get(line_start..span.start).is_some_and(|before| before.trim().is_empty());
            let text = match begins_line {
                true => rows_text(rows, columns, column),
                // `rows: []` becomes a list below its key.
                false => {
                    let line = tested.text.get(line_start..span.start).unwrap_or("");
                    let indent = line.len() - line.trim_start_matches([' ', '-']).len() + 2;
                    format!("\n{:indent$}{}", "", rows_text(rows, columns, indent))
                }
            };
            edits.push((span, text));
        }
        if edits.is_empty() {
            continue;
        }
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut text = tested.text.clone();
        for (span, rows) in edits {
            text.replace_range(span.range(), &rows);
        }
        text_file::replace(Path::new(&tested.path), &text).with_context(|| format!("cannot write {}", tested.path))?;
    }
    Ok(())
}
