//! The accumulator of `make_list` and `make_set`.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, new_null_array};
use arrow::datatypes::{DataType, Int64Type};

use super::super::values::{Form, Values};
use super::super::{Aggregation, column, primitives, texts};
use super::named_limit;
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// Whether the elements of an array are distinct.
pub trait Elements {
    const DISTINCT: bool;
}

/// An array.
pub struct List;
/// An array of distinct elements.
pub struct Set;

impl Elements for List {
    const DISTINCT: bool = false;
}

impl Elements for Set {
    const DISTINCT: bool = true;
}

/// In which form the values come.
pub trait Source {
    const FORM: Form;
}

/// Strings.
pub struct OfStrings;
/// Scalars, passed as `dynamic`.
pub struct OfScalars;
/// `dynamic` values.
pub struct OfDynamics;

impl Source for OfStrings {
    const FORM: Form = Form::String;
}

impl Source for OfScalars {
    const FORM: Form = Form::Scalar;
}

impl Source for OfDynamics {
    const FORM: Form = Form::Dynamic;
}

/// Collects the values of the first argument, as many as the second says or `DEFAULT_LIMIT`.
pub struct Collect<E, S, const DEFAULT_LIMIT: i64>(PhantomData<(E, S)>);

impl<E: Elements, S: Source, const DEFAULT_LIMIT: i64> Aggregation for Collect<E, S, DEFAULT_LIMIT> {
    fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        let values = Values::new(S::FORM, E::DISTINCT);
        Ok(Box::new(ArrayAccumulator { values, limit: None, default_limit: DEFAULT_LIMIT }))
    }

    /// The values, and how many there may be.
    fn state(_: &[DataType]) -> Vec<DataType> {
        let [single, several] = Values::state_types();
        vec![single, several, DataType::Int64]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Utf8View
    }
}

struct ArrayAccumulator {
    values: Values,
    /// As the query names it.
    limit: Option<i64>,
    default_limit: i64,
}

impl ArrayAccumulator {
    fn set_limit(&mut self, limits: &Int64Array) -> Result<(), KernelError> {
        self.limit = named_limit(limits)?.or(self.limit);
        Ok(())
    }

    fn limit(&self) -> usize {
        usize::try_from(self.limit.unwrap_or(self.default_limit)).unwrap_or(0)
    }
}

impl GroupAccumulator for ArrayAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.values.resize(group_count);
        if arguments.len() > 1 {
            self.set_limit(primitives::<Int64Type>(arguments, 1)?)?;
        }
        let limit = self.limit();
        self.values.add_rows(texts(arguments, 0)?, groups, limit)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.values.resize(group_count);
        self.set_limit(primitives::<Int64Type>(states, 2)?)?;
        let limit = self.limit();
        self.values.merge(states, groups, limit)
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        let values = column(arguments, 0)?;
        let [single, several] = self.values.convert(values)?;
        let limit = arguments.get(1).cloned().unwrap_or_else(|| new_null_array(&DataType::Int64, values.len()));
        Ok(Some(vec![single, several, limit]))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let [single, several] = self.values.take_states(groups)?;
        let limits = Int64Array::from(vec![self.limit; single.len()]);
        Ok(vec![single, several, Arc::new(limits)])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        Ok(Arc::new(self.values.take_arrays(groups)?))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.values.size()
    }
}
