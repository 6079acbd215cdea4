//! `--format json` and `--format ndjson`: objects with the columns as members, in order.
//!
//! Numbers and booleans are JSON's own, `dynamic` values stand as they are, and times, guids and numbers that
//! JSON cannot write (NaN, infinities) are strings in Kusto's text form.

use std::io::Write;

use anyhow::Result;
use kql_engine::QueryResult;
use kql_types::Value;
use kql_types::dynamic;

use super::Answer;

/// An object with an array of objects for each of several results, under its name.
pub fn write_object(out: &mut (dyn Write + Send), answers: &[Answer]) -> Result<()> {
    let mut separator: &[u8] = b"{";
    for answer in answers {
        out.write_all(separator)?;
        separator = b",\n";
        serde_json::to_writer(&mut *out, &answer.title)?;
        out.write_all(b":")?;
        write_rows(out, &answer.result)?;
    }
    Ok(out.write_all(b"}\n")?)
}

fn write_rows(out: &mut (dyn Write + Send), result: &QueryResult) -> Result<()> {
    out.write_all(b"[")?;
    write_elements(out, result, b"\n")?;
    Ok(out.write_all(b"\n]")?)
}

/// The rows as elements of an array, with `before` before the first.
pub fn write_elements(out: &mut (dyn Write + Send), result: &QueryResult, before: &[u8]) -> Result<()> {
    let mut separator = before;
    write_objects(result, b"{", |object| {
        out.write_all(separator)?;
        separator = b",\n";
        Ok(out.write_all(object)?)
    })
}

/// One object a line.
pub fn write_lines(out: &mut (dyn Write + Send), result: &QueryResult) -> Result<()> {
    write_objects(result, b"{", |object| {
        out.write_all(object)?;
        Ok(out.write_all(b"\n")?)
    })
}

/// One object a line, of which the member `$table` says which of several results the row is of.
pub fn write_named(out: &mut (dyn Write + Send), answer: &Answer) -> Result<()> {
    let start = format!("{{\"$table\":{}", serde_json::to_string(&answer.title)?);
    write_objects(&answer.result, start.as_bytes(), |object| {
        out.write_all(object)?;
        Ok(out.write_all(b"\n")?)
    })
}

/// The rows as objects, each of which begins with `start`.
fn write_objects(result: &QueryResult, start: &[u8], mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let names = result
        .columns
        .iter()
        .map(|(name, _)| serde_json::to_vec(name))
        .collect::<Result<Vec<_>, serde_json::Error>>()?;
    let mut object = Vec::new();
    for row in result.rows() {
        object.clear();
        object.extend_from_slice(start);
        for (name, value) in names.iter().zip(row) {
            if object.len() > 1 {
                object.push(b',');
            }
            object.extend_from_slice(name);
            object.push(b':');
            write_value(&mut object, &value)?;
        }
        object.push(b'}');
        each(&object)?;
    }
    Ok(())
}

/// One value as JSON.
pub fn write_value(out: &mut Vec<u8>, value: &Value) -> Result<()> {
    match value {
        Value::Null(_) => out.extend_from_slice(b"null"),
        Value::Bool(value) => write!(out, "{value}")?,
        Value::Int(value) => write!(out, "{value}")?,
        Value::Long(value) => write!(out, "{value}")?,
        Value::Real(value) if value.is_finite() => serde_json::to_writer(out, value)?,
        Value::Decimal(_) => out.extend_from_slice(value.to_text().as_bytes()),
        Value::Dynamic(text) => out.extend_from_slice(dynamic::Dynamic::new(text).canonical().as_bytes()),
        Value::String(text) => serde_json::to_writer(out, text)?,
        Value::Real(_) | Value::DateTime(_) | Value::TimeSpan(_) | Value::Guid(_) => {
            serde_json::to_writer(out, &value.to_text())?;
        }
    }
    Ok(())
}
