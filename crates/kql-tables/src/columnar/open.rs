//! Opening Parquet files: one schema for all of them, from their footers.

use std::fs::File;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use indexmap::IndexMap;
use kql_types::ScalarType;
use url::Url;

use super::Conversion;
use super::provider::ConvertedTable;
use super::types::{common_type, scalar_type};
use crate::TableError;
use crate::columns::TableColumn;
use crate::text_scan::Source;

/// A table of Parquet files.
pub(crate) fn open_parquet(name: &str, sources: &[Source]) -> Result<ConvertedTable, TableError> {
    let mut merged: IndexMap<String, DataType> = IndexMap::new();
    let mut urls = Vec::new();
    for source in sources {
        let Source::File { url, path, size, .. } = source else { continue };
        if *size == 0 {
            continue;
        }
        let fail = |error: &dyn std::fmt::Display| TableError::new(path, error);
        let file = File::open(path).map_err(|error| fail(&error))?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| fail(&error))?;
        for field in metadata.schema().fields() {
            let common = match merged.get(field.name()) {
                None => as_view(field.data_type()),
                Some(other) => common_type(other, &as_view(field.data_type())).ok_or_else(|| {
                    let message = format!("{} is {} here and {other} in other files", field.name(), field.data_type());
                    TableError::new(path, message)
                })?,
            };
            merged.insert(field.name().clone(), common);
        }
        let url = Url::parse(url).map_err(|error| fail(&error))?;
        urls.push(ListingTableUrl::try_new(url, None).map_err(|error| fail(&error))?);
    }
    let fields: Vec<Field> = merged.into_iter().map(|(name, data_type)| Field::new(name, data_type, true)).collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let fail = |error: datafusion::error::DataFusionError| TableError::new(name, error);
    let files: Arc<dyn TableProvider> = if urls.is_empty() {
        Arc::new(MemTable::try_new(schema.clone(), vec![Vec::new()]).map_err(fail)?)
    } else {
        let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension("");
        let config =
            ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema.clone());
        Arc::new(ListingTable::try_new(config).map_err(fail)?)
    };
    converted(name, files)
}

/// A table of one Parquet file that is at hand.
pub(crate) fn open_parquet_bytes(name: &str, path: &str, bytes: Bytes) -> Result<ConvertedTable, TableError> {
    let fail = |error: &dyn std::fmt::Display| TableError::new(path, error);
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|error| fail(&error))?;
    let schema = builder.schema().clone();
    let reader = builder.build().map_err(|error| fail(&error))?;
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|error| fail(&error))?;
    let files = MemTable::try_new(schema, vec![batches]).map_err(|error| fail(&error))?;
    converted(name, Arc::new(files))
}

/// Strings are read as views; other types as they are.
fn as_view(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        other => other.clone(),
    }
}

/// The table's columns: those of the catalogue first, where it knows the table.
fn converted(table: &str, files: Arc<dyn TableProvider>) -> Result<ConvertedTable, TableError> {
    let known = kql_catalog::table(table).unwrap_or_default();
    let schema = files.schema();
    let place = |name: &str| schema.fields().iter().position(|field| field.name() == name);
    let conversion = |name: &str, known: Option<ScalarType>| {
        let source = place(name);
        let field = source.and_then(|place| schema.fields().get(place));
        let own = field.and_then(|field| scalar_type(field.data_type(), known));
        let scalar_type = match (field, own.or(known.filter(|_| field.is_none()))) {
            (_, Some(scalar_type)) => scalar_type,
            (field, None) => {
                let data_type = field.map_or(&DataType::Null, |field| field.data_type());
                return Err(TableError::new(table, format!("{name} is {data_type}, which KQL has not")));
            }
        };
        Ok(Conversion { column: TableColumn { name: name.to_owned(), scalar_type, is_inferred: false }, source })
    };
    let mut columns = Vec::new();
    for (name, scalar_type) in known.iter() {
        columns.push(conversion(name, Some(scalar_type))?);
    }
    for field in schema.fields() {
        if known.get(field.name()).is_none() {
            columns.push(conversion(field.name(), None)?);
        }
    }
    Ok(ConvertedTable { name: table.to_owned(), files, columns })
}
