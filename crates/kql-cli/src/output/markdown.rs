//! `--format markdown`: a table for a report or a pull request.

use std::io::Write;

use anyhow::Result;
use kql_engine::QueryResult;

use super::printable::printable;

/// Writes the result as a GitHub-flavoured Markdown table.
pub fn write(out: &mut (dyn Write + Send), result: &QueryResult) -> Result<()> {
    if result.columns.is_empty() {
        return Ok(());
    }
    write_row(out, result.columns.iter().map(|(name, _)| escape(name)))?;
    let rule = |numeric: bool| if numeric { "--:" } else { "---" }.to_owned();
    write_row(out, result.columns.iter().map(|(_, scalar_type)| rule(scalar_type.is_number())))?;
    for row in result.rows() {
        write_row(out, row.iter().map(|value| escape(&value.to_text())))?;
    }
    Ok(())
}

fn write_row(out: &mut (dyn Write + Send), cells: impl Iterator<Item = String>) -> Result<()> {
    let cells: Vec<String> = cells.collect();
    Ok(writeln!(out, "| {} |", cells.join(" | "))?)
}

/// A bar would end the cell, a `<` would begin a tag.
fn escape(text: &str) -> String {
    printable(text).replace('|', "\\|").replace('<', "&lt;")
}
