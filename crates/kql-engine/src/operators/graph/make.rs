//! `make-graph`: numbers the nodes by their ids, merges rows of one node, and adds those that only edges name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, UInt32Array};
use datafusion::arrow::compute::{interleave, take};
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::arrow::row::{Row, RowConverter, SortField};
use datafusion::common::{exec_err, internal_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use kql_semantics::plan::graph::MakeGraph as Plan;
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

use super::{Names, OfAllRows};
use crate::EngineError;
use crate::lowering::internal_name;
use crate::operators::gathered::Gathered;
use crate::operators::own::{Behaviour, Worker};

/// Makes the rows of a graph of rows of nodes and edges.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct MakeGraph {
    is_edge: String,
    source: String,
    target: String,
    /// Nodes of different values in these columns are different nodes.
    within: Vec<String>,
    /// The properties that hold the id of a node which only edges name.
    keys: Vec<String>,
    /// The columns of strings, which are never null.
    strings: Vec<String>,
    /// What is made: the number of the row's element, those of an edge's ends, and the id of a node.
    number: String,
    source_number: String,
    target_number: String,
    id: String,
    /// The name of the ids' type.
    id_type: String,
}

impl MakeGraph {
    pub fn new(make: &Plan, names: &Names<'_>) -> Result<MakeGraph, EngineError> {
        let id_type = names.input.iter().find(|column| column.id == make.source).map(|column| column.scalar_type);
        let id_type = id_type.unwrap_or(ScalarType::String);
        let of_id_type = |id: &&_| names.input.iter().any(|column| column.id == **id && column.scalar_type == id_type);
        let strings = names.input.iter().filter(|column| column.scalar_type == ScalarType::String);
        Ok(MakeGraph {
            is_edge: names.input(make.is_edge)?,
            source: names.input(make.source)?,
            target: names.input(make.target)?,
            within: make.within.iter().map(|id| names.input(*id)).collect::<Result<_, _>>()?,
            keys: make.keys.iter().filter(of_id_type).map(|id| names.input(*id)).collect::<Result<_, _>>()?,
            strings: strings.map(internal_name).collect(),
            number: names.output(make.rows.number)?,
            source_number: names.output(make.rows.source)?,
            target_number: names.output(make.rows.target)?,
            id: names.output(make.id)?,
            id_type: id_type.name().to_owned(),
        })
    }

    fn consumed(&self) -> [&String; 3] {
        [&self.is_edge, &self.source, &self.target]
    }
}

impl Behaviour for MakeGraph {
    fn name(&self) -> &'static str {
        "MakeGraph"
    }

    fn describe(&self) -> String {
        format!("{} --> {}", self.source, self.target)
    }

    fn reads(&self) -> Vec<&str> {
        self.consumed().into_iter().chain(&self.within).chain(&self.keys).map(String::as_str).collect()
    }

    fn passes(&self, column: &str) -> bool {
        !self.consumed().into_iter().any(|consumed| consumed == column)
    }

    fn adds(&self) -> Vec<Field> {
        let numbers = [&self.number, &self.source_number, &self.target_number];
        let id_type = ScalarType::from_name(&self.id_type).unwrap_or(ScalarType::String);
        let mut fields: Vec<Field> = numbers.map(|name| Field::new(name, DataType::Int64, true)).into();
        fields.push(Field::new(&self.id, id_type.arrow_type(), true));
        fields
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let (specification, output) = (self.clone(), output.clone());
        let compute = move |batch: RecordBatch| specification.graph(&batch, &output);
        Ok(Box::new(OfAllRows { rows: Gathered::new(input.clone(), memory), compute }))
    }
}

/// The elements of a graph that is being made.
#[derive(Default)]
struct Elements {
    /// For each node the row with its id, and whether the id is that of the row's target.
    nodes: Vec<(usize, bool)>,
    /// How many of the nodes have rows of their own.
    given: usize,
    /// Further rows of nodes that have several, by node.
    repeated: Vec<(usize, usize)>,
    /// The rows of edges, and the nodes at their ends.
    edges: Vec<(usize, usize, usize)>,
}

impl MakeGraph {
    fn graph(&self, batch: &RecordBatch, output: &SchemaRef) -> Result<RecordBatch> {
        if u32::try_from(batch.num_rows()).is_err() {
            return exec_err!("the graph is too large: it has {} rows", batch.num_rows());
        }
        let elements = self.elements(batch)?;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(output.fields().len());
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            if self.passes(field.name()) {
                arrays.push(self.property(field.name(), column, batch, &elements)?);
            }
        }
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (nodes, edges) = (elements.nodes.len(), &elements.edges);
        let numbers = Int64Array::from_iter_values((0..count(nodes)).chain(0..count(edges.len())));
        arrays.push(Arc::new(numbers));
        for end in [|edge: &(usize, usize, usize)| edge.1, |edge: &(usize, usize, usize)| edge.2] {
            let ends = edges.iter().map(|edge| Some(count(end(edge))));
            arrays.push(Arc::new(std::iter::repeat_n(None, nodes).chain(ends).collect::<Int64Array>()));
        }
        let ids = elements.nodes.iter().map(|(row, target)| (usize::from(*target), *row));
        let ids: Vec<(usize, usize)> = ids.chain(edges.iter().map(|(row, ..)| (0, *row))).collect();
        let [source, target] = [&self.source, &self.target].map(|name| batch.column_by_name(name));
        let (Some(source), Some(target)) = (source, target) else { return internal_err!("the ids are missing") };
        arrays.push(interleave(&[source.as_ref(), target.as_ref()], &ids)?);
        Ok(RecordBatch::try_new(output.clone(), arrays)?)
    }

    fn elements(&self, batch: &RecordBatch) -> Result<Elements> {
        let Some(is_edge) = batch.column_by_name(&self.is_edge).and_then(|array| array.as_boolean_opt()) else {
            return internal_err!("nothing tells edges from nodes");
        };
        let keys = |end: &String| -> Result<Vec<ArrayRef>> {
            let columns = self.within.iter().chain([end]).map(|name| batch.column_by_name(name).cloned());
            match columns.collect::<Option<Vec<_>>>() {
                Some(columns) => Ok(columns),
                None => internal_err!("the ids of nodes are missing"),
            }
        };
        let (sources, targets) = (keys(&self.source)?, keys(&self.target)?);
        let fields = sources.iter().map(|array| SortField::new(array.data_type().clone())).collect();
        let converter = RowConverter::new(fields)?;
        let (sources, targets) = (converter.convert_columns(&sources)?, converter.convert_columns(&targets)?);

        let mut numbers: HashMap<Row<'_>, usize> = HashMap::new();
        let mut elements = Elements::default();
        let edge = |row: usize| is_edge.is_valid(row) && is_edge.value(row);
        for row in (0..batch.num_rows()).filter(|row| !edge(*row)) {
            match numbers.entry(sources.row(row)) {
                Entry::Occupied(known) => elements.repeated.push((*known.get(), row)),
                Entry::Vacant(new) => {
                    new.insert(elements.nodes.len());
                    elements.nodes.push((row, false));
                }
            }
        }
        elements.given = elements.nodes.len();
        for row in (0..batch.num_rows()).filter(|row| edge(*row)) {
            let [source, target] = [(sources.row(row), false), (targets.row(row), true)].map(|(id, is_target)| {
                *numbers.entry(id).or_insert_with(|| {
                    elements.nodes.push((row, is_target));
                    elements.nodes.len() - 1
                })
            });
            elements.edges.push((row, source, target));
        }
        Ok(elements)
    }

    /// A column of the input, by element.
    fn property(&self, name: &str, column: &ArrayRef, batch: &RecordBatch, elements: &Elements) -> Result<ArrayRef> {
        let is_string = self.strings.iter().any(|string| string == name);
        let position = |row: usize| u32::try_from(row).ok();
        let mut rows: Vec<Option<u32>> = elements.nodes.iter().map(|(row, _)| position(*row)).collect();
        let is_key = self.keys.iter().any(|key| key == name);
        if !self.within.iter().any(|within| within == name) {
            // Nodes that only edges name have no properties.
            rows.iter_mut().skip(elements.given).for_each(|row| *row = None);
            let strings = column.as_string_view_opt().filter(|_| is_string);
            let is_empty = |row: u32| {
                let row = row as usize;
                column.is_null(row) || strings.is_some_and(|strings| strings.value(row).is_empty())
            };
            for (node, row) in &elements.repeated {
                if let Some(taken) = rows.get_mut(*node)
                    && taken.is_none_or(is_empty)
                {
                    *taken = position(*row);
                }
            }
        }
        if is_key {
            let [source, target] = [&self.source, &self.target].map(|name| batch.column_by_name(name));
            let (Some(source), Some(target)) = (source, target) else { return internal_err!("the ids are missing") };
            let of_node = |(taken, (row, is_target)): (&Option<u32>, &(usize, bool))| match taken {
                Some(taken) => (0, *taken as usize),
                None => (1 + usize::from(*is_target), *row),
            };
            let mut from: Vec<(usize, usize)> = rows.iter().zip(&elements.nodes).map(of_node).collect();
            from.extend(elements.edges.iter().map(|(row, ..)| (0, *row)));
            return Ok(interleave(&[column.as_ref(), source.as_ref(), target.as_ref()], &from)?);
        }
        rows.extend(elements.edges.iter().map(|(row, ..)| position(*row)));
        let taken = take(column, &UInt32Array::from(rows), None)?;
        match taken.as_string_view_opt() {
            Some(strings) if is_string && strings.null_count() > 0 => {
                let filled: StringViewArray = strings.iter().map(|text| Some(text.unwrap_or_default())).collect();
                Ok(Arc::new(filled))
            }
            _ => Ok(taken),
        }
    }
}
