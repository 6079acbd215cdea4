//! A table of columnar files, as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::parquet_scan::LocalParquet;
use super::{Conversion, ConvertExec, ConvertSpec, ParquetColumn, ParquetScanExec, ParquetScanSpec};
use crate::columns::TableColumn;
use crate::{OnError, ScanReport, folders};

/// A table in the file's types with KQL's types before it.
#[derive(Debug)]
pub(crate) struct ConvertedTable {
    pub name: String,
    /// Reads the files.
    pub files: Arc<dyn TableProvider>,
    /// Every column of the table, by its place in `files`.
    pub columns: Vec<Conversion>,
    /// Those of the columns whose values the names of folders tell.
    pub folder_columns: Vec<TableColumn>,
    /// The files, where a scan of our own reads them.
    pub local_parquet: Option<LocalParquet>,
    pub on_error: OnError,
    pub report: Arc<ScanReport>,
}

impl ConvertedTable {
    /// Makes a column read what another one is read from.
    pub(crate) fn read_from(&mut self, column: &str, other: &str) {
        let source_of = |name: &str| self.columns.iter().find(|each| each.column.name == name)?.source;
        let source = source_of(other);
        if let Some(conversion) = self.columns.iter_mut().find(|each| each.column.name == column) {
            conversion.source = source;
        }
    }
}

#[async_trait]
impl TableProvider for ConvertedTable {
    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(|conversion| conversion.column.field()).collect::<Vec<_>>()))
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
        let wanted: Vec<&Conversion> = match projection {
            Some(projection) => projection.iter().filter_map(|place| self.columns.get(*place)).collect(),
            None => self.columns.iter().collect(),
        };
        if let Some(files) = &self.local_parquet {
            let schema = self.files.schema();
            let columns = wanted.into_iter().map(|conversion| ParquetColumn {
                column: conversion.column.clone(),
                source: conversion.source.map(|place| schema.field(place).name().clone()),
            });
            let spec = ParquetScanSpec {
                table: self.name.clone(),
                files: files.files.clone(),
                columns: columns.collect(),
                partitions: files.partitions(state.config().target_partitions()),
                on_error: self.on_error,
                limit,
            };
            return Ok(Arc::new(ParquetScanExec::with_report(spec, files.metadata(), self.report.clone())?));
        }
        let mut sources: Vec<usize> = wanted.iter().filter_map(|conversion| conversion.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let columns = wanted
            .into_iter()
            .map(|conversion| Conversion {
                source: conversion.source.and_then(|source| sources.binary_search(&source).ok()),
                ..conversion.clone()
            })
            .collect();
        let input = self.files.scan(state, Some(&sources), filters, limit).await?;
        let spec = ConvertSpec { table: self.name.clone(), columns, on_error: self.on_error };
        Ok(Arc::new(ConvertExec::with_report(Arc::new(spec), input, self.report.clone())))
    }
}
