//! A table of columnar files, as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::{Conversion, ConvertExec, ConvertSpec};
use crate::{OnError, ScanReport};

/// A table in the file's types with KQL's types before it.
#[derive(Debug)]
pub(crate) struct ConvertedTable {
    pub name: String,
    /// Reads the files.
    pub files: Arc<dyn TableProvider>,
    /// Every column of the table, by its place in `files`.
    pub columns: Vec<Conversion>,
    pub on_error: OnError,
    pub report: Arc<ScanReport>,
}

#[async_trait]
impl TableProvider for ConvertedTable {
    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(|conversion| conversion.column.field()).collect::<Vec<_>>()))
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<&Conversion> = match projection {
            Some(projection) => projection.iter().filter_map(|place| self.columns.get(*place)).collect(),
            None => self.columns.iter().collect(),
        };
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
        let input = self.files.scan(state, Some(&sources), &[], limit).await?;
        let spec = ConvertSpec { table: self.name.clone(), columns, on_error: self.on_error };
        Ok(Arc::new(ConvertExec::with_report(Arc::new(spec), input, self.report.clone())))
    }
}
