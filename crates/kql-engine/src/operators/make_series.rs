//! `make-series`: the bins of each key become arrays along an axis.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewBuilder, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int32Type, Int64Type, SchemaRef};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{exec_datafusion_err, exec_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::LogicalPlan;
use kql_semantics::plan::MakeSeries;
use kql_semantics::{Column, Expr};
use kql_types::dynamic::from_value;
use kql_types::{ScalarType, Value};
use serde::{Deserialize, Serialize};

use super::gathered::Gathered;
use super::own::{Behaviour, OwnOperator, Worker};
use crate::EngineError;
use crate::expressions::constant;
use crate::lowering::{Lowering, internal_name};

/// Kusto's limit on the length of a series.
const MAX_LENGTH: usize = 1 << 20;

pub(crate) fn lower(lowering: &Lowering, series: &MakeSeries, columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    let bins = &series.input.columns;
    let Some(bin) = bins.get(series.keys) else {
        return Err(EngineError::new("internal error: a series without an axis"));
    };
    let position = |bound: &Expr| -> Result<Position, EngineError> {
        let value = constant(lowering, bound)?;
        Position::of(&value).ok_or_else(|| EngineError::new("a bound of a series must not be null").at(bound.span))
    };
    let step = position(&series.step)?;
    if !step.is_positive() {
        return Err(EngineError::new("the step of a series must be positive").at(series.step.span));
    }
    let from = series.from.as_ref().map(position).transpose()?;
    let from = if series.inclusive { from.map(|from| from.bin(step)) } else { from };
    let mut values = Vec::new();
    let names = bins.iter().skip(series.keys + 1).zip(columns.iter().skip(series.keys));
    for ((column, output), default) in names.zip(&series.defaults) {
        values.push(SeriesColumn {
            source: internal_name(column),
            output: internal_name(output),
            scalar_type: column.scalar_type.name().to_owned(),
            default: from_value(&constant(lowering, default)?).unwrap_or_else(|| "null".to_owned()),
        });
    }
    let maker = SeriesMaker {
        keys: bins.iter().take(series.keys).map(internal_name).collect(),
        axis: SeriesColumn {
            source: internal_name(bin),
            output: columns.last().map(internal_name).unwrap_or_default(),
            scalar_type: bin.scalar_type.name().to_owned(),
            default: String::new(),
        },
        values,
        from,
        to: series.to.as_ref().map(position).transpose()?,
        step,
        inclusive: series.inclusive,
        nonempty: series.nonempty,
    };
    Ok(OwnOperator::MakeSeries(maker).over(lowering.relation(&series.input)?)?)
}

/// Makes arrays of bins.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct SeriesMaker {
    keys: Vec<String>,
    axis: SeriesColumn,
    values: Vec<SeriesColumn>,
    from: Option<Position>,
    to: Option<Position>,
    step: Position,
    /// Whether a bin at `to` belongs to the axis.
    inclusive: bool,
    /// Whether no row at all gives a series of defaults, where there are no keys.
    nonempty: bool,
}

/// A column that becomes arrays.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct SeriesColumn {
    source: String,
    output: String,
    /// The name of the type of the source.
    scalar_type: String,
    /// The JSON text of the element where there is no row.
    default: String,
}

impl SeriesColumn {
    fn element_type(&self) -> ScalarType {
        ScalarType::from_name(&self.scalar_type).unwrap_or(ScalarType::Dynamic)
    }
}

/// A place on an axis, or a distance along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Position {
    Whole(i64),
    /// The bits of an `f64`.
    Real(u64),
}

impl Position {
    fn of(value: &Value) -> Option<Position> {
        Some(match value {
            Value::Int(value) => Position::Whole(i64::from(*value)),
            Value::Long(value) | Value::DateTime(value) | Value::TimeSpan(value) => Position::Whole(*value),
            Value::Real(value) if value.is_finite() => Position::Real(value.to_bits()),
            _ => return None,
        })
    }

    fn at(array: &ArrayRef, row: usize) -> Option<Position> {
        if array.is_null(row) {
            return None;
        }
        match array.data_type() {
            DataType::Int32 => Some(Position::Whole(i64::from(array.as_primitive::<Int32Type>().value(row)))),
            DataType::Int64 => Some(Position::Whole(array.as_primitive::<Int64Type>().value(row))),
            DataType::Float64 => {
                let value = array.as_primitive::<Float64Type>().value(row);
                value.is_finite().then_some(Position::Real(value.to_bits()))
            }
            _ => None,
        }
    }

    fn real(self) -> f64 {
        match self {
            Position::Whole(value) => value as f64,
            Position::Real(bits) => f64::from_bits(bits),
        }
    }

    fn is_positive(self) -> bool {
        self.real() > 0.0
    }

    fn is_before(self, other: Position) -> bool {
        match (self, other) {
            (Position::Whole(one), Position::Whole(other)) => one < other,
            _ => self.real() < other.real(),
        }
    }

    /// The multiple of the step at or before it.
    fn bin(self, step: Position) -> Position {
        match (self, step) {
            (Position::Whole(value), Position::Whole(step)) if step > 0 => {
                Position::Whole(value.saturating_sub(value.rem_euclid(step)))
            }
            _ => Position::Real(((self.real() / step.real()).floor() * step.real()).to_bits()),
        }
    }

    /// How many steps it is after `start`.
    fn steps_from(self, start: Position, step: Position) -> Option<usize> {
        match (self, start, step) {
            (Position::Whole(value), Position::Whole(start), Position::Whole(step)) if step > 0 => {
                usize::try_from((i128::from(value) - i128::from(start)) / i128::from(step)).ok()
            }
            _ => {
                let steps = ((self.real() - start.real()) / step.real()).round();
                (steps >= 0.0 && steps < MAX_LENGTH as f64).then_some(steps as usize)
            }
        }
    }

    /// The place so many steps further.
    fn plus(self, step: Position, count: usize) -> Option<Position> {
        Some(match (self, step) {
            (Position::Whole(value), Position::Whole(step)) => {
                Position::Whole(value.checked_add(step.checked_mul(i64::try_from(count).ok()?)?)?)
            }
            _ => Position::Real((self.real() + step.real() * count as f64).to_bits()),
        })
    }

    fn value(self, scalar_type: ScalarType) -> Value {
        match (self, scalar_type) {
            (Position::Whole(value), ScalarType::DateTime) => Value::DateTime(value),
            (Position::Whole(value), ScalarType::TimeSpan) => Value::TimeSpan(value),
            (Position::Whole(value), _) => Value::Long(value),
            (Position::Real(bits), _) => Value::Real(f64::from_bits(bits)),
        }
    }
}

impl Behaviour for SeriesMaker {
    fn name(&self) -> &'static str {
        "MakeSeries"
    }

    fn describe(&self) -> String {
        let columns = self.values.iter().chain([&self.axis]);
        columns.map(|column| format!("{} = {}", column.output, column.source)).collect::<Vec<_>>().join(", ")
    }

    fn reads(&self) -> Vec<&str> {
        let columns = self.values.iter().chain([&self.axis]);
        self.keys.iter().chain(columns.map(|column| &column.source)).map(String::as_str).collect()
    }

    fn passes(&self, column: &str) -> bool {
        self.keys.iter().any(|key| key == column)
    }

    fn adds(&self) -> Vec<Field> {
        let columns = self.values.iter().chain([&self.axis]);
        columns.map(|column| Field::new(&column.output, DataType::Utf8View, true)).collect()
    }

    fn filters_by(&self, column: &str) -> bool {
        self.passes(column)
    }

    fn worker(&self, input: &SchemaRef, output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let rows = Gathered::new(input.clone(), memory);
        Ok(Box::new(Maker { specification: self.clone(), output: output.clone(), rows }))
    }
}

/// Makes the series of one partition once all its rows are there.
struct Maker {
    specification: SeriesMaker,
    output: SchemaRef,
    rows: Gathered,
}

/// The rows of one key, and where their axis lies.
struct Series {
    first_row: u32,
    bins: Vec<(Position, u32)>,
}

impl Worker for Maker {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows.push(batch)
    }

    fn finish(&mut self) -> Result<()> {
        let batch = self.rows.concatenated()?;
        let series = self.series(&batch)?;
        let made = self.arrays(&batch, series)?;
        self.rows.hand_out(made);
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.rows.next_slice())
    }
}

impl Maker {
    fn columns(&self, batch: &RecordBatch, names: &[String]) -> Result<Vec<ArrayRef>> {
        names.iter().map(|name| Ok(batch.column(batch.schema_ref().index_of(name)?).clone())).collect()
    }

    /// The rows by key, in the order in which keys come.
    fn series(&self, batch: &RecordBatch) -> Result<Vec<Series>> {
        let keys = self.columns(batch, &self.specification.keys)?;
        let axis = self.columns(batch, std::slice::from_ref(&self.specification.axis.source))?;
        let fields = keys.iter().map(|key| SortField::new(key.data_type().clone())).collect();
        let converter = RowConverter::new(fields)?;
        let keyed = if keys.is_empty() { None } else { Some(converter.convert_columns(&keys)?) };
        let mut all: Vec<Series> = Vec::new();
        let mut found: HashMap<&[u8], usize> = HashMap::new();
        for row in 0..batch.num_rows() {
            let Some(bin) = axis.first().and_then(|axis| Position::at(axis, row)) else { continue };
            let key = keyed.as_ref().map_or(&[][..], |rows| rows.row(row).data());
            let next = all.len();
            let at = *found.entry(key).or_insert(next);
            let row = u32::try_from(row).map_err(|_| exec_datafusion_err!("a series has too many rows"))?;
            match all.get_mut(at) {
                Some(series) => series.bins.push((bin, row)),
                None => all.push(Series { first_row: row, bins: vec![(bin, row)] }),
            }
        }
        if all.is_empty() && self.specification.nonempty && self.specification.keys.is_empty() {
            all.push(Series { first_row: 0, bins: Vec::new() });
        }
        Ok(all)
    }

    fn arrays(&self, batch: &RecordBatch, series: Vec<Series>) -> Result<RecordBatch> {
        let specification = &self.specification;
        let first_rows = UInt32Array::from_iter_values(series.iter().map(|series| series.first_row));
        let mut arrays = Vec::with_capacity(self.output.fields().len());
        for key in self.columns(batch, &specification.keys)? {
            arrays.push(take(&key, &first_rows, None)?);
        }
        let axes = series.iter().map(|series| self.axis(series)).collect::<Result<Vec<_>>>()?;
        for column in &specification.values {
            let values = self.columns(batch, std::slice::from_ref(&column.source))?;
            let Some(values) = values.first() else { continue };
            let mut builder = StringViewBuilder::with_capacity(series.len());
            for (series, (start, length)) in series.iter().zip(&axes) {
                let mut rows: Vec<Option<u32>> = vec![None; *length];
                for (bin, row) in &series.bins {
                    let place = start.and_then(|start| bin.steps_from(start, specification.step));
                    if let Some(slot) = place.and_then(|place| rows.get_mut(place)) {
                        *slot = Some(*row);
                    }
                }
                let element = |row: &Option<u32>| match row {
                    Some(row) => Value::from_array(values.as_ref(), *row as usize, column.element_type())
                        .and_then(|value| from_value(&value))
                        .unwrap_or_else(|| "null".to_owned()),
                    None => column.default.clone(),
                };
                builder.append_value(json_array(rows.iter().map(element)));
            }
            arrays.push(Arc::new(builder.finish()));
        }
        let mut builder = StringViewBuilder::with_capacity(series.len());
        let axis_type = specification.axis.element_type();
        for (start, length) in &axes {
            let place = |at: usize| {
                let position = start.and_then(|start| start.plus(specification.step, at));
                let text = position.and_then(|position| from_value(&position.value(axis_type)));
                text.unwrap_or_else(|| "null".to_owned())
            };
            builder.append_value(json_array((0..*length).map(place)));
        }
        arrays.push(Arc::new(builder.finish()));
        Ok(RecordBatch::try_new(self.output.clone(), arrays)?)
    }

    /// Where a series starts, and how many bins it has.
    fn axis(&self, series: &Series) -> Result<(Option<Position>, usize)> {
        let SeriesMaker { from, to, step, inclusive, .. } = self.specification;
        let bins = || series.bins.iter().map(|(bin, _)| *bin);
        let start = from.or_else(|| bins().reduce(|least, bin| if bin.is_before(least) { bin } else { least }));
        let Some(start) = start else { return Ok((None, 0)) };
        let last = bins().reduce(|most, bin| if most.is_before(bin) { bin } else { most });
        // A bin belongs to the axis when it starts before the end.
        let (end, inclusive) = match (to, last) {
            (Some(to), _) => (to, inclusive),
            (None, Some(last)) => (last, true),
            (None, None) => (start, false),
        };
        let mut length = match end.is_before(start) {
            true => 0,
            false => match end.steps_from(start, step) {
                Some(steps) if steps < MAX_LENGTH => steps,
                _ => return exec_err!("a series would have more than {MAX_LENGTH} values"),
            },
        };
        let belongs = |at: usize| {
            start.plus(step, at).is_some_and(|place| place.is_before(end) || (inclusive && !end.is_before(place)))
        };
        while length > 0 && !belongs(length - 1) {
            length -= 1;
        }
        while belongs(length) {
            length += 1;
        }
        Ok((Some(start), length))
    }
}

fn json_array(elements: impl Iterator<Item = String>) -> String {
    let mut text = String::from("[");
    for (at, element) in elements.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&element);
    }
    text.push(']');
    text
}
