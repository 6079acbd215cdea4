//! The accumulator of `count_distinct`, which counts exactly.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::DataType;

use super::super::values::{Form, Values};
use super::super::{Aggregation, column, texts};
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// The distinct values of a scalar argument, passed as `dynamic`: their JSON texts are as distinct as they are.
pub struct DistinctCount;

impl Aggregation for DistinctCount {
    fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(DistinctAccumulator { values: Values::new(Form::Scalar, true) }))
    }

    fn state(_: &[DataType]) -> Vec<DataType> {
        Values::state_types().to_vec()
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Int64
    }
}

struct DistinctAccumulator {
    values: Values,
}

impl GroupAccumulator for DistinctAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.values.resize(group_count);
        self.values.add_rows(texts(arguments, 0)?, groups, usize::MAX)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.values.resize(group_count);
        self.values.merge(states, groups, usize::MAX)
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        Ok(Some(self.values.convert(column(arguments, 0)?)?.to_vec()))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(self.values.take_states(groups)?.to_vec())
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        Ok(Arc::new(Int64Array::from(self.values.take_counts(groups)?)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.values.size()
    }
}
