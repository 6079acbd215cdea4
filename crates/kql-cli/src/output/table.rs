//! `--format table`: aligned columns for people.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use kql_engine::QueryResult;
use kql_types::ScalarType;

use super::printable::printable;

/// Writes the result as a table; on a terminal it is fitted to its width.
pub fn write(out: &mut (dyn Write + Send), result: &QueryResult) -> Result<()> {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    let terminal = console::Term::stdout();
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(terminal.size().1);
    }
    table.set_header(result.columns.iter().map(|(name, _)| printable(name)));
    for row in result.rows() {
        table.add_row(row.iter().map(|value| printable(&value.to_text())));
    }
    for (position, (_, scalar_type)) in result.columns.iter().enumerate() {
        let numeric = scalar_type.is_number() || *scalar_type == ScalarType::TimeSpan;
        if let (true, Some(column)) = (numeric, table.column_mut(position)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if result.columns.is_empty() {
        return Ok(());
    }
    Ok(writeln!(out, "{table}")?)
}
