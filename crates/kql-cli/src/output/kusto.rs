//! `--format kusto`: the body of a Kusto v1 query response (Kusto page: *Query/management HTTP response*).

use std::io::Write;

use anyhow::Result;
use kql_types::{ScalarType, Value};

use super::Answer;
use super::json::write_value;

/// One table an answer: `Table_0`, `Table_1`, ….
pub fn write(out: &mut (dyn Write + Send), answers: &[Answer]) -> Result<()> {
    out.write_all(b"{\"Tables\":[")?;
    for (position, answer) in answers.iter().enumerate() {
        if position > 0 {
            out.write_all(b",")?;
        }
        let columns = answer.result.columns.iter().map(|(name, scalar_type)| {
            let name = serde_json::to_string(name)?;
            let (data_type, column_type) = (data_type(*scalar_type), scalar_type.name());
            Ok(format!(r#"{{"ColumnName":{name},"DataType":"{data_type}","ColumnType":"{column_type}"}}"#))
        });
        let columns = columns.collect::<Result<Vec<String>>>()?.join(",");
        write!(out, "{{\"TableName\":\"Table_{position}\",\"Columns\":[{columns}],\"Rows\":[")?;
        write_rows(out, answer)?;
        out.write_all(b"]}")?;
    }
    Ok(out.write_all(b"]}\n")?)
}

fn write_rows(out: &mut (dyn Write + Send), answer: &Answer) -> Result<()> {
    let mut line = Vec::new();
    for (position, row) in answer.result.rows().enumerate() {
        line.clear();
        line.extend_from_slice(if position > 0 { b",[" } else { b"[" });
        for (column, value) in row.iter().enumerate() {
            if column > 0 {
                line.push(b',');
            }
            match value {
                // The endpoint sends these as strings.
                Value::Dynamic(_) | Value::Decimal(_) => serde_json::to_writer(&mut line, &value.to_text())?,
                other => write_value(&mut line, other)?,
            }
        }
        line.push(b']');
        out.write_all(&line)?;
    }
    Ok(())
}

/// The .NET type without its namespace, as v1 responses carry it.
fn data_type(scalar_type: ScalarType) -> &'static str {
    let name = scalar_type.data_type_name();
    name.rsplit('.').next().unwrap_or(name)
}
