//! The accumulator of `count_distinct`, which counts exactly.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use kql_types::dynamic::Dynamic;

use super::super::members::Members;
use super::super::{Aggregation, texts};
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// The distinct values of a scalar argument, passed as `dynamic`: their JSON texts are as distinct as they are.
pub struct DistinctCount;

impl Aggregation for DistinctCount {
    fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(DistinctAccumulator { members: Members::set() }))
    }

    /// The values in an array.
    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![DataType::Utf8View]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Int64
    }
}

struct DistinctAccumulator {
    members: Members,
}

impl DistinctAccumulator {
    fn add(&mut self, group: usize, value: Dynamic<'_>) -> Result<(), KernelError> {
        if value.is_null() {
            return Ok(());
        }
        self.members.add(group, |text| {
            text.push_str(value.text());
            None
        })
    }
}

impl GroupAccumulator for DistinctAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.members.resize(group_count);
        let values = texts(arguments, 0)?;
        for (row, &group) in groups.iter().enumerate() {
            if !values.is_null(row) {
                self.add(group, Dynamic::new(values.value(row)))?;
            }
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.members.resize(group_count);
        let sets = texts(states, 0)?;
        for (row, &group) in groups.iter().enumerate() {
            if !sets.is_null(row) {
                Dynamic::new(sets.value(row)).elements().try_for_each(|value| self.add(group, value))?;
            }
        }
        Ok(())
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(vec![Arc::new(self.members.take(groups, '[', ']')?)])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let counts = self.members.take_counts(groups)?;
        Ok(Arc::new(counts.into_iter().map(i64::from).collect::<Int64Array>()))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.members.size()
    }
}
