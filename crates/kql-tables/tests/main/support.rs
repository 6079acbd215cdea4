//! Folders with files, and tables printed as text.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use kql_semantics::Tables;
use kql_tables::{TableError, TableOptions, TableSet};
use kql_types::{ScalarType, Schema, Value};
use tempfile::TempDir;

/// A folder with these files.
pub fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

/// The tables of a folder.
pub fn tables(folder: &Path) -> TableSet {
    tables_with(folder, TableOptions::default())
}

pub fn tables_with(folder: &Path, options: TableOptions) -> TableSet {
    let mut tables = TableSet::new(options);
    tables.add_folder(folder).unwrap();
    tables
}

/// The batches of some columns of a table.
pub fn read(tables: &TableSet, name: &str, columns: &[&str]) -> Result<Vec<RecordBatch>, DataFusionError> {
    let provider = tables.provider(name)?.unwrap_or_else(|| panic!("no table {name}"));
    read_provider(provider, columns)
}

pub fn read_provider(provider: Arc<dyn TableProvider>, columns: &[&str]) -> Result<Vec<RecordBatch>, DataFusionError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
        let frame = context.read_table(provider)?.select_columns(columns)?;
        frame.collect().await
    })
}

/// Rows as lines of values between bars; strings and dynamic values in quotes or as they are, nulls as `null`.
pub fn show(batches: &[RecordBatch], schema: &Schema) -> String {
    let mut lines = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = (batch.schema().fields().iter().zip(batch.columns()))
                .map(|(field, array)| {
                    let scalar_type = schema.get(field.name()).unwrap();
                    match Value::from_array(array, row, scalar_type).unwrap() {
                        Value::Null(_) => "null".to_owned(),
                        Value::String(text) => format!("{text:?}"),
                        Value::Dynamic(text) => text,
                        value => value.to_text(),
                    }
                })
                .collect();
            lines.push(cells.join(" | "));
        }
    }
    lines.join("\n")
}

/// One file as a table, by its name, with the schema as the first line; all columns.
pub fn table_of(file: &str, content: &[u8]) -> String {
    try_table_of(file, content, TableOptions::default()).unwrap()
}

pub fn try_table_of(file: &str, content: &[u8], options: TableOptions) -> Result<String, String> {
    let folder = folder(&[(file, content)]);
    let tables = tables_with(folder.path(), options);
    let name = tables.names().remove(0);
    // Messages name the file, not the folder of this run.
    let place = |error: TableError| error.to_string().replace(&format!("{}/", folder.path().display()), "");
    tables.provider(&name).map_err(place)?;
    let schema = tables.schema(&name).unwrap();
    let columns: Vec<&str> = schema.iter().map(|(name, _)| name).collect();
    let header: Vec<String> = schema.iter().map(|(name, scalar_type)| format!("{name}:{scalar_type}")).collect();
    match read(&tables, &name, &columns) {
        Ok(batches) => Ok(format!("{}\n{}", header.join(" "), show(&batches, &schema))),
        Err(error) => Err(place(table_error(error))),
    }
}

/// Some columns of a table that the catalogue knows, from a file of its name.
pub fn known_table_of(file: &str, content: &[u8], columns: &[&str]) -> String {
    let folder = folder(&[(file, content)]);
    let tables = tables(folder.path());
    let name = tables.names().remove(0);
    let schema = tables.schema(&name).unwrap();
    show(&read(&tables, &name, columns).unwrap(), &schema)
}

/// The error of a table within DataFusion's.
pub fn table_error(error: DataFusionError) -> TableError {
    match error.find_root() {
        DataFusionError::External(inner) => inner.downcast_ref::<TableError>().unwrap().clone(),
        other => panic!("not a table's error: {other}"),
    }
}

/// The type of a column of the catalogue.
pub fn known_type(table: &str, column: &str) -> ScalarType {
    kql_catalog::table(table).unwrap().get(column).unwrap()
}
