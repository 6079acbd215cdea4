//! A table of text files, as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

use super::partition::divide;
use super::{OnError, ScanReport, Source, TextScanExec, TextScanSpec};
use crate::columns::TableColumn;
use crate::format::TextFormat;
use crate::{folders, network};

/// A table that is read from text files.
#[derive(Debug)]
pub(crate) struct TextTable {
    pub name: String,
    pub format: TextFormat,
    pub field_names: Option<Vec<String>>,
    pub sources: Vec<Source>,
    pub columns: Vec<TableColumn>,
    /// Columns that are read from another field than that of their name: the name of each and the field's.
    pub stand_ins: Vec<(String, String)>,
    /// Those of the columns whose values the names of folders tell.
    pub folder_columns: Vec<TableColumn>,
    pub on_error: OnError,
    pub report: Arc<ScanReport>,
}

impl TextTable {
    /// The field from which a column is read.
    fn field_of<'t>(&'t self, column: &'t str) -> &'t str {
        let stand_in = self.stand_ins.iter().find(|(name, _)| name == column);
        stand_in.map_or(column, |(_, field)| field.as_str())
    }
}

#[async_trait]
impl TableProvider for TextTable {
    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(TableColumn::field).collect::<Vec<_>>()))
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
        let wanted: Vec<&TableColumn> = match projection {
            Some(projection) => projection.iter().filter_map(|place| self.columns.get(*place)).collect(),
            None => self.columns.iter().collect(),
        };
        let is_folders = |column: &TableColumn| self.folder_columns.contains(column);
        let mut columns: Vec<TableColumn> = Vec::with_capacity(wanted.len());
        for column in wanted.iter().filter(|column| !is_folders(column)) {
            let field = self.field_of(&column.name);
            if !columns.iter().any(|other| other.name == field) {
                columns.push(TableColumn { name: field.to_owned(), ..(*column).clone() });
            }
        }
        let folder_columns: Vec<TableColumn> =
            wanted.iter().filter(|column| is_folders(column)).map(|column| (*column).clone()).collect();
        let sources = folders::prune(&self.sources, &self.folder_columns, filters, state)?;
        network::register(&sources, state.runtime_env());
        let spec = TextScanSpec {
            table: self.name.clone(),
            format: self.format,
            field_names: self.field_names.clone(),
            columns,
            folder_columns,
            partitions: divide(&sources, self.format, state.config().target_partitions()),
            on_error: self.on_error,
            limit,
        };
        let scan = Arc::new(TextScanExec::with_report(spec, self.report.clone()));
        let fields = scan.schema();
        let names = |column: &&TableColumn| column.name.clone();
        if fields.fields().iter().map(|field| field.name().clone()).eq(wanted.iter().map(names)) {
            return Ok(scan);
        }
        let columns = wanted.iter().map(|column| {
            let field = if is_folders(column) { column.name.as_str() } else { self.field_of(&column.name) };
            let value: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field, fields.index_of(field)?));
            Ok(ProjectionExpr::new(value, &column.name))
        });
        Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Result<Vec<_>>>()?, scan)?))
    }
}
