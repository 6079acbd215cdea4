//! Opening columnar files: one schema for all of them, from what each tells of itself.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema as ArrowSchema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use indexmap::{IndexMap, IndexSet};
use kql_types::{ScalarType, Schema};

use super::Conversion;
use super::files::FileTable;
use super::parquet_scan::LocalParquet;
use super::provider::ConvertedTable;
use super::types::{common_type, scalar_type};
use crate::columns::TableColumn;
use crate::format::ColumnarFormat;
use crate::network::{self, RemoteFile};
use crate::text_scan::Source;
use crate::{OnError, TableError, folders, peek};

/// A table of columnar files.
pub(crate) fn open_columnar(
    name: &str,
    format: ColumnarFormat,
    sources: Vec<Source>,
    known: Option<&Schema>,
    declared: Option<&Schema>,
) -> Result<ConvertedTable, TableError> {
    let mut merged: IndexMap<String, DataType> = IndexMap::new();
    let mut first: Option<SchemaRef> = None;
    let mut json = Vec::new();
    let sources: Vec<Source> = sources.into_iter().filter(|source| source.size() > 0).collect();
    for source in &sources {
        let path = source.path();
        let schema = file_schema(format, source)?;
        for field in schema.fields() {
            let data_type = as_read(format, field.data_type());
            let common = match merged.get(field.name()) {
                None => data_type,
                Some(other) => common_type(other, &data_type).ok_or_else(|| {
                    let message = format!("{} is {} here and {other} in other files", field.name(), field.data_type());
                    TableError::new(path, message)
                })?,
            };
            merged.insert(field.name().clone(), common);
            if is_json(field) {
                json.push(field.name().clone());
            }
        }
        // Only Parquet's reader brings the columns of different files together.
        match &first {
            Some(first) if format == ColumnarFormat::Arrow && first.fields() != schema.fields() => {
                return Err(TableError::new(path, "its columns are not those of the table's other files"));
            }
            Some(_) => {}
            None => first = Some(schema),
        }
    }
    let folder_columns = folders::columns_of(&sources, known);
    // What a folder tells goes before what its files say.
    merged.retain(|name, _| !folder_columns.iter().any(|column| column.name == *name));
    let fields: Vec<Field> = merged.into_iter().map(|(name, data_type)| Field::new(name, data_type, true)).collect();
    // Values of folders and nested columns, some of which are VARIANT, are for DataFusion's scan.
    let is_own_scan = format == ColumnarFormat::Parquet
        && folder_columns.is_empty()
        && fields.iter().all(|field| !field.data_type().is_nested())
        && !sources.iter().any(network::is_remote);
    let local_parquet = if is_own_scan { Some(LocalParquet::open(&sources)?) } else { None };
    let files = FileTable::new(format, sources, Arc::new(ArrowSchema::new(fields)), folder_columns.clone());
    let table = converted(name, Arc::new(files), folder_columns, &json, declared)?;
    Ok(ConvertedTable { local_parquet, ..table })
}

/// A table of one columnar file that is at hand.
pub(crate) fn open_columnar_bytes(
    name: &str,
    format: ColumnarFormat,
    path: &str,
    bytes: Bytes,
    declared: Option<&Schema>,
) -> Result<ConvertedTable, TableError> {
    let fail = |error: &dyn std::fmt::Display| TableError::new(path, error);
    let (schema, batches): (SchemaRef, Result<Vec<RecordBatch>, ArrowError>) = match format {
        ColumnarFormat::Parquet => {
            let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|error| fail(&error))?;
            (builder.schema().clone(), builder.build().map_err(|error| fail(&error))?.collect())
        }
        ColumnarFormat::Arrow => {
            let reader = FileReader::try_new(Cursor::new(bytes), None).map_err(|error| fail(&error))?;
            (reader.schema(), reader.collect())
        }
    };
    let batches = batches.map_err(|error| fail(&error))?;
    let json: Vec<String> =
        schema.fields().iter().filter(|field| is_json(field)).map(|field| field.name().clone()).collect();
    let files = MemTable::try_new(schema, vec![batches]).map_err(|error| fail(&error))?;
    converted(name, Arc::new(files), Vec::new(), &json, declared)
}

/// Whether a column's text is marked as JSON.
fn is_json(field: &Field) -> bool {
    field.metadata().get("ARROW:extension:name").is_some_and(|name| name == "arrow.json")
}

/// The schema that a file carries.
fn file_schema(format: ColumnarFormat, source: &Source) -> Result<SchemaRef, TableError> {
    let path = source.path();
    let fail = |error: &dyn std::fmt::Display| TableError::new(path, error);
    let open = || File::open(path).map_err(|error| fail(&error));
    match format {
        ColumnarFormat::Parquet => {
            let options = ArrowReaderOptions::new();
            let metadata = if network::is_remote(source) {
                ArrowReaderMetadata::load(&RemoteFile(source), options)
            } else {
                ArrowReaderMetadata::load(&open()?, options)
            };
            Ok(metadata.map_err(|error| fail(&error))?.schema().clone())
        }
        ColumnarFormat::Arrow if network::is_remote(source) => {
            let bytes = Bytes::from(peek::piece(source, 0, source.size())?);
            if let Ok(reader) = FileReader::try_new(Cursor::new(bytes.clone()), None) {
                return Ok(reader.schema());
            }
            Ok(StreamReader::try_new(Cursor::new(bytes), None).map_err(|error| fail(&error))?.schema())
        }
        ColumnarFormat::Arrow => {
            if let Ok(reader) = FileReader::try_new(BufReader::new(open()?), None) {
                return Ok(reader.schema());
            }
            let reader = StreamReader::try_new(BufReader::new(open()?), None).map_err(|error| fail(&error))?;
            Ok(reader.schema())
        }
    }
}

/// Parquet's strings are read as views; other types as they are.
fn as_read(format: ColumnarFormat, data_type: &DataType) -> DataType {
    match data_type {
        other if format == ColumnarFormat::Arrow => other.clone(),
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        other => other.clone(),
    }
}

/// The table's columns: those that the user declares, then those of the catalogue where it knows the table, then the
/// others of the files.
fn converted(
    table: &str,
    files: Arc<dyn TableProvider>,
    folder_columns: Vec<TableColumn>,
    json: &[String],
    declared: Option<&Schema>,
) -> Result<ConvertedTable, TableError> {
    let known = kql_catalog::table(table).unwrap_or_default();
    let schema = files.schema();
    let mut names: IndexSet<&str> = declared.into_iter().flat_map(Schema::iter).map(|(name, _)| name).collect();
    names.extend(known.iter().map(|(name, _)| name));
    names.extend(schema.fields().iter().map(|field| field.name().as_str()));
    let conversion = |name: &str| {
        let source = schema.fields().iter().position(|field| field.name() == name);
        let data_type = source.and_then(|place| schema.fields().get(place)).map(|field| field.data_type());
        let folder_type = folder_columns.iter().find(|column| column.name == name).map(|column| column.scalar_type);
        let told = match data_type {
            _ if folder_type.is_some() => folder_type,
            Some(data_type) => {
                let marked = json.iter().any(|column| column == name).then_some(ScalarType::Dynamic);
                scalar_type(data_type, known.get(name).or(marked))
            }
            None => known.get(name),
        };
        let scalar_type = declared.and_then(|declared| declared.get(name)).or(told).ok_or_else(|| {
            TableError::new(table, format!("{name} is {}, which KQL has not", data_type.unwrap_or(&DataType::Null)))
        })?;
        Ok(Conversion { column: TableColumn { name: name.to_owned(), scalar_type, is_inferred: false }, source })
    };
    let columns = names.into_iter().map(conversion).collect::<Result<_, TableError>>()?;
    Ok(ConvertedTable {
        name: table.to_owned(),
        files,
        columns,
        folder_columns,
        local_parquet: None,
        on_error: OnError::default(),
        report: Arc::default(),
    })
}
