//! The accumulators of `sum`, `avg` and the bitwise aggregates.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Decimal128Array, Float64Array, Int64Array, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};

use super::super::{Aggregation, column, for_each, primitives, take_groups, type_of, unexpected};
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// The sum, 0 for none. Integers and ticks wrap around, as Kusto's do.
pub struct Sum;

impl Aggregation for Sum {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(match type_of(arguments, 0) {
            DataType::Int32 => Box::new(SumAccumulator::<Int32Type, Int64Type>::new(DataType::Int64)),
            DataType::Int64 => Box::new(SumAccumulator::<Int64Type, Int64Type>::new(DataType::Int64)),
            DataType::Float64 => Box::new(SumAccumulator::<Float64Type, Float64Type>::new(DataType::Float64)),
            decimal @ DataType::Decimal128(..) => {
                Box::new(SumAccumulator::<Decimal128Type, Decimal128Type>::new(decimal))
            }
            other => return Err(unexpected(&other)),
        })
    }

    fn state(arguments: &[DataType]) -> Vec<DataType> {
        vec![Self::output(arguments)]
    }

    fn output(arguments: &[DataType]) -> DataType {
        match type_of(arguments, 0) {
            DataType::Int32 => DataType::Int64,
            other => other,
        }
    }
}

/// How one more value is added.
trait Add: Copy {
    fn add(self, other: Self) -> Result<Self, KernelError>;
}

impl Add for i64 {
    fn add(self, other: i64) -> Result<i64, KernelError> {
        Ok(self.wrapping_add(other))
    }
}

impl Add for f64 {
    fn add(self, other: f64) -> Result<f64, KernelError> {
        Ok(self + other)
    }
}

impl Add for i128 {
    fn add(self, other: i128) -> Result<i128, KernelError> {
        self.checked_add(other).ok_or_else(|| KernelError("the sum is too large for a decimal".to_owned()))
    }
}

struct SumAccumulator<I: ArrowPrimitiveType, S: ArrowPrimitiveType> {
    data_type: DataType,
    sums: Vec<S::Native>,
    input: PhantomData<fn(I)>,
}

impl<I: ArrowPrimitiveType, S: ArrowPrimitiveType> SumAccumulator<I, S>
where
    S::Native: Add,
{
    fn new(data_type: DataType) -> Self {
        SumAccumulator { data_type, sums: Vec::new(), input: PhantomData }
    }

    fn add<T: ArrowPrimitiveType>(
        &mut self,
        values: &PrimitiveArray<T>,
        groups: &[usize],
        group_count: usize,
    ) -> Result<(), KernelError>
    where
        S::Native: From<T::Native>,
    {
        if self.sums.len() < group_count {
            self.sums.resize(group_count, S::Native::default());
        }
        let mut overflow = Ok(());
        for_each(values, groups, |group, value| match self.sums[group].add(value.into()) {
            Ok(sum) => self.sums[group] = sum,
            Err(error) => overflow = Err(error),
        });
        overflow
    }
}

impl<I: ArrowPrimitiveType, S: ArrowPrimitiveType> GroupAccumulator for SumAccumulator<I, S>
where
    S::Native: Add + From<I::Native> + From<S::Native>,
{
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.add(primitives::<I>(arguments, 0)?, groups, group_count)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.add(primitives::<S>(states, 0)?, groups, group_count)
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        Ok(Some(vec![cast(column(arguments, 0)?, &self.data_type)?]))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(vec![self.evaluate(groups)?])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let sums = PrimitiveArray::<S>::from_iter_values(take_groups(&mut self.sums, groups));
        Ok(Arc::new(sums.with_data_type(self.data_type.clone())))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sums.capacity() * size_of::<S::Native>()
    }
}

/// The mean of numbers, as `real`; NaN for none.
pub struct MeanReal;

impl Aggregation for MeanReal {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(match type_of(arguments, 0) {
            DataType::Int32 => Box::new(IntegerMean::<Int32Type>::new(Mean::Real)),
            DataType::Int64 => Box::new(IntegerMean::<Int64Type>::new(Mean::Real)),
            DataType::Float64 => Box::new(RealMean { sums: Vec::new(), counts: Vec::new() }),
            other => return Err(unexpected(&other)),
        })
    }

    fn state(arguments: &[DataType]) -> Vec<DataType> {
        let sum = match type_of(arguments, 0) {
            DataType::Float64 => DataType::Float64,
            _ => DataType::Decimal128(38, 0),
        };
        vec![sum, DataType::Int64]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Float64
    }
}

/// The mean of decimals or of ticks in their own type; null for none.
pub struct MeanExact;

impl Aggregation for MeanExact {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(match type_of(arguments, 0) {
            DataType::Int64 => Box::new(IntegerMean::<Int64Type>::new(Mean::Ticks)),
            decimal @ DataType::Decimal128(..) => Box::new(IntegerMean::<Decimal128Type>::new(Mean::Decimal(decimal))),
            other => return Err(unexpected(&other)),
        })
    }

    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![DataType::Decimal128(38, 0), DataType::Int64]
    }

    fn output(arguments: &[DataType]) -> DataType {
        type_of(arguments, 0)
    }
}

/// What becomes of an exact sum and its count.
enum Mean {
    Real,
    /// Without the fraction of a tick.
    Ticks,
    /// Rounded to the nearest at the type's scale.
    Decimal(DataType),
}

/// Sums integers without loss, whatever their order.
struct IntegerMean<I> {
    mean: Mean,
    sums: Vec<i128>,
    counts: Vec<i64>,
    input: PhantomData<fn(I)>,
}

impl<I: ArrowPrimitiveType> IntegerMean<I> {
    fn new(mean: Mean) -> IntegerMean<I> {
        IntegerMean { mean, sums: Vec::new(), counts: Vec::new(), input: PhantomData }
    }

    fn resize(&mut self, group_count: usize) {
        if self.sums.len() < group_count {
            self.sums.resize(group_count, 0);
            self.counts.resize(group_count, 0);
        }
    }

    fn add_sums<T: ArrowPrimitiveType>(
        &mut self,
        values: &PrimitiveArray<T>,
        groups: &[usize],
    ) -> Result<(), KernelError>
    where
        T::Native: Into<i128>,
    {
        let mut overflow = Ok(());
        for_each(values, groups, |group, value| match self.sums[group].add(value.into()) {
            Ok(sum) => self.sums[group] = sum,
            Err(error) => overflow = Err(error),
        });
        overflow
    }
}

impl<I: ArrowPrimitiveType> GroupAccumulator for IntegerMean<I>
where
    I::Native: Into<i128>,
{
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        let values = primitives::<I>(arguments, 0)?;
        for_each(values, groups, |group, _| self.counts[group] += 1);
        self.add_sums(values, groups)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        for_each(primitives::<Int64Type>(states, 1)?, groups, |group, count| self.counts[group] += count);
        self.add_sums(primitives::<Decimal128Type>(states, 0)?, groups)
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        let values = primitives::<I>(arguments, 0)?;
        let sums = values.unary::<_, Decimal128Type>(Into::into).with_data_type(DataType::Decimal128(38, 0));
        Ok(Some(vec![Arc::new(sums), one_each(values)]))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let sums = Decimal128Array::from(take_groups(&mut self.sums, groups));
        let counts = Int64Array::from(take_groups(&mut self.counts, groups));
        Ok(vec![Arc::new(sums.with_data_type(DataType::Decimal128(38, 0))), Arc::new(counts)])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let sums = take_groups(&mut self.sums, groups);
        let counts = take_groups(&mut self.counts, groups);
        let pairs = sums.into_iter().zip(counts);
        Ok(match &self.mean {
            Mean::Real => Arc::new(Float64Array::from_iter_values(pairs.map(|(sum, count)| sum as f64 / count as f64))),
            Mean::Ticks => {
                // The mean of 64-bit numbers fits 64 bits.
                let mean = |(sum, count): (i128, i64)| (count > 0).then(|| (sum / i128::from(count)) as i64);
                Arc::new(pairs.map(mean).collect::<Int64Array>())
            }
            Mean::Decimal(data_type) => {
                let mean = |(sum, count): (i128, i64)| (count > 0).then(|| divide_rounded(sum, i128::from(count)));
                Arc::new(pairs.map(mean).collect::<Decimal128Array>().with_data_type(data_type.clone()))
            }
        })
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sums.capacity() * size_of::<i128>() + self.counts.capacity() * size_of::<i64>()
    }
}

/// Rounded to the nearest, halves away from zero; `divisor` is positive.
fn divide_rounded(value: i128, divisor: i128) -> i128 {
    let (quotient, remainder) = (value / divisor, value % divisor);
    if remainder.unsigned_abs() * 2 >= divisor.unsigned_abs() { quotient + value.signum() } else { quotient }
}

struct RealMean {
    sums: Vec<f64>,
    counts: Vec<i64>,
}

impl RealMean {
    fn resize(&mut self, group_count: usize) {
        if self.sums.len() < group_count {
            self.sums.resize(group_count, 0.0);
            self.counts.resize(group_count, 0);
        }
    }
}

impl GroupAccumulator for RealMean {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        for_each(primitives::<Float64Type>(arguments, 0)?, groups, |group, value| {
            self.sums[group] += value;
            self.counts[group] += 1;
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        for_each(primitives::<Float64Type>(states, 0)?, groups, |group, sum| self.sums[group] += sum);
        for_each(primitives::<Int64Type>(states, 1)?, groups, |group, count| self.counts[group] += count);
        Ok(())
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        let values = column(arguments, 0)?;
        Ok(Some(vec![values.clone(), one_each(values)]))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let sums = Float64Array::from(take_groups(&mut self.sums, groups));
        let counts = Int64Array::from(take_groups(&mut self.counts, groups));
        Ok(vec![Arc::new(sums), Arc::new(counts)])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let sums = take_groups(&mut self.sums, groups);
        let counts = take_groups(&mut self.counts, groups);
        let means = sums.into_iter().zip(counts).map(|(sum, count)| sum / count as f64);
        Ok(Arc::new(Float64Array::from_iter_values(means)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sums.capacity() * size_of::<f64>() + self.counts.capacity() * size_of::<i64>()
    }
}

/// How many values there are in each row.
fn one_each(values: &dyn Array) -> ArrayRef {
    Arc::new((0..values.len()).map(|row| Some(i64::from(values.is_valid(row)))).collect::<Int64Array>())
}

/// A bitwise operation over whole numbers; null for none.
pub trait Bitwise: Send + 'static {
    /// `left` and `right` together.
    fn together(left: i64, right: i64) -> i64;
}

/// `&`
pub struct And;
/// `|`
pub struct Or;
/// `^`
pub struct Xor;

impl Bitwise for And {
    fn together(left: i64, right: i64) -> i64 {
        left & right
    }
}

impl Bitwise for Or {
    fn together(left: i64, right: i64) -> i64 {
        left | right
    }
}

impl Bitwise for Xor {
    fn together(left: i64, right: i64) -> i64 {
        left ^ right
    }
}

/// A bitwise operation over the `int`s or `long`s of a group.
pub struct AllBits<B>(PhantomData<B>);

impl<B: Bitwise> Aggregation for AllBits<B> {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        let data_type = type_of(arguments, 0);
        match data_type {
            DataType::Int32 | DataType::Int64 => Ok(Box::new(BitwiseAccumulator::<B> {
                data_type,
                values: Vec::new(),
                held: Vec::new(),
                operation: PhantomData,
            })),
            other => Err(unexpected(&other)),
        }
    }

    fn state(arguments: &[DataType]) -> Vec<DataType> {
        arguments.to_vec()
    }

    fn output(arguments: &[DataType]) -> DataType {
        type_of(arguments, 0)
    }
}

struct BitwiseAccumulator<B> {
    data_type: DataType,
    values: Vec<i64>,
    held: Vec<bool>,
    operation: PhantomData<B>,
}

impl<B: Bitwise> BitwiseAccumulator<B> {
    fn add<T: ArrowPrimitiveType<Native: Into<i64>>>(&mut self, values: &PrimitiveArray<T>, groups: &[usize]) {
        for_each(values, groups, |group, value| {
            let value = value.into();
            self.values[group] = if self.held[group] { B::together(self.values[group], value) } else { value };
            self.held[group] = true;
        });
    }
}

impl<B: Bitwise> GroupAccumulator for BitwiseAccumulator<B> {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        if self.values.len() < group_count {
            self.values.resize(group_count, 0);
            self.held.resize(group_count, false);
        }
        match self.data_type {
            DataType::Int32 => self.add(primitives::<Int32Type>(arguments, 0)?, groups),
            _ => self.add(primitives::<Int64Type>(arguments, 0)?, groups),
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.update(states, groups, group_count)
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(vec![self.evaluate(groups)?])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let values = take_groups(&mut self.values, groups);
        let held = take_groups(&mut self.held, groups);
        let values = Int64Array::try_new(values.into(), Some(NullBuffer::from(held)))?;
        // The bits of whole numbers combine to whole numbers of the same width.
        Ok(cast(&values, &self.data_type)?)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.values.capacity() * size_of::<i64>() + self.held.capacity()
    }
}
