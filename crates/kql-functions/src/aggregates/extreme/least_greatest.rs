//! The accumulator of `min` and `max`.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::super::{Aggregation, column, type_of, without_null_strings};
use super::best::{Best, best};
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// The least value (or the greatest).
pub struct Extreme<const GREATEST: bool>;

impl<const GREATEST: bool> Aggregation for Extreme<GREATEST> {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(ExtremeAccumulator { best: best::<GREATEST>(&type_of(arguments, 0))? }))
    }

    fn state(arguments: &[DataType]) -> Vec<DataType> {
        vec![type_of(arguments, 0)]
    }

    fn output(arguments: &[DataType]) -> DataType {
        type_of(arguments, 0)
    }
}

struct ExtremeAccumulator {
    best: Box<dyn Best>,
}

impl GroupAccumulator for ExtremeAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.best.update(&without_null_strings(column(arguments, 0)?), groups, group_count)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.best.update(column(states, 0)?, groups, group_count)
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        Ok(Some(vec![without_null_strings(column(arguments, 0)?)]))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(vec![self.best.take(groups)?])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        Ok(without_null_strings(&self.best.take(groups)?))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.best.size()
    }
}
