//! Columnar files as they are, read by DataFusion: their own columns, then, as text, what their folders tell.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::object_store::ObjectMeta;
use datafusion::object_store::path::Path;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::scalar::ScalarValue;
use url::{Position, Url};

use crate::columns::TableColumn;
use crate::format::ColumnarFormat;
use crate::text_scan::Source;
use crate::{TableError, folders, network};

/// Files of one format with one schema.
#[derive(Debug)]
pub(crate) struct FileTable {
    format: ColumnarFormat,
    sources: Vec<Source>,
    /// The columns of the files and those of their folders.
    columns: TableSchema,
    /// The columns of the folders, in KQL's types, in which filters speak of them.
    folder_columns: Vec<TableColumn>,
}

impl FileTable {
    pub(crate) fn new(
        format: ColumnarFormat,
        sources: Vec<Source>,
        file_schema: SchemaRef,
        folder_columns: Vec<TableColumn>,
    ) -> FileTable {
        let folder_field = |column: &TableColumn| Arc::new(Field::new(&column.name, DataType::Utf8View, true));
        let folder_fields: Vec<FieldRef> = folder_columns.iter().map(folder_field).collect();
        let columns = TableSchema::builder(file_schema).with_table_partition_cols(folder_fields).build();
        FileTable { format, sources, columns, folder_columns }
    }

    /// A file as DataFusion takes it, and the store that it is in.
    fn file(&self, source: &Source) -> Result<Option<(ObjectStoreUrl, PartitionedFile)>> {
        let Source::File { url, path, size, folder_values, .. } = source else { return Ok(None) };
        let fail = |error: &dyn std::fmt::Display| TableError::new(path, error);
        let url = Url::parse(url).map_err(|error| fail(&error))?;
        let location = Path::from_url_path(url.path()).map_err(|error| fail(&error))?;
        let last_modified = std::time::SystemTime::UNIX_EPOCH.into();
        let meta = ObjectMeta { location, last_modified, size: *size, e_tag: None, version: None };
        let values = self
            .folder_columns
            .iter()
            .map(|column| ScalarValue::Utf8View(folders::value_of(folder_values, &column.name).map(str::to_owned)));
        let file = PartitionedFile::new_from_meta(meta).with_partition_values(values.collect());
        Ok(Some((ObjectStoreUrl::parse(&url[..Position::BeforePath])?, file)))
    }
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        self.columns.table_schema().clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(folders::pushdown(&self.folder_columns, filters))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let sources = folders::prune(&self.sources, &self.folder_columns, filters, state)?;
        network::register(&sources, state.runtime_env());
        let mut store = None;
        let mut files = Vec::with_capacity(sources.len());
        for source in &sources {
            if let Some((place, file)) = self.file(source)? {
                store = Some(place);
                files.push(file);
            }
        }
        let Some(store) = store else {
            let schema = self.schema();
            let schema = projection.map_or(Ok(schema.clone()), |places| schema.project(places).map(Arc::new))?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        };
        let format: Arc<dyn FileFormat> = match self.format {
            ColumnarFormat::Parquet => Arc::new(ParquetFormat::default()),
            ColumnarFormat::Arrow => Arc::new(ArrowFormat),
        };
        let share = files.len().div_ceil(state.config().target_partitions().max(1)).max(1);
        let groups = files.chunks(share).map(|files| FileGroup::new(files.to_vec())).collect();
        let config = FileScanConfigBuilder::new(store, format.file_source(self.columns.clone()))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        format.create_physical_plan(state, config).await
    }
}
