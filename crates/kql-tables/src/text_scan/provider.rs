//! A table of text files, as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::partition::divide;
use super::{OnError, ScanReport, Source, TextScanExec, TextScanSpec};
use crate::columns::TableColumn;
use crate::format::TextFormat;

/// A table that is read from text files.
#[derive(Debug)]
pub(crate) struct TextTable {
    pub name: String,
    pub format: TextFormat,
    pub field_names: Option<Vec<String>>,
    pub sources: Vec<Source>,
    pub columns: Vec<TableColumn>,
    pub on_error: OnError,
    pub report: Arc<ScanReport>,
}

#[async_trait]
impl TableProvider for TextTable {
    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(TableColumn::field).collect::<Vec<_>>()))
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
        let columns = match projection {
            Some(projection) => projection.iter().filter_map(|place| self.columns.get(*place).cloned()).collect(),
            None => self.columns.clone(),
        };
        let spec = TextScanSpec {
            table: self.name.clone(),
            format: self.format,
            field_names: self.field_names.clone(),
            columns,
            partitions: divide(&self.sources, self.format, state.config().target_partitions()),
            on_error: self.on_error,
            limit,
        };
        Ok(Arc::new(TextScanExec::with_report(spec, self.report.clone())))
    }
}
