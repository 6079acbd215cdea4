//! The accumulators of variance, standard deviation and covariance.
//!
//! Means and sums of squared differences are kept (Welford's method), and merged by Chan's, which loses nothing
//! to cancellation.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::super::{Aggregation, primitives, take_groups};
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// Over a sample (divided by one less than the count) or a whole population.
pub const SAMPLE: bool = true;
/// See [`SAMPLE`].
pub const POPULATION: bool = false;

/// Of one `real` argument.
pub struct Variance<const OF_SAMPLE: bool>;
/// The square root of the variance.
pub struct Deviation<const OF_SAMPLE: bool>;
/// Of two `real` arguments.
pub struct Covariance<const OF_SAMPLE: bool>;

/// What is made of the moments in the end.
#[derive(Clone, Copy)]
enum Measure {
    Variance,
    Deviation,
    Covariance,
}

macro_rules! aggregation {
    ($name:ident, $measure:expr) => {
        impl<const OF_SAMPLE: bool> Aggregation for $name<OF_SAMPLE> {
            fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
                Ok(Box::new(MomentAccumulator { measure: $measure, of_sample: OF_SAMPLE, moments: Vec::new() }))
            }

            fn state(_: &[DataType]) -> Vec<DataType> {
                vec![DataType::Int64, DataType::Float64, DataType::Float64, DataType::Float64]
            }

            fn output(_: &[DataType]) -> DataType {
                DataType::Float64
            }
        }
    };
}

aggregation!(Variance, Measure::Variance);
aggregation!(Deviation, Measure::Deviation);
aggregation!(Covariance, Measure::Covariance);

/// The moments of pairs; the variance of x is its covariance with itself.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: i64,
    mean_x: f64,
    mean_y: f64,
    /// The sum of the products of both differences from the mean.
    products: f64,
}

impl Moments {
    fn add(&mut self, x: f64, y: f64) {
        self.count += 1;
        let difference = x - self.mean_x;
        self.mean_x += difference / self.count as f64;
        self.mean_y += (y - self.mean_y) / self.count as f64;
        self.products += difference * (y - self.mean_y);
    }

    fn merge(&mut self, other: Moments) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other;
            return;
        }
        let count = self.count + other.count;
        let (x, y) = (other.mean_x - self.mean_x, other.mean_y - self.mean_y);
        let share = other.count as f64 / count as f64;
        self.products += other.products + x * y * self.count as f64 * share;
        self.mean_x += x * share;
        self.mean_y += y * share;
        self.count = count;
    }

    fn covariance(&self, of_sample: bool) -> f64 {
        let degrees = if of_sample { self.count - 1 } else { self.count };
        if degrees <= 0 { 0.0 } else { self.products / degrees as f64 }
    }
}

struct MomentAccumulator {
    measure: Measure,
    of_sample: bool,
    moments: Vec<Moments>,
}

impl MomentAccumulator {
    fn resize(&mut self, group_count: usize) {
        if self.moments.len() < group_count {
            self.moments.resize(group_count, Moments::default());
        }
    }
}

impl GroupAccumulator for MomentAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        let x = primitives::<Float64Type>(arguments, 0)?;
        let y = match self.measure {
            Measure::Covariance => primitives::<Float64Type>(arguments, 1)?,
            Measure::Variance | Measure::Deviation => x,
        };
        for (row, &group) in groups.iter().enumerate() {
            if !x.is_null(row) && !y.is_null(row) {
                self.moments[group].add(x.value(row), y.value(row));
            }
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        let count = primitives::<Int64Type>(states, 0)?;
        let mean_x = primitives::<Float64Type>(states, 1)?;
        let mean_y = primitives::<Float64Type>(states, 2)?;
        let products = primitives::<Float64Type>(states, 3)?;
        for (row, &group) in groups.iter().enumerate() {
            self.moments[group].merge(Moments {
                count: count.value(row),
                mean_x: mean_x.value(row),
                mean_y: mean_y.value(row),
                products: products.value(row),
            });
        }
        Ok(())
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let moments = take_groups(&mut self.moments, groups);
        let reals = |part: fn(&Moments) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(moments.iter().map(part)))
        };
        let counts = Int64Array::from_iter_values(moments.iter().map(|moments| moments.count));
        Ok(vec![
            Arc::new(counts),
            reals(|moments| moments.mean_x),
            reals(|moments| moments.mean_y),
            reals(|moments| moments.products),
        ])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let values = take_groups(&mut self.moments, groups).into_iter().map(|moments| {
            let covariance = moments.covariance(self.of_sample);
            match self.measure {
                Measure::Covariance => covariance,
                Measure::Variance => to_ten_decimals(covariance),
                Measure::Deviation => to_ten_decimals(covariance).sqrt(),
            }
        });
        Ok(Arc::new(Float64Array::from_iter_values(values)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.moments.capacity() * size_of::<Moments>()
    }
}

/// Kusto rounds a variance to ten decimals, and takes the standard deviation from that.
fn to_ten_decimals(value: f64) -> f64 {
    let scaled = value * 1e10;
    // Beyond 2^53 a number has no decimals left to round.
    if scaled.abs() < 9_007_199_254_740_992.0 { scaled.round_ties_even() / 1e10 } else { value }
}
