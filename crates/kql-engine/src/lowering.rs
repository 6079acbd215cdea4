//! From bound relations to DataFusion logical plans: dispatch, names, and the leaves of a plan.
//!
//! A lowered relation has the columns of its bound relation, in order, without qualifiers, each named by its
//! name and its id (`n#3`). KQL's own names would not do: `extend n = n + 1 | extend n = n + 1` makes two equal
//! projections of which DataFusion drops one. Only the result gets the plain names.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column as DataFusionColumn, DFSchema, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{
    EmptyRelation, Expr as DataFusionExpr, LogicalPlan, Projection, ScalarUDF, TableScanBuilder,
};
use kql_semantics::{Column, ColumnId, Expr, Relation, RelationOperator};
use kql_tables::TableSource;
use kql_types::ScalarType;
use recursive::recursive;

use crate::EngineError;
use crate::functions::Plumbing;
use crate::operators;
use crate::subqueries::Subqueries;
use crate::tables::{batch_of, memory_table};

/// What lowering a query needs to know.
pub(crate) struct Lowering<'a> {
    tables: &'a dyn TableSource,
    pub subqueries: &'a Subqueries,
}

impl<'a> Lowering<'a> {
    pub fn new(tables: &'a dyn TableSource, subqueries: &'a Subqueries) -> Lowering<'a> {
        Lowering { tables, subqueries }
    }

    /// The plan of a relation.
    #[recursive]
    pub fn relation(&self, relation: &Relation) -> Result<LogicalPlan, EngineError> {
        let plan = match &relation.operator {
            RelationOperator::Table { name } => self.table(name, relation),
            RelationOperator::ExternalData(data) => {
                let columns: Vec<(String, ScalarType)> =
                    relation.columns.iter().map(|column| (column.name.clone(), column.scalar_type)).collect();
                let table = self.tables.external(data, &columns);
                let table = table.map_err(|error| EngineError::new(error.to_string()));
                table.and_then(|table| self.scan("externaldata", &table, &relation.columns))
            }
            RelationOperator::Values { rows } => {
                let batch = batch_of(&relation.columns, rows)?;
                let table = memory_table(batch.schema(), vec![batch])?;
                self.scan("datatable", &table, &relation.columns)
            }
            RelationOperator::OneRow => Ok(LogicalPlan::EmptyRelation(EmptyRelation {
                produce_one_row: true,
                schema: Arc::new(DFSchema::empty()),
            })),
            RelationOperator::Range { from, to, step } => {
                operators::range::lower(self, &relation.columns, from, to, step)
            }
            RelationOperator::Filter { input, predicate } => operators::where_operator::lower(self, input, predicate),
            RelationOperator::Project { input, expressions } => {
                operators::project::lower(self, input, expressions, &relation.columns)
            }
            RelationOperator::MvExpand(expand) => operators::mv_expand::lower(self, expand, &relation.columns),
            RelationOperator::Extract(extract) => operators::parse::lower(self, extract, &relation.columns),
            RelationOperator::Aggregate { input, by, aggregations } => {
                operators::summarize::lower(self, input, by, aggregations, &relation.columns)
            }
            RelationOperator::Number { input, output, within } => {
                operators::number::lower(self, input, *output, *within, &relation.columns)
            }
            RelationOperator::Distinct { input } => operators::distinct::lower(self, input),
            RelationOperator::Join(join) => operators::join::lower(self, join, &relation.columns),
            RelationOperator::Sort { input, keys } => operators::sort::lower(self, input, keys, None),
            RelationOperator::Top { input, keys, count } => operators::sort::lower(self, input, keys, Some(*count)),
            RelationOperator::Take { input, count } => operators::take::lower(self, input, *count),
            RelationOperator::Serialize { input } => operators::serialize::lower(self, input),
            RelationOperator::Window { input, calls } => {
                operators::window::lower(self, input, calls, &relation.columns)
            }
            RelationOperator::Scan(scan) => operators::scan::lower(self, scan, &relation.columns),
            RelationOperator::Graph(graph) => operators::graph::lower(self, graph, &relation.columns),
            RelationOperator::Plugin(call) => operators::plugin::lower(self, call, &relation.columns),
            RelationOperator::MakeSeries(series) => operators::make_series::lower(self, series, &relation.columns),
            RelationOperator::Union { inputs } => operators::union::lower(self, inputs, &relation.columns),
            RelationOperator::Materialized { key, .. } => match self.subqueries.table(*key) {
                Some(table) => self.scan("materialize", table, &relation.columns),
                None => Err(EngineError::new("internal error: a materialized table was not computed")),
            },
            RelationOperator::Unsupported { .. } => {
                Err(EngineError::unsupported("this operator cannot be run yet", relation.span))
            }
        };
        let plan = plan.map_err(|error| error.at(relation.span))?;
        let names = plan.schema().fields().iter().map(|field| field.name());
        if names.clone().eq(relation.columns.iter().map(internal_name).collect::<Vec<_>>().iter()) {
            return Ok(plan);
        }
        let columns = names.map(|name| column(name)).collect();
        self.project(plan, columns, &relation.columns)
    }

    /// The plan of a whole query: its columns have their plain names.
    pub fn query(&self, relation: &Relation) -> Result<LogicalPlan, EngineError> {
        let plan = self.relation(relation)?;
        if relation.columns.is_empty() {
            return Ok(plan);
        }
        let columns = relation.columns.iter().map(|each| column(&internal_name(each)).alias(&each.name));
        Ok(LogicalPlan::Projection(Projection::try_new(columns.collect(), Arc::new(plan))?))
    }

    /// The plan of a relation whose order the consumer does not see: a sort on top of it is work for nothing.
    pub fn unordered(&self, relation: &Relation) -> Result<LogicalPlan, EngineError> {
        let mut relation = relation;
        while let RelationOperator::Sort { input, .. } = &relation.operator {
            relation = input;
        }
        self.relation(relation)
    }

    fn table(&self, name: &str, relation: &Relation) -> Result<LogicalPlan, EngineError> {
        match self.tables.table(name) {
            Some(table) => self.scan(name, &table, &relation.columns),
            None => Err(EngineError::new(format!("there is no table `{name}`"))),
        }
    }

    /// A scan whose columns are renamed by position to `columns`. The projection above it takes off the
    /// qualifier that DataFusion gives to scans; it costs nothing, for the optimiser removes it.
    pub fn scan(
        &self,
        name: &str,
        table: &Arc<dyn TableProvider>,
        columns: &[Column],
    ) -> Result<LogicalPlan, EngineError> {
        let schema = table.schema();
        if schema.fields().len() != columns.len() {
            let (found, due) = (schema.fields().len(), columns.len());
            return Err(EngineError::new(format!("table `{name}` has {found} columns where {due} were expected")));
        }
        let reference = TableReference::bare(name);
        let scan = TableScanBuilder::new(reference.clone(), provider_as_source(table.clone())).build()?;
        if columns.is_empty() {
            return Ok(LogicalPlan::TableScan(scan));
        }
        let mut expressions = Vec::with_capacity(columns.len());
        for (field, column) in schema.fields().iter().zip(columns) {
            let source = DataFusionExpr::Column(DataFusionColumn::new(Some(reference.clone()), field.name()));
            let arrow_type = column.scalar_type.arrow_type();
            if *field.data_type() != arrow_type {
                let (found, scalar_type) = (field.data_type(), column.scalar_type);
                let message = format!("internal error: column `{}` is {found}, not {scalar_type}", column.name);
                return Err(EngineError::new(message));
            }
            expressions.push(source.alias(internal_name(column)));
        }
        Ok(LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(LogicalPlan::TableScan(scan)))?))
    }

    /// The expressions as the columns of a projection.
    pub fn project(
        &self,
        input: LogicalPlan,
        expressions: Vec<DataFusionExpr>,
        columns: &[Column],
    ) -> Result<LogicalPlan, EngineError> {
        let named =
            expressions.into_iter().zip(columns).map(|(expression, column)| named(expression, &internal_name(column)));
        Ok(LogicalPlan::Projection(Projection::try_new(named.collect(), Arc::new(input))?))
    }

    /// The DataFusion expression of an expression over the columns of `scope`.
    pub fn expression(&self, expression: &Expr, scope: &Scope) -> Result<DataFusionExpr, EngineError> {
        crate::expressions::value(self, expression, scope)
    }
}

/// Which name each column id has in a relation.
pub(crate) struct Scope {
    names: HashMap<ColumnId, String>,
}

impl Scope {
    /// The scope of a relation's columns.
    pub fn of(columns: &[Column]) -> Scope {
        Scope::named(columns.iter().map(|column| (column.id, internal_name(column))))
    }

    /// A scope of these names; of two names of one id the first stands.
    pub fn named(names: impl IntoIterator<Item = (ColumnId, String)>) -> Scope {
        let mut scope = Scope { names: HashMap::new() };
        for (id, name) in names {
            scope.names.entry(id).or_insert(name);
        }
        scope
    }

    /// The column of an id.
    pub fn column(&self, id: ColumnId) -> Result<DataFusionExpr, EngineError> {
        match self.names.get(&id) {
            Some(name) => Ok(column(name)),
            None => Err(EngineError::new(format!("internal error: column {} is not in scope", id.0))),
        }
    }
}

/// The name of a column within a plan, unlike all others in it.
pub(crate) fn internal_name(column: &Column) -> String {
    format!("{}#{}", column.name, column.id.0)
}

/// A reference to a column by its exact name.
pub(crate) fn column(name: &str) -> DataFusionExpr {
    DataFusionExpr::Column(DataFusionColumn::new_unqualified(name))
}

/// The expression under this name.
pub(crate) fn named(expression: DataFusionExpr, name: &str) -> DataFusionExpr {
    match &expression {
        DataFusionExpr::Column(column) if column.name == name => expression,
        _ => expression.alias(name),
    }
}

/// A string of which an outer join or a file may have made a null.
pub(crate) fn string_or_empty(expression: DataFusionExpr) -> DataFusionExpr {
    ScalarUDF::from(Plumbing::string_or_empty()).call(vec![expression])
}
