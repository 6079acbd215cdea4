//! The `…if` form of an aggregate: the rows for which the predicate does not hold are taken out beforehand.

use std::marker::PhantomData;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::{and, filter, is_not_null, not, nullif};
use arrow::datatypes::DataType;

use super::{Aggregation, booleans};
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// `A` over the rows where the `bool` argument at `PREDICATE` is true (null is not); `A` does not see that argument.
pub struct If<A, const PREDICATE: usize>(PhantomData<A>);

impl<A: Aggregation, const PREDICATE: usize> Aggregation for If<A, PREDICATE> {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        let inner = A::accumulator(&without(arguments, PREDICATE))?;
        Ok(Box::new(FilteredAccumulator { inner, predicate: PREDICATE }))
    }

    fn state(arguments: &[DataType]) -> Vec<DataType> {
        A::state(&without(arguments, PREDICATE))
    }

    fn output(arguments: &[DataType]) -> DataType {
        A::output(&without(arguments, PREDICATE))
    }
}

struct FilteredAccumulator {
    inner: Box<dyn GroupAccumulator>,
    predicate: usize,
}

impl GroupAccumulator for FilteredAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        let selected = truths(booleans(arguments, self.predicate)?)?;
        let rest = without(arguments, self.predicate);
        if selected.true_count() == selected.len() {
            return self.inner.update(&rest, groups, group_count);
        }
        let rest = rest.iter().map(|array| filter(array, &selected)).collect::<Result<Vec<_>, _>>()?;
        let groups: Vec<usize> = selected.values().set_indices().filter_map(|row| groups.get(row).copied()).collect();
        self.inner.update(&rest, &groups, group_count)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.inner.merge(states, groups, group_count)
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        let Some(states) = self.inner.convert(&without(arguments, self.predicate))? else { return Ok(None) };
        let others = not(&truths(booleans(arguments, self.predicate)?)?)?;
        let states = states.iter().map(|state| Ok(nullif(state, &others)?));
        states.collect::<Result<_, KernelError>>().map(Some)
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        self.inner.state(groups)
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        self.inner.evaluate(groups)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.inner.size()
    }
}

/// The predicate with its nulls made false.
pub fn truths(predicate: &BooleanArray) -> Result<BooleanArray, KernelError> {
    if predicate.null_count() == 0 {
        return Ok(predicate.clone());
    }
    let known = BooleanArray::new(predicate.values().clone(), None);
    Ok(and(&known, &is_not_null(predicate)?)?)
}

fn without<T: Clone>(arguments: &[T], position: usize) -> Vec<T> {
    arguments.iter().enumerate().filter(|(at, _)| *at != position).map(|(_, argument)| argument.clone()).collect()
}
