//! The accumulator of `make_bag`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use kql_types::dynamic::{Dynamic, write_string};

use super::super::{Aggregation, primitives, texts};
use super::members::Members;
use super::named_limit;
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// Merges the bags of the first argument, as many members as the second says or `DEFAULT_LIMIT`.
pub struct Bags<const DEFAULT_LIMIT: i64>;

impl<const DEFAULT_LIMIT: i64> Aggregation for Bags<DEFAULT_LIMIT> {
    fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(BagAccumulator { members: Members::default(), limit: None, default_limit: DEFAULT_LIMIT }))
    }

    /// The bag, and how large it may grow.
    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![DataType::Utf8View, DataType::Int64]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Utf8View
    }
}

struct BagAccumulator {
    members: Members,
    /// As the query names it.
    limit: Option<i64>,
    default_limit: i64,
}

impl BagAccumulator {
    fn set_limit(&mut self, limits: &Int64Array) -> Result<(), KernelError> {
        self.limit = named_limit(limits)?.or(self.limit);
        Ok(())
    }

    fn add(&mut self, columns: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.members.resize(group_count);
        let limit = usize::try_from(self.limit.unwrap_or(self.default_limit)).unwrap_or(0);
        for (bag, &group) in texts(columns, 0)?.iter().zip(groups) {
            let Some(bag) = bag.map(Dynamic::new) else { continue };
            for (key, value) in bag.members() {
                if self.members.count(group) >= limit {
                    break;
                }
                self.members.add(group, |text| {
                    let start = text.len();
                    write_string(&key, text);
                    let identity = text.len() - start;
                    text.push(':');
                    value.write_canonical(text);
                    identity
                })?;
            }
        }
        Ok(())
    }
}

impl GroupAccumulator for BagAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        if arguments.len() > 1 {
            self.set_limit(primitives::<Int64Type>(arguments, 1)?)?;
        }
        self.add(arguments, groups, group_count)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.set_limit(primitives::<Int64Type>(states, 1)?)?;
        self.add(states, groups, group_count)
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let made = self.evaluate(groups)?;
        let limits = Int64Array::from(vec![self.limit; made.len()]);
        Ok(vec![made, Arc::new(limits)])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        Ok(Arc::new(self.members.take(groups)?))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.members.size()
    }
}
