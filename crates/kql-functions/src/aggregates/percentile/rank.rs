//! The accumulators of the percentiles: all values are kept, and the nearest rank is taken from them.
//!
//! Kusto estimates the percentiles of large groups from a digest; these are exact.

use std::cmp::Ordering;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, PrimitiveArray, StringViewBuilder, StructArray,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Field, Fields, Float64Type, Int64Type};
use kql_types::dynamic::{Builder, Dynamic};

use super::super::{Aggregation, column, primitives, texts, unexpected};
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// Percentiles of the first argument. `WEIGHTED`: the second is the weight of each row. The rest name the
/// percentiles, in numbers or one dynamic array.
pub struct Percentiles<V, R, const WEIGHTED: bool>(PhantomData<(V, R)>);

/// What a value is: how it lies in memory, and how it is written inside an array.
pub trait Value: Send + 'static {
    /// How it lies in memory.
    type Arrow: ArrowPrimitiveType<Native: Sortable>;

    /// Appends it to an array.
    fn write(value: <Self::Arrow as ArrowPrimitiveType>::Native, array: &mut Builder<'_>);
}

/// A total order: NaN comes last.
pub trait Sortable: Copy {
    /// As [`Ord::cmp`].
    fn order(&self, other: &Self) -> Ordering;
}

impl Sortable for i64 {
    fn order(&self, other: &i64) -> Ordering {
        self.cmp(other)
    }
}

impl Sortable for f64 {
    fn order(&self, other: &f64) -> Ordering {
        self.total_cmp(other)
    }
}

/// A `long`.
pub struct Long;
/// A `real`.
pub struct Real;
/// A `datetime`.
pub struct DateTime;
/// A `timespan`.
pub struct TimeSpan;

macro_rules! value {
    ($value:ident, $arrow:ident, $write:ident) => {
        impl Value for $value {
            type Arrow = $arrow;

            fn write(value: <$arrow as ArrowPrimitiveType>::Native, array: &mut Builder<'_>) {
                array.$write(value);
            }
        }
    };
}

value!(Long, Int64Type, long);
value!(Real, Float64Type, real);
value!(DateTime, Int64Type, datetime);
value!(TimeSpan, Int64Type, timespan);

/// In which form the percentiles are handed out.
pub trait Form: Send + 'static {
    /// The Arrow type for values of this type and so many percentiles.
    fn data_type(value: &DataType, percentiles: usize) -> DataType;

    /// One column of percentiles for each that is asked for; there is at least one.
    fn make<V: Value>(columns: Vec<PrimitiveArray<V::Arrow>>, count: usize) -> Result<ArrayRef, KernelError>;
}

/// The one percentile.
pub struct One;
/// A struct with a field for each.
pub struct Each;
/// A dynamic array.
pub struct InArray;

impl Form for One {
    fn data_type(value: &DataType, _: usize) -> DataType {
        value.clone()
    }

    fn make<V: Value>(columns: Vec<PrimitiveArray<V::Arrow>>, count: usize) -> Result<ArrayRef, KernelError> {
        match columns.into_iter().next() {
            Some(column) => Ok(Arc::new(column)),
            None => Ok(Arc::new(PrimitiveArray::<V::Arrow>::new_null(count))),
        }
    }
}

impl Form for Each {
    fn data_type(value: &DataType, percentiles: usize) -> DataType {
        DataType::Struct(fields(value, percentiles))
    }

    fn make<V: Value>(columns: Vec<PrimitiveArray<V::Arrow>>, _: usize) -> Result<ArrayRef, KernelError> {
        let fields = fields(&V::Arrow::DATA_TYPE, columns.len());
        let columns = columns.into_iter().map(|column| -> ArrayRef { Arc::new(column) }).collect();
        Ok(Arc::new(StructArray::try_new(fields, columns, None)?))
    }
}

impl Form for InArray {
    fn data_type(_: &DataType, _: usize) -> DataType {
        DataType::Utf8View
    }

    fn make<V: Value>(columns: Vec<PrimitiveArray<V::Arrow>>, count: usize) -> Result<ArrayRef, KernelError> {
        let mut arrays = StringViewBuilder::with_capacity(count);
        let mut text = String::new();
        for group in 0..count {
            if columns.iter().all(|column| column.is_null(group)) {
                arrays.append_null();
                continue;
            }
            text.clear();
            let mut array = Builder::new(&mut text);
            array.begin_array();
            for column in &columns {
                if column.is_null(group) {
                    array.null();
                } else {
                    V::write(column.value(group), &mut array);
                }
            }
            array.end_array();
            arrays.try_append_value(&text)?;
        }
        Ok(Arc::new(arrays.finish()))
    }
}

fn fields(value: &DataType, count: usize) -> Fields {
    (0..count).map(|at| Field::new(at.to_string(), value.clone(), true)).collect()
}

/// How many percentiles a query asks for: that many columns are made even for no rows.
fn percentile_count(arguments: &[DataType], weighted: bool) -> usize {
    arguments.len().saturating_sub(if weighted { 2 } else { 1 })
}

fn list_of(data_type: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(data_type, true)))
}

impl<V: Value, R: Form, const WEIGHTED: bool> Aggregation for Percentiles<V, R, WEIGHTED> {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(PercentileAccumulator::<V, R> {
            weighted: WEIGHTED,
            asked: percentile_count(arguments, WEIGHTED),
            percentiles: None,
            group_count: 0,
            groups: Vec::new(),
            values: Vec::new(),
            weights: Vec::new(),
            form: PhantomData,
        }))
    }

    /// The values, their weights, and the percentiles asked for.
    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![list_of(V::Arrow::DATA_TYPE), list_of(DataType::Int64), list_of(DataType::Float64)]
    }

    fn output(arguments: &[DataType]) -> DataType {
        R::data_type(&V::Arrow::DATA_TYPE, percentile_count(arguments, WEIGHTED))
    }
}

struct PercentileAccumulator<V: Value, R> {
    weighted: bool,
    /// How many percentiles the query asks for.
    asked: usize,
    /// The percentiles; they are known once a row has been seen.
    percentiles: Option<Vec<f64>>,
    group_count: usize,
    /// The group of each value.
    groups: Vec<u32>,
    values: Vec<<V::Arrow as ArrowPrimitiveType>::Native>,
    /// The weight of each value, where there are weights.
    weights: Vec<i64>,
    form: PhantomData<R>,
}

/// The values of some groups, those of each together.
struct Runs<N> {
    /// Where the run of each group starts, and the end of the last.
    starts: Vec<usize>,
    values: Vec<N>,
    weights: Vec<i64>,
}

impl<V: Value, R: Form> PercentileAccumulator<V, R> {
    fn push(&mut self, group: usize, value: <V::Arrow as ArrowPrimitiveType>::Native, weight: i64) {
        // Groups are rows of memory, far fewer than 32 bits count.
        self.groups.push(group as u32);
        self.values.push(value);
        if self.weighted {
            self.weights.push(weight);
        }
    }

    fn set_percentiles(&mut self, percentiles: Vec<f64>) -> Result<(), KernelError> {
        match &self.percentiles {
            Some(known) if *known != percentiles => {
                Err(KernelError("the percentiles must be the same for all rows".to_owned()))
            }
            Some(_) => Ok(()),
            None if percentiles.iter().all(|percentile| (0.0..=100.0).contains(percentile)) => {
                self.percentiles = Some(percentiles);
                Ok(())
            }
            None => Err(KernelError("a percentile must lie between 0 and 100".to_owned())),
        }
    }

    /// Takes out the values of these groups, brought together by group in the order in which they came.
    fn take_runs(&mut self, groups: Groups) -> Runs<<V::Arrow as ArrowPrimitiveType>::Native> {
        let count = match groups {
            Groups::All => self.group_count,
            Groups::First(count) => count.min(self.group_count),
        };
        let mut starts = vec![0; count + 1];
        for &group in &self.groups {
            if let Some(start) = starts.get_mut(group as usize + 1) {
                *start += 1;
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let total = starts[count];
        let mut next = starts.clone();
        let mut values = vec![Default::default(); total];
        let mut weights = vec![0; if self.weighted { total } else { 0 }];
        let mut kept = 0;
        for at in 0..self.groups.len() {
            let group = self.groups[at] as usize;
            if group < count {
                values[next[group]] = self.values[at];
                if self.weighted {
                    weights[next[group]] = self.weights[at];
                }
                next[group] += 1;
            } else {
                self.groups[kept] = (group - count) as u32;
                self.values[kept] = self.values[at];
                if self.weighted {
                    self.weights[kept] = self.weights[at];
                }
                kept += 1;
            }
        }
        self.groups.truncate(kept);
        self.values.truncate(kept);
        self.weights.truncate(kept);
        self.group_count -= count;
        if kept == 0 {
            self.groups = Vec::new();
            self.values = Vec::new();
            self.weights = Vec::new();
        }
        Runs { starts, values, weights }
    }
}

impl<V: Value, R: Form> GroupAccumulator for PercentileAccumulator<V, R> {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.group_count = self.group_count.max(group_count);
        if groups.is_empty() {
            return Ok(());
        }
        let first = if self.weighted { 2 } else { 1 };
        self.set_percentiles(percentiles(arguments.get(first..).unwrap_or_default())?)?;
        let values = primitives::<V::Arrow>(arguments, 0)?;
        let weights = if self.weighted { Some(primitives::<Int64Type>(arguments, 1)?) } else { None };
        for (row, &group) in groups.iter().enumerate() {
            let weight = match weights {
                Some(weights) if weights.is_null(row) => 0,
                Some(weights) => weights.value(row),
                None => 1,
            };
            if !values.is_null(row) && weight > 0 {
                self.push(group, values.value(row), weight);
            }
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.group_count = self.group_count.max(group_count);
        let (values, weights, percentiles) = (list(states, 0)?, list(states, 1)?, list(states, 2)?);
        for (row, &group) in groups.iter().enumerate() {
            if !percentiles.is_null(row) {
                let percentiles = [percentiles.value(row)];
                self.set_percentiles(primitives::<Float64Type>(&percentiles, 0)?.values().to_vec())?;
            }
            let (values, weights) = ([values.value(row)], [weights.value(row)]);
            let values = primitives::<V::Arrow>(&values, 0)?;
            let weights = primitives::<Int64Type>(&weights, 0)?;
            for at in 0..values.len() {
                let weight = if self.weighted { weights.value(at) } else { 1 };
                self.push(group, values.value(at), weight);
            }
        }
        Ok(())
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let runs = self.take_runs(groups);
        let count = runs.starts.len() - 1;
        let offsets = offsets(&runs.starts)?;
        let none = OffsetBuffer::new_zeroed(count);
        let values = PrimitiveArray::<V::Arrow>::from_iter_values(runs.values);
        let weights = Int64Array::from(runs.weights);
        let weight_offsets = if self.weighted { offsets.clone() } else { none };
        let percentiles = match &self.percentiles {
            Some(percentiles) => {
                let starts: Vec<usize> = (0..=count).map(|group| group * percentiles.len()).collect();
                let repeated = Float64Array::from_iter_values((0..count).flat_map(|_| percentiles.iter().copied()));
                lists(Arc::new(repeated), self::offsets(&starts)?)?
            }
            None => arrow::array::new_null_array(&list_of(DataType::Float64), count),
        };
        Ok(vec![lists(Arc::new(values), offsets)?, lists(Arc::new(weights), weight_offsets)?, percentiles])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let mut runs = self.take_runs(groups);
        let count = runs.starts.len() - 1;
        let asked = vec![0.0; self.asked];
        let percentiles = self.percentiles.as_ref().unwrap_or(&asked);
        let mut columns = vec![Vec::with_capacity(count); percentiles.len()];
        for group in 0..count {
            let run = runs.starts[group]..runs.starts[group + 1];
            let values = &mut runs.values[run.clone()];
            if self.weighted {
                let mut pairs: Vec<_> = values.iter().copied().zip(runs.weights[run].iter().copied()).collect();
                pairs.sort_unstable_by(|left, right| left.0.order(&right.0));
                for (column, percentile) in columns.iter_mut().zip(percentiles) {
                    column.push(weighted_rank(&pairs, *percentile));
                }
            } else {
                values.sort_unstable_by(Sortable::order);
                for (column, percentile) in columns.iter_mut().zip(percentiles) {
                    column.push(values.get(nearest_rank(values.len() as f64, *percentile) as usize).copied());
                }
            }
        }
        let columns = columns.into_iter().map(|column| column.into_iter().collect()).collect();
        R::make::<V>(columns, count)
    }

    fn size(&self) -> usize {
        size_of::<Self>()
            + self.groups.capacity() * size_of::<u32>()
            + self.values.capacity() * size_of::<<V::Arrow as ArrowPrimitiveType>::Native>()
            + self.weights.capacity() * size_of::<i64>()
    }
}

/// The position, from 0, of the smallest value to which that percentage of the total lies below or equal.
fn nearest_rank(total: f64, percentile: f64) -> f64 {
    let rank = percentile * total / 100.0;
    // A whole rank may come out a little above itself.
    ((rank - rank * 1e-14).ceil() - 1.0).max(0.0)
}

/// As [`nearest_rank`], where each value stands for as many as its weight; the pairs are in order.
fn weighted_rank<N: Copy>(pairs: &[(N, i64)], percentile: f64) -> Option<N> {
    let total: i128 = pairs.iter().map(|(_, weight)| i128::from(*weight)).sum();
    let rank = nearest_rank(total as f64, percentile);
    let mut below: i128 = 0;
    let found = pairs.iter().find(|(_, weight)| {
        below += i128::from(*weight);
        below as f64 > rank
    });
    found.or(pairs.last()).map(|(value, _)| *value)
}

/// The percentiles that the first row names, in numbers or as one dynamic array.
fn percentiles(arguments: &[ArrayRef]) -> Result<Vec<f64>, KernelError> {
    let mut percentiles = Vec::with_capacity(arguments.len());
    for (position, argument) in arguments.iter().enumerate() {
        if argument.data_type() == &DataType::Utf8View {
            let arrays = texts(arguments, position)?;
            let array = if arrays.is_null(0) { Dynamic::null() } else { Dynamic::new(arrays.value(0)) };
            for element in array.elements() {
                percentiles.push(element.as_f64().ok_or_else(not_a_number)?);
            }
        } else {
            let numbers = primitives::<Float64Type>(arguments, position)?;
            percentiles.push(numbers.iter().next().flatten().ok_or_else(not_a_number)?);
        }
    }
    if percentiles.is_empty() { Err(not_a_number()) } else { Ok(percentiles) }
}

fn not_a_number() -> KernelError {
    KernelError("the percentiles must be numbers".to_owned())
}

fn list(columns: &[ArrayRef], position: usize) -> Result<&ListArray, KernelError> {
    let array = column(columns, position)?;
    array.as_list_opt().ok_or_else(|| unexpected(array.data_type()))
}

fn lists(values: ArrayRef, offsets: OffsetBuffer<i32>) -> Result<ArrayRef, KernelError> {
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(field, offsets, values, None)?))
}

fn offsets(starts: &[usize]) -> Result<OffsetBuffer<i32>, KernelError> {
    let too_many = |_| KernelError("there are too many values for percentiles".to_owned());
    let offsets = starts.iter().map(|start| i32::try_from(*start).map_err(too_many));
    Ok(OffsetBuffer::new(ScalarBuffer::from(offsets.collect::<Result<Vec<i32>, _>>()?)))
}
