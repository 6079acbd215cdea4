//! Operators that give the nodes of a graph further columns: their degrees, and their connected components.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use kql_semantics::ColumnId;
use serde::{Deserialize, Serialize};

use super::adjacency::Adjacency;
use super::{Names, OfAllRows, RowColumns, components};
use crate::EngineError;
use crate::operators::gathered::Gathered;
use crate::operators::own::{Behaviour, Worker};

/// Adds `long` columns to the rows of nodes; they are null in those of edges.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct AddGraphColumn {
    rows: RowColumns,
    added: Added,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Added {
    Degrees {
        incoming: String,
        outgoing: String,
    },
    Components {
        strong: bool,
        output: String,
        /// Components are numbered within each group of values in these columns.
        within: Vec<String>,
    },
}

impl AddGraphColumn {
    pub fn degrees(
        rows: &RowColumns,
        names: &Names<'_>,
        incoming: ColumnId,
        outgoing: ColumnId,
    ) -> Result<AddGraphColumn, EngineError> {
        let added = Added::Degrees { incoming: names.output(incoming)?, outgoing: names.output(outgoing)? };
        Ok(AddGraphColumn { rows: rows.clone(), added })
    }

    pub fn components(rows: RowColumns, strong: bool, output: String, within: Vec<String>) -> AddGraphColumn {
        AddGraphColumn { rows, added: Added::Components { strong, output, within } }
    }

    fn with_columns(&self, batch: &RecordBatch, output: &SchemaRef) -> Result<RecordBatch> {
        let graph = Adjacency::of(batch, &self.rows)?;
        let values: Vec<Vec<i64>> = match &self.added {
            Added::Degrees { .. } => {
                let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
                let degrees = graph.nodes().map(|node| graph.degrees(node));
                let (outgoing, incoming) = degrees.map(|(out, into)| (count(out), count(into))).unzip();
                vec![incoming, outgoing]
            }
            Added::Components { strong, within, .. } => {
                let found = if *strong { components::strong(&graph) } else { components::weak(&graph) };
                vec![numbered(&found, &groups(batch, within, &graph)?)]
            }
        };
        let mut arrays = batch.columns().to_vec();
        for values in values {
            let mut by_row: Vec<Option<i64>> = vec![None; batch.num_rows()];
            for (row, value) in graph.node_rows.iter().zip(values) {
                by_row.iter_mut().skip(*row as usize).take(1).for_each(|place| *place = Some(value));
            }
            arrays.push(Arc::new(Int64Array::from(by_row)) as ArrayRef);
        }
        Ok(RecordBatch::try_new(output.clone(), arrays)?)
    }
}

impl Behaviour for AddGraphColumn {
    fn name(&self) -> &'static str {
        match self.added {
            Added::Degrees { .. } => "GraphDegrees",
            Added::Components { .. } => "GraphComponents",
        }
    }

    fn describe(&self) -> String {
        match &self.added {
            Added::Degrees { incoming, outgoing } => format!("{incoming}, {outgoing}"),
            Added::Components { strong, output, .. } => {
                format!("{output} of {} components", if *strong { "strong" } else { "weak" })
            }
        }
    }

    fn reads(&self) -> Vec<&str> {
        let mut names = self.rows.names().to_vec();
        if let Added::Components { within, .. } = &self.added {
            names.extend(within.iter().map(String::as_str));
        }
        names
    }

    fn adds(&self) -> Vec<Field> {
        let names = match &self.added {
            Added::Degrees { incoming, outgoing } => vec![incoming, outgoing],
            Added::Components { output, .. } => vec![output],
        };
        names.into_iter().map(|name| Field::new(name, DataType::Int64, true)).collect()
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let (specification, output) = (self.clone(), output.clone());
        let compute = move |batch: RecordBatch| specification.with_columns(&batch, &output);
        Ok(Box::new(OfAllRows { rows: Gathered::new(input.clone(), memory), compute }))
    }
}

/// The group to which each node belongs.
fn groups(batch: &RecordBatch, within: &[String], graph: &Adjacency) -> Result<Vec<usize>> {
    if within.is_empty() {
        return Ok(vec![0; graph.node_count()]);
    }
    let columns: Option<Vec<ArrayRef>> = within.iter().map(|name| batch.column_by_name(name).cloned()).collect();
    let Some(columns) = columns else { return internal_err!("the graph has no columns {}", within.join(", ")) };
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let rows = RowConverter::new(fields)?.convert_columns(&columns)?;
    let mut known = HashMap::new();
    let groups = graph.node_rows.iter().map(|row| {
        let next = known.len();
        *known.entry(rows.row(*row as usize)).or_insert(next)
    });
    Ok(groups.collect())
}

/// The components numbered from 0 within their groups, in the order of their first nodes.
fn numbered(components: &[u32], groups: &[usize]) -> Vec<i64> {
    let mut next: HashMap<usize, i64> = HashMap::new();
    let mut numbers: HashMap<u32, i64> = HashMap::new();
    let mut result = Vec::with_capacity(components.len());
    for (component, group) in components.iter().zip(groups) {
        let number = *numbers.entry(*component).or_insert_with(|| {
            let next = next.entry(*group).or_insert(0);
            *next += 1;
            *next - 1
        });
        result.push(number);
    }
    result
}
