//! Expressions over columns of which some are dictionaries: what reads one of these alone is computed once for each of
//! its values.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;

use super::column::{ScanColumn, spread};

/// An expression over the columns of a scan, by their places in its specification.
#[derive(Debug)]
pub(super) struct Evaluator {
    expression: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// The expression as it is computed when these columns are dictionaries.
    prepared: HashMap<Vec<usize>, Prepared>,
}

/// Rows of columns of the scan, by place.
pub(super) type Columns = std::collections::BTreeMap<usize, ScanColumn>;

impl Evaluator {
    /// `schema` is that of the scan's columns.
    pub(super) fn new(expression: Arc<dyn PhysicalExpr>, schema: SchemaRef) -> Evaluator {
        Evaluator { expression, schema, prepared: HashMap::new() }
    }

    /// The columns that the expression reads, in order.
    pub(super) fn reads(&self) -> Vec<usize> {
        places(&self.expression)
    }

    /// The expression, where it is but a column.
    pub(super) fn as_column(&self) -> Option<usize> {
        self.expression.downcast_ref::<Column>().map(Column::index)
    }

    /// Its value in each of `rows` rows.
    pub(super) fn evaluate(&mut self, columns: &Columns, rows: usize) -> Result<ArrayRef> {
        if let Some(place) = self.as_column()
            && let Some(column) = columns.get(&place)
        {
            return Ok(column.plain()?);
        }
        let is_dictionary = |place: &usize| matches!(columns.get(place), Some(ScanColumn::Dictionary { .. }));
        let dictionaries: Vec<usize> = self.reads().into_iter().filter(is_dictionary).collect();
        if !self.prepared.contains_key(&dictionaries) {
            let prepared = Prepared::new(&self.expression, &self.schema, &dictionaries)?;
            self.prepared.insert(dictionaries.clone(), prepared);
        }
        match self.prepared.get_mut(&dictionaries) {
            Some(prepared) => prepared.evaluate(columns, rows),
            None => internal_err!("an expression was not prepared"),
        }
    }
}

fn places(expression: &Arc<dyn PhysicalExpr>) -> Vec<usize> {
    let mut places: Vec<usize> = collect_columns(expression).iter().map(Column::index).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// An expression in two parts: what is computed of the values of dictionaries, and what of rows.
#[derive(Debug)]
struct Prepared {
    by_value: Vec<ByValue>,
    /// Over the columns in `plain`, then the results of `by_value`.
    by_row: Arc<dyn PhysicalExpr>,
    plain: Vec<usize>,
    schema: SchemaRef,
}

/// An expression over the values of one dictionary.
#[derive(Debug)]
struct ByValue {
    column: usize,
    expression: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// The last values and what became of them. Kept, they also keep their place in memory.
    last: Option<(ArrayRef, ArrayRef)>,
}

impl Prepared {
    fn new(expression: &Arc<dyn PhysicalExpr>, schema: &SchemaRef, dictionaries: &[usize]) -> Result<Prepared> {
        let mut by_value: Vec<ByValue> = Vec::new();
        let mut fields: Vec<Field> = Vec::new();
        // The results come after all columns of the scan, until it is known which of those are in use.
        let offset = schema.fields().len();
        let by_row = expression.clone().transform_down(|node| {
            if node.downcast_ref::<Column>().is_some() {
                return Ok(Transformed::no(node));
            }
            let [column] = places(&node)[..] else { return Ok(Transformed::no(node)) };
            if !dictionaries.contains(&column) || datafusion::physical_expr_common::physical_expr::is_volatile(&node) {
                return Ok(Transformed::no(node));
            }
            let field = Field::new(format!("${}", by_value.len()), node.data_type(schema)?, true);
            let result = Column::new(field.name(), offset + by_value.len());
            by_value.push(ByValue {
                column,
                expression: renumbered(node, |_| Some(0))?,
                schema: Arc::new(schema.project(&[column])?),
                last: None,
            });
            fields.push(field);
            Ok(Transformed::new(Arc::new(result), true, TreeNodeRecursion::Jump))
        })?;
        let plain: Vec<usize> = places(&by_row.data).into_iter().filter(|place| *place < offset).collect();
        let by_row = renumbered(by_row.data, |place| match place.checked_sub(offset) {
            Some(result) => Some(plain.len() + result),
            None => plain.binary_search(&place).ok(),
        })?;
        let plain_fields = schema.project(&plain)?.fields().iter().map(|field| field.as_ref().clone()).collect();
        let schema = Arc::new(Schema::new([plain_fields, fields].concat()));
        Ok(Prepared { by_value, by_row, plain, schema })
    }

    fn evaluate(&mut self, columns: &Columns, rows: usize) -> Result<ArrayRef> {
        let mut arrays = Vec::with_capacity(self.plain.len() + self.by_value.len());
        for place in &self.plain {
            match columns.get(place) {
                Some(column) => arrays.push(column.plain()?),
                None => return internal_err!("the column {place} was not read"),
            }
        }
        for by_value in &mut self.by_value {
            arrays.push(by_value.evaluate(columns)?);
        }
        if let Some(column) = self.by_row.downcast_ref::<Column>()
            && let Some(array) = arrays.get(column.index())
        {
            return Ok(array.clone());
        }
        self.by_row.evaluate(&batch(&self.schema, arrays, rows)?)?.into_array(rows)
    }
}

impl ByValue {
    fn evaluate(&mut self, columns: &Columns) -> Result<ArrayRef> {
        let Some(ScanColumn::Dictionary { keys, values }) = columns.get(&self.column) else {
            return internal_err!("the column {} is no dictionary", self.column);
        };
        let results = match &self.last {
            Some((known, results)) if Arc::ptr_eq(known, values) => results.clone(),
            _ => {
                let rows = values.len();
                match self.expression.evaluate(&batch(&self.schema, vec![values.clone()], rows)?) {
                    Ok(results) => {
                        let results = results.into_array(rows)?;
                        self.last = Some((values.clone(), results.clone()));
                        results
                    }
                    // It may be a value that no row of these has.
                    Err(_) => {
                        let rows = keys.len();
                        let plain = spread(values, keys)?;
                        return self.expression.evaluate(&batch(&self.schema, vec![plain], rows)?)?.into_array(rows);
                    }
                }
            }
        };
        Ok(spread(&results, keys)?)
    }
}

fn batch(schema: &SchemaRef, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?)
}

/// The expression with other numbers for its columns.
pub(super) fn renumbered(
    expression: Arc<dyn PhysicalExpr>,
    number: impl Fn(usize) -> Option<usize>,
) -> Result<Arc<dyn PhysicalExpr>> {
    let renumbered = expression.transform(|node| match node.downcast_ref::<Column>() {
        Some(column) => match number(column.index()) {
            Some(place) => Ok(Transformed::yes(Arc::new(Column::new(column.name(), place)) as _)),
            None => internal_err!("there is no column {}", column.index()),
        },
        None => Ok(Transformed::no(node)),
    })?;
    Ok(renumbered.data)
}
