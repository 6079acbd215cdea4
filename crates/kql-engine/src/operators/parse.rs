//! `parse`, `parse-where` and `parse-kv`: columns cut out of a column of text.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Field, SchemaRef};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{LogicalPlan, Projection};
use kql_functions::extraction::{Extraction, Extractor};
use kql_semantics::Column;
use kql_semantics::plan::Extract;
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

use super::own::{Behaviour, OwnOperator, Rows, Worker};
use crate::EngineError;
use crate::error::FunctionFailure;
use crate::lowering::{Lowering, Scope, column, internal_name, named};

/// The column to parse, within the plan.
const SOURCE: &str = "$text";

pub(crate) fn lower(lowering: &Lowering, extract: &Extract, columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    let scope = Scope::of(&extract.input.columns);
    let mut inputs: Vec<_> = extract.input.columns.iter().map(|each| column(&internal_name(each))).collect();
    inputs.push(lowering.expression(&extract.source, &scope)?.alias(SOURCE));
    let input = LogicalPlan::Projection(Projection::try_new(inputs, Arc::new(lowering.relation(&extract.input)?))?);
    let mut names = Vec::new();
    let mut outputs = Vec::new();
    for (at, (id, scalar_type)) in extract.outputs.iter().enumerate() {
        let name = format!("$parsed{at}");
        names.push((*id, name.clone()));
        outputs.push((name, scalar_type.name().to_owned()));
    }
    names.extend(extract.input.columns.iter().map(|each| (each.id, internal_name(each))));
    let operator =
        Parse { extraction: extract.extraction.as_ref().clone(), outputs, only_matches: extract.only_matches };
    let parsed = OwnOperator::Parse(operator).over(input)?;
    let scope = Scope::named(names);
    let expressions =
        columns.iter().map(|each| Ok::<_, EngineError>(named(scope.column(each.id)?, &internal_name(each))));
    Ok(LogicalPlan::Projection(Projection::try_new(expressions.collect::<Result<_, _>>()?, Arc::new(parsed))?))
}

/// Parses the text column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Parse {
    extraction: Extraction,
    /// The names of the new columns and of their types.
    outputs: Vec<(String, String)>,
    only_matches: bool,
}

impl Parse {
    fn types(&self) -> Vec<ScalarType> {
        let types = self.outputs.iter().map(|(_, name)| ScalarType::from_name(name).unwrap_or(ScalarType::String));
        types.collect()
    }
}

impl Behaviour for Parse {
    fn name(&self) -> &'static str {
        "Parse"
    }

    fn describe(&self) -> String {
        let filter = if self.only_matches { ", only matches" } else { "" };
        format!("{:?}{filter}", self.extraction)
    }

    fn reads(&self) -> Vec<&str> {
        vec![SOURCE]
    }

    fn passes(&self, column: &str) -> bool {
        column != SOURCE
    }

    fn adds(&self) -> Vec<Field> {
        let columns = self.outputs.iter().zip(self.types());
        columns.map(|((name, _), scalar_type)| Field::new(name, scalar_type.arrow_type(), true)).collect()
    }

    fn filters_by(&self, column: &str) -> bool {
        self.outputs.iter().all(|(name, _)| name != column)
    }

    fn limits_input(&self) -> bool {
        !self.only_matches
    }

    fn distribution(&self) -> Rows<'_> {
        Rows::Anywhere
    }

    fn sorts_below(&self) -> bool {
        true
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, _memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let source = input.index_of(SOURCE)?;
        let extractor = self.extraction.prepare(self.types()).map_err(|error| FunctionFailure::of("parse", error))?;
        let only_matches = self.only_matches;
        Ok(Box::new(Parser { source, extractor, only_matches, output: output.clone(), ready: None }))
    }
}

/// Parses one partition.
struct Parser {
    source: usize,
    extractor: Extractor,
    only_matches: bool,
    output: SchemaRef,
    ready: Option<RecordBatch>,
}

impl Worker for Parser {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let Some(texts) = batch.column(self.source).as_string_view_opt() else {
            return exec_err!("parse reads text, not {}", batch.column(self.source).data_type());
        };
        let (parsed, matched) = self.extractor.extract(texts).map_err(|error| FunctionFailure::of("parse", error))?;
        let passed = batch.columns().iter().enumerate().filter(|(at, _)| *at != self.source);
        let mut arrays: Vec<ArrayRef> = passed.map(|(_, array)| array.clone()).collect();
        arrays.extend(parsed);
        let parsed = RecordBatch::try_new(self.output.clone(), arrays)?;
        self.ready = Some(if self.only_matches { filter_record_batch(&parsed, &matched)? } else { parsed });
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.ready.take())
    }
}
