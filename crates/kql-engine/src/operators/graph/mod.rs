//! Graphs: making one of rows of edges and nodes, and what is computed on it.
//!
//! A graph is a stream of rows, one for each node and each edge. Each operator gathers them, and those that follow
//! edges build adjacency lists over them.

mod add_columns;
mod adjacency;
mod components;
mod keep_shortest;
mod make;
mod match_pattern;
mod matches;
mod search;
mod shortest;

pub(crate) use add_columns::AddGraphColumn;
pub(crate) use keep_shortest::KeepShortest;
pub(crate) use make::MakeGraph;
pub(crate) use match_pattern::MatchPattern;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;
use kql_semantics::plan::graph::{GraphOperation, GraphOperator, GraphRows};
use kql_semantics::{Column, ColumnId};
use serde::{Deserialize, Serialize};

use super::gathered::Gathered;
use super::own::{OwnOperator, Worker};
use crate::EngineError;
use crate::lowering::{Lowering, internal_name};

pub(crate) fn lower(
    lowering: &Lowering,
    graph: &GraphOperator,
    columns: &[Column],
) -> Result<LogicalPlan, EngineError> {
    let names = Names { input: &graph.input.columns, output: columns };
    let operator = match &graph.operation {
        GraphOperation::Make(make) => OwnOperator::MakeGraph(MakeGraph::new(make, &names)?),
        GraphOperation::Degrees { rows, incoming, outgoing } => {
            OwnOperator::AddGraphColumn(AddGraphColumn::degrees(&names.rows(rows)?, &names, *incoming, *outgoing)?)
        }
        GraphOperation::Components { rows, strong, output, within } => {
            let within = within.iter().map(|id| names.input(*id)).collect::<Result<_, _>>()?;
            let output = names.output(*output)?;
            OwnOperator::AddGraphColumn(AddGraphColumn::components(names.rows(rows)?, *strong, output, within))
        }
        GraphOperation::Match(matches) => OwnOperator::MatchPattern(MatchPattern::new(matches, columns, &names)?),
        GraphOperation::KeepShortest { source, target, length, all } => OwnOperator::KeepShortest(KeepShortest {
            source: names.input(*source)?,
            target: names.input(*target)?,
            length: names.input(*length)?,
            all: *all,
        }),
    };
    Ok(operator.over(lowering.relation(&graph.input)?)?)
}

/// The names of columns in plans.
pub(crate) struct Names<'a> {
    input: &'a [Column],
    output: &'a [Column],
}

impl Names<'_> {
    fn input(&self, id: ColumnId) -> Result<String, EngineError> {
        find(self.input, id)
    }

    fn output(&self, id: ColumnId) -> Result<String, EngineError> {
        find(self.output, id)
    }

    fn rows(&self, rows: &GraphRows) -> Result<RowColumns, EngineError> {
        Ok(RowColumns {
            number: self.input(rows.number)?,
            source: self.input(rows.source)?,
            target: self.input(rows.target)?,
        })
    }
}

fn find(columns: &[Column], id: ColumnId) -> Result<String, EngineError> {
    let found = columns.iter().find(|column| column.id == id).map(internal_name);
    found.ok_or_else(|| EngineError::new(format!("internal error: the graph has no column {}", id.0)))
}

/// The columns that tell the rows of a graph apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RowColumns {
    number: String,
    source: String,
    target: String,
}

impl RowColumns {
    fn names(&self) -> [&str; 3] {
        [&self.number, &self.source, &self.target]
    }
}

/// Computes one batch of all rows.
struct OfAllRows<F> {
    rows: Gathered,
    compute: F,
}

impl<F: FnMut(RecordBatch) -> Result<RecordBatch> + Send> Worker for OfAllRows<F> {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows.push(batch)
    }

    fn finish(&mut self) -> Result<()> {
        let batch = self.rows.concatenated()?;
        let result = (self.compute)(batch)?;
        self.rows.hand_out(result);
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.rows.next_slice())
    }
}
