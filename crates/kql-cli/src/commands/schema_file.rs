//! `--schema FILE`: what the user says of the columns of tables, whether or not there are files of them.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use kql_types::{ScalarType, Schema};
use serde_json::Value;

use crate::text_file;

/// Reads `{"Table": {"column": "type"}}`, or the `.create table T (a:long, …)` commands of a KQL text.
///
/// # Errors
/// When the file cannot be read, or says something else.
pub fn read(path: &Path) -> Result<HashMap<String, Schema>> {
    let shown = path.display();
    let text = text_file::read(path)?;
    let tables = if text.trim_start().starts_with('{') { from_json(&text) } else { from_commands(&text) };
    tables.with_context(|| format!("{shown} is no schema file"))
}

fn from_json(text: &str) -> Result<HashMap<String, Schema>> {
    let tables: indexmap::IndexMap<String, indexmap::IndexMap<String, Value>> =
        serde_json::from_str(text).context("expected {\"Table\": {\"column\": \"type\"}}")?;
    let mut schemas = HashMap::new();
    for (table, columns) in tables {
        let mut schema = Schema::default();
        for (column, type_name) in columns {
            let Some(type_name) = type_name.as_str() else { bail!("the type of {table}.{column} is not text") };
            schema.insert(column.as_str(), scalar_type(type_name)?);
        }
        schemas.insert(table, schema);
    }
    Ok(schemas)
}

/// `.create table T (a: long, ['b c']: string)`, also `.create-merge table`, one after the other.
fn from_commands(text: &str) -> Result<HashMap<String, Schema>> {
    let mut schemas = HashMap::new();
    let without_comments: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut rest = without_comments.as_str();
    while let Some((_, after)) = rest.split_once(".create") {
        let Some((head, body)) = after.split_once('(') else { bail!("`.create table` without columns") };
        let Some(table) = head.split_whitespace().last().map(unbracketed) else {
            bail!("`.create table` without a name")
        };
        let Some((columns, after)) = body.split_once(')') else { bail!("the columns of {table} have no `)`") };
        let mut schema = Schema::default();
        for column in columns.split(',').filter(|column| !column.trim().is_empty()) {
            let Some((name, type_name)) = column.rsplit_once(':') else {
                bail!("`{}` of {table} is not of the form name:type", column.trim())
            };
            schema.insert(unbracketed(name), scalar_type(type_name.trim())?);
        }
        schemas.insert(table.to_owned(), schema);
        rest = after;
    }
    if schemas.is_empty() {
        bail!("expected JSON, or `.create table T (a:long, …)`");
    }
    Ok(schemas)
}

fn unbracketed(name: &str) -> &str {
    name.trim().trim_start_matches("[").trim_end_matches("]").trim_matches(['\'', '"'])
}

fn scalar_type(name: &str) -> Result<ScalarType> {
    ScalarType::from_name(name).with_context(|| format!("`{name}` is no type"))
}

#[cfg(test)]
mod tests {
    use super::{from_commands, from_json};

    #[test]
    fn both_forms_give_the_columns_in_order() {
        let json = from_json(r#"{"T": {"b": "long", "a": "string"}}"#).unwrap();
        let commands = from_commands(
            ".create table T (b: long, a:string) // first\n.create-merge table ['U V'] (['c d']: datetime)",
        )
        .unwrap();
        let shown = |schema: &kql_types::Schema| {
            schema.iter().map(|(name, scalar_type)| format!("{name}:{scalar_type}")).collect::<Vec<_>>().join(",")
        };
        assert_eq!(shown(&json["T"]), "b:long,a:string");
        assert_eq!(shown(&commands["T"]), "b:long,a:string");
        assert_eq!(shown(&commands["V"]), "c d:datetime");
        assert!(from_json(r#"{"T": {"a": "lng"}}"#).is_err());
        assert!(from_commands("T | take 5").is_err());
    }
}
