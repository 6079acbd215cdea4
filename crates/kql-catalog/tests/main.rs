//! The catalogue against the schemas it was generated from, and its lookups.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kql_types::{ScalarType, Schema};

/// The published schemas lie beside the repository, where they are at hand at all.
fn published(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("../shared/schemas").join(name);
    let path = if path.exists() { path } else { root.join("../../shared/schemas").join(name) };
    if !path.exists() {
        eprintln!("not compared: ../shared/schemas/{name} is not there");
        return None;
    }
    Some(path)
}

#[test]
fn every_published_table_is_there_with_its_columns() {
    let Some(path) = published("tables.csv") else { return };
    let mut tables: BTreeMap<String, Schema> = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let scalar_type = ScalarType::from_name(fields[2]).unwrap();
        tables.entry(fields[0].to_owned()).or_default().insert(fields[1], scalar_type);
    }
    assert!(kql_catalog::table_names().eq(tables.keys()));
    for (name, schema) in tables {
        let found = kql_catalog::table(&name).unwrap();
        assert!(found.iter().eq(schema.iter()), "{name}");
    }
}

#[test]
fn every_published_source_is_there() {
    let Some(path) = published("table_sources.csv") else { return };
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(kql_catalog::source(fields[0]), Some(fields[2]));
        assert_eq!(kql_catalog::is_defender_table(fields[0]), fields[3] == "1", "{}", fields[0]);
    }
}

#[test]
fn every_published_function_is_there() {
    let Some(path) = published("functions.json") else { return };
    let functions: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let functions = functions.as_array().unwrap();
    assert_eq!(kql_catalog::stored_function_names().count(), functions.len());
    for function in functions {
        let found = kql_catalog::stored_function(function["name"].as_str().unwrap()).unwrap();
        assert_eq!(found.parameters, function["params"].as_str().unwrap());
        assert_eq!(found.body, function["body"].as_str());
        assert_eq!(found.is_open, function["open"].as_bool().unwrap_or(false));
        let columns: Schema = (function["columns"].as_array().unwrap().iter())
            .map(|column| (column[0].as_str().unwrap(), ScalarType::from_name(column[1].as_str().unwrap()).unwrap()))
            .collect();
        assert!(found.columns.iter().eq(columns.iter()), "{}", found.name);
    }
}

#[test]
fn lookups_are_case_sensitive_and_total() {
    assert!(kql_catalog::table("SigninLogs").is_some());
    assert!(kql_catalog::table("signinlogs").is_none());
    assert!(kql_catalog::table("").is_none());
    assert!(kql_catalog::table("\u{10ffff}").is_none());
    assert!(kql_catalog::stored_function("FileProfile").unwrap().body.is_some());
    assert!(kql_catalog::stored_function("Nothing").is_none());
    assert_eq!(kql_catalog::source("Nothing"), None);
    assert!(!kql_catalog::is_defender_table("SigninLogs"));
}

#[test]
fn defender_tables_carry_both_times() {
    for name in ["EmailEvents", "DeviceProcessEvents", "IdentityLogonEvents"] {
        let schema = kql_catalog::table(name).unwrap();
        assert_eq!(schema.get("Timestamp"), Some(ScalarType::DateTime), "{name}");
        assert_eq!(schema.get("TimeGenerated"), Some(ScalarType::DateTime), "{name}");
    }
}
