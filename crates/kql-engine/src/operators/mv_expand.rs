//! `mv-expand`: a row for each element of an array or member of a bag.
//!
//! An array gives its elements, a bag one-member bags or `[key, value]` pairs, any other value itself, an empty
//! array or bag no row, and null one row with null. Several columns expand in step; the shorter ones are
//! padded with nulls.

use std::fmt::Write;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, StringViewBuilder, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{LogicalPlan, Projection};
use kql_semantics::plan::{MvExpand, MvExpandKind};
use kql_semantics::{Column, ColumnId};
use kql_types::dynamic::{Dynamic, Kind, Text, write_string};
use kql_types::{ScalarType, Value};
use serde::{Deserialize, Serialize};

use super::expand_members::{Member, MemberPaths, Members};
use super::own::{Behaviour, OwnOperator, Rows, Worker};
use crate::EngineError;
use crate::lowering::{Lowering, Scope, column, internal_name, named};
use crate::tables::array_of;

/// The most rows of one batch out; a row with more elements is spread over several.
const BATCH_ROWS: usize = 8192;

pub(crate) fn lower(lowering: &Lowering, expand: &MvExpand, columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    let scope = Scope::of(&expand.input.columns);
    let mut inputs: Vec<_> = expand.input.columns.iter().map(|each| column(&internal_name(each))).collect();
    let mut names = Vec::new();
    let mut expansions = Vec::new();
    for (at, expansion) in expand.expansions.iter().enumerate() {
        let source = format!("$source{at}");
        inputs.push(lowering.expression(&expansion.source, &scope)?.alias(&source));
        let output = format!("$element{at}");
        names.push((expansion.output, output.clone()));
        let scalar_type = expansion.scalar_type.name().to_owned();
        expansions.push(ExpandedColumn { source, output, scalar_type, members: Vec::new(), is_raw: false });
    }
    let index = expand.item_index.map(|id| {
        let name = "$index".to_owned();
        names.push((id, name.clone()));
        name
    });
    // A column of the input keeps its id, unless an expanded one took it.
    names.extend(expand.input.columns.iter().map(|each| (each.id, internal_name(each))));
    let input = LogicalPlan::Projection(Projection::try_new(inputs, Arc::new(lowering.relation(&expand.input)?))?);
    let operator = Expand { expansions, pairs: expand.kind == MvExpandKind::Array, index, limit: expand.limit };
    let expanded = OwnOperator::Expand(operator).over(input)?;
    let outputs = Scope::named(names);
    let output = |id: ColumnId, name: &str| Ok::<_, EngineError>(named(outputs.column(id)?, name));
    let expressions = columns.iter().map(|each| output(each.id, &internal_name(each))).collect::<Result<_, _>>()?;
    Ok(LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(expanded))?))
}

/// Expands columns in step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Expand {
    expansions: Vec<ExpandedColumn>,
    /// Whether members of bags become `[key, value]` pairs.
    pairs: bool,
    /// The column that counts the elements.
    index: Option<String>,
    limit: Option<u64>,
}

/// One column to expand.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct ExpandedColumn {
    /// The `dynamic` column, which is not passed on.
    source: String,
    output: String,
    /// The name of the type of its elements.
    scalar_type: String,
    /// What is wanted of the elements instead of themselves; empty where they are wanted as they are.
    members: Vec<Member>,
    /// Whether the source holds texts of which nobody has seen yet whether they are JSON.
    is_raw: bool,
}

impl Expand {
    /// The dynamic column that comes out under this name with its elements as they are.
    pub fn has_whole_elements(&self, output: &str) -> bool {
        self.expansions.iter().any(|column| {
            column.output == output && column.members.is_empty() && column.element_type() == ScalarType::Dynamic
        })
    }

    /// Gives parts of the elements instead of the elements of the column `output`.
    pub fn with_members(mut self, output: &str, members: Vec<Member>) -> Expand {
        for column in self.expansions.iter_mut().filter(|column| column.output == output) {
            column.members = members.clone();
        }
        self
    }

    /// Whether a column that comes out is a member of elements, as it is.
    pub fn has_dynamic_member(&self, output: &str) -> bool {
        let mut members = self.expansions.iter().flat_map(|column| &column.members);
        members.any(|member| member.output == output && member.scalar_type() == ScalarType::Dynamic)
    }

    /// Gives the text of a member that comes out under this name.
    pub fn with_text_member(mut self, output: &str) -> Expand {
        let members = self.expansions.iter_mut().flat_map(|column| &mut column.members);
        for member in members.filter(|member| member.output == output) {
            *member = member.as_text();
        }
        self
    }

    /// The dynamic columns that are read for members only.
    pub fn sources_of_members(&self) -> impl Iterator<Item = &str> {
        let of_members = self.expansions.iter().filter(|column| !column.members.is_empty());
        of_members.map(|column| column.source.as_str())
    }

    /// Expands texts of which nobody has seen whether they are JSON. What is not is a string.
    pub fn with_raw(mut self, source: &str) -> Expand {
        for column in self.expansions.iter_mut().filter(|column| column.source == source) {
            column.is_raw = true;
        }
        self
    }
}

impl ExpandedColumn {
    fn element_type(&self) -> ScalarType {
        ScalarType::from_name(&self.scalar_type).unwrap_or(ScalarType::Dynamic)
    }
}

impl Behaviour for Expand {
    fn name(&self) -> &'static str {
        "MvExpand"
    }

    fn describe(&self) -> String {
        let mut text = String::new();
        for (at, column) in self.expansions.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            // Writing to a string does not fail.
            let _ = write!(text, "{comma}{} = {} to {}", column.output, column.source, column.scalar_type);
            for member in &column.members {
                let _ = write!(text, ", {} = {}", member.output, member.describe());
            }
        }
        if let Some(limit) = self.limit {
            let _ = write!(text, " limit {limit}");
        }
        text
    }

    fn reads(&self) -> Vec<&str> {
        self.expansions.iter().map(|column| column.source.as_str()).collect()
    }

    fn passes(&self, column: &str) -> bool {
        self.expansions.iter().all(|expanded| expanded.source != column)
    }

    fn adds(&self) -> Vec<Field> {
        let elements = self.expansions.iter().flat_map(|column| {
            let whole = column.members.is_empty().then_some((&column.output, column.element_type()));
            let parts = column.members.iter().map(|member| (&member.output, member.scalar_type()));
            whole.into_iter().chain(parts).map(|(name, scalar_type)| Field::new(name, scalar_type.arrow_type(), true))
        });
        elements.chain(self.index.iter().map(|name| Field::new(name, DataType::Int64, true))).collect()
    }

    fn filters_by(&self, column: &str) -> bool {
        self.adds().iter().all(|added| added.name() != column)
    }

    fn distribution(&self) -> Rows<'_> {
        Rows::Anywhere
    }

    fn sorts_below(&self) -> bool {
        true
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, _memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let sources =
            self.expansions.iter().map(|column| input.index_of(&column.source)).collect::<Result<Vec<_>, _>>()?;
        let passed = (0..input.fields().len()).filter(|at| !sources.contains(at)).collect();
        let wanted = self.expansions.iter().map(Wanted::of).collect();
        let limit = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Box::new(Expander {
            sources,
            wanted,
            passed,
            pairs: self.pairs,
            with_index: self.index.is_some(),
            limit,
            output: output.clone(),
            batch: None,
            row: 0,
        }))
    }
}

/// Expands one partition.
struct Expander {
    sources: Vec<usize>,
    wanted: Vec<Wanted>,
    passed: Vec<usize>,
    pairs: bool,
    with_index: bool,
    limit: usize,
    output: SchemaRef,
    batch: Option<RecordBatch>,
    /// The first row of the batch that is not expanded yet.
    row: usize,
}

impl Worker for Expander {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.batch = Some(batch);
        self.row = 0;
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        let Some(batch) = self.batch.take() else {
            return Ok(None);
        };
        let expanded = self.expand(&batch)?;
        if self.row < batch.num_rows() {
            self.batch = Some(batch);
        }
        Ok(Some(expanded))
    }
}

impl Expander {
    /// Expands rows until a batch is full.
    fn expand(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut sources = Vec::with_capacity(self.sources.len());
        for at in &self.sources {
            match batch.column(*at).as_string_view_opt() {
                Some(texts) => sources.push(texts),
                None => return exec_err!("mv-expand expands dynamic values, not {}", batch.column(*at).data_type()),
            }
        }
        let mut columns: Vec<Elements> =
            sources.iter().zip(&mut self.wanted).map(|(source, wanted)| Elements::new(source, wanted)).collect();
        let mut rows: Vec<u32> = Vec::new();
        let mut positions: Vec<i64> = Vec::new();
        while self.row < batch.num_rows() && rows.len() < BATCH_ROWS {
            let start = rows.len();
            let mut most = 0;
            for (column, source) in columns.iter_mut().zip(&sources) {
                most = most.max(column.append(source, self.row, self.pairs, self.limit)?);
            }
            for column in &mut columns {
                column.pad(start + most)?;
            }
            let Ok(row) = u32::try_from(self.row) else {
                return exec_err!("a batch has more rows than can be numbered");
            };
            rows.resize(start + most, row);
            if self.with_index {
                positions.extend(0..most as i64);
            }
            self.row += 1;
        }
        let indices = UInt32Array::from(rows);
        let mut arrays = Vec::with_capacity(self.output.fields().len());
        for at in &self.passed {
            arrays.push(take(batch.column(*at), &indices, None)?);
        }
        for column in columns {
            arrays.extend(column.finish()?);
        }
        if self.with_index {
            arrays.push(Arc::new(Int64Array::from(positions)));
        }
        let options = datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(indices.len()));
        Ok(RecordBatch::try_new_with_options(self.output.clone(), arrays, &options)?)
    }
}

/// What is wanted of the elements of one column.
enum Wanted {
    Whole(ScalarType),
    Members(MemberPaths),
}

impl Wanted {
    fn of(column: &ExpandedColumn) -> Wanted {
        match column.members.is_empty() {
            true => Wanted::Whole(column.element_type()),
            false => Wanted::Members(MemberPaths::new(&column.members, column.is_raw)),
        }
    }
}

/// The elements of one column, gathered.
enum Elements<'a> {
    /// Parts of the elements.
    Members(Members<'a>),
    /// Dynamic elements: slices of the source's own text where they are long.
    Dynamic { builder: Box<StringViewBuilder>, first_block: u32, length: usize, scratch: String },
    /// Elements of a declared type.
    Typed { values: Vec<Value>, scalar_type: ScalarType },
}

impl<'a> Elements<'a> {
    fn new(source: &StringViewArray, wanted: &'a mut Wanted) -> Elements<'a> {
        let scalar_type = match wanted {
            Wanted::Members(paths) => return Elements::Members(Members::new(paths)),
            Wanted::Whole(scalar_type) => *scalar_type,
        };
        if scalar_type != ScalarType::Dynamic {
            return Elements::Typed { values: Vec::new(), scalar_type };
        }
        let mut builder = StringViewBuilder::new();
        let mut blocks = source.data_buffers().iter().map(|buffer| builder.append_block(buffer.clone()));
        let first_block = blocks.next().unwrap_or_default();
        blocks.for_each(drop);
        Elements::Dynamic { builder: Box::new(builder), first_block, length: 0, scratch: String::new() }
    }

    /// Appends the elements of a row's value, at most `limit`; says how many there were.
    fn append(&mut self, source: &StringViewArray, row: usize, pairs: bool, limit: usize) -> Result<usize> {
        if let (Elements::Members(members), Some(text)) = (&mut *self, Text::of_row(source, row))
            && let Some(count) = members.append_elements(text, limit)?
        {
            return Ok(count);
        }
        let value = if source.is_null(row) { Dynamic::null() } else { Dynamic::new(source.value(row)) };
        let mut count = 0;
        match value.kind() {
            Kind::Array => {
                for element in value.elements().take(limit) {
                    self.push(element, Some((source, row)))?;
                    count += 1;
                }
            }
            Kind::Bag => {
                for (key, member) in value.members().take(limit) {
                    let mut text = self.scratch();
                    if pairs {
                        text.push('[');
                        write_string(&key, &mut text);
                        text.push(',');
                        text.push_str(member.text());
                        text.push(']');
                    } else {
                        text.push('{');
                        write_string(&key, &mut text);
                        text.push(':');
                        text.push_str(member.text());
                        text.push('}');
                    }
                    self.push(Dynamic::new(&text), None)?;
                    self.give_back(text);
                    count += 1;
                }
            }
            Kind::Null if limit > 0 => {
                self.push_null();
                count = 1;
            }
            _ if limit > 0 => {
                self.push(value, Some((source, row)))?;
                count = 1;
            }
            _ => {}
        }
        Ok(count)
    }

    fn push(&mut self, element: Dynamic<'_>, origin: Option<(&StringViewArray, usize)>) -> Result<()> {
        match self {
            Elements::Members(members) => members.append(element)?,
            Elements::Typed { values, scalar_type } => values.push(typed(element, *scalar_type)),
            Elements::Dynamic { builder, first_block, length, .. } => {
                let text = element.text();
                match origin.and_then(|(source, row)| place_of(text, source, row)) {
                    Some((block, offset, size)) => builder.try_append_view(*first_block + block, offset, size)?,
                    None => builder.append_value(text),
                }
                *length += 1;
            }
        }
        Ok(())
    }

    fn push_null(&mut self) {
        match self {
            Elements::Members(members) => members.append_nothing(),
            Elements::Typed { values, scalar_type } => values.push(Value::null(*scalar_type)),
            Elements::Dynamic { builder, length, .. } => {
                builder.append_null();
                *length += 1;
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Elements::Members(members) => members.len(),
            Elements::Typed { values, .. } => values.len(),
            Elements::Dynamic { length, .. } => *length,
        }
    }

    fn pad(&mut self, length: usize) -> Result<()> {
        while self.len() < length {
            self.push_null();
        }
        Ok(())
    }

    fn scratch(&mut self) -> String {
        match self {
            Elements::Dynamic { scratch, .. } => std::mem::take(scratch),
            Elements::Typed { .. } | Elements::Members(_) => String::new(),
        }
    }

    fn give_back(&mut self, mut text: String) {
        if let Elements::Dynamic { scratch, .. } = self {
            text.clear();
            *scratch = text;
        }
    }

    fn finish(self) -> Result<Vec<ArrayRef>> {
        match self {
            Elements::Members(members) => Ok(members.finish()),
            Elements::Dynamic { mut builder, .. } => Ok(vec![Arc::new(builder.finish())]),
            Elements::Typed { values, scalar_type } => Ok(vec![array_of(scalar_type, values.iter())?]),
        }
    }
}

/// Where the text lies in the buffers of the row that it was cut out of: block, offset and length. `None` for
/// short values, which lie in their views.
fn place_of(text: &str, source: &StringViewArray, row: usize) -> Option<(u32, u32, u32)> {
    let view = datafusion::arrow::array::ByteView::from(*source.views().get(row)?);
    if view.length <= 12 || text.len() <= 12 {
        return None;
    }
    let within = (text.as_ptr() as usize).checked_sub(source.value(row).as_ptr() as usize)?;
    let end = within.checked_add(text.len())?;
    if end > view.length as usize {
        return None;
    }
    Some((view.buffer_index, view.offset + u32::try_from(within).ok()?, u32::try_from(text.len()).ok()?))
}

/// The element in the declared type: what is not of it becomes null, for a declared type does not parse strings
/// (but the types that JSON writes as strings).
fn typed(element: Dynamic<'_>, scalar_type: ScalarType) -> Value {
    let parses = matches!(
        scalar_type,
        ScalarType::String | ScalarType::DateTime | ScalarType::TimeSpan | ScalarType::Guid | ScalarType::Dynamic
    );
    if element.kind() == Kind::String && !parses { Value::null(scalar_type) } else { element.to_value(scalar_type) }
}
