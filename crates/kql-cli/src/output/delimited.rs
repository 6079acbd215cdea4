//! `--format csv` and `--format tsv`: a header and rows, quoted as RFC 4180 says.

use std::io::Write;

use anyhow::Result;
use kql_engine::QueryResult;

/// Writes the names of the columns with the separator between them.
pub fn write_header(out: &mut (dyn Write + Send), result: &QueryResult, separator: u8) -> Result<()> {
    write_record(out, result.columns.iter().map(|(name, _)| name.clone()), separator)
}

/// Writes the rows.
pub fn write_rows(out: &mut (dyn Write + Send), result: &QueryResult, separator: u8) -> Result<()> {
    for row in result.rows() {
        write_record(out, row.iter().map(|value| value.to_text()), separator)?;
    }
    Ok(())
}

fn write_record(out: &mut (dyn Write + Send), fields: impl Iterator<Item = String>, separator: u8) -> Result<()> {
    for (position, field) in fields.enumerate() {
        if position > 0 {
            out.write_all(&[separator])?;
        }
        let special = |byte: &u8| matches!(byte, b'"' | b'\n' | b'\r') || *byte == separator;
        if field.as_bytes().iter().any(special) {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    Ok(out.write_all(b"\n")?)
}
