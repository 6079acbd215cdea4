//! The one adapter through which KQL's aggregates reach DataFusion.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, new_empty_array};
use datafusion::arrow::compute::filter;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility};
use kql_functions::aggregate::{AggregateKernel, Groups};
use kql_functions::{AggregateRef, GroupAccumulator, KernelError};

use super::{for_kernel, kernel_type, with_one_nan};
use crate::error::FunctionFailure;

/// A KQL aggregate as a DataFusion aggregate function. Several results of one aggregate come as a struct.
///
/// DataFusion knows no aggregate without arguments: `count()` gets a constant that its accumulator never sees.
#[derive(Clone)]
pub struct AggregateAdapter {
    aggregate: AggregateRef,
    name: String,
    signature: Signature,
}

impl AggregateAdapter {
    /// The adapter of an aggregate.
    pub fn new(aggregate: AggregateRef) -> AggregateAdapter {
        AggregateAdapter {
            aggregate,
            name: aggregate.name(),
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }

    /// Of an aggregate whose answer is its arguments as they are in one row of the group, how many of them, the first ones,
    /// are looked at to choose that row. There must be two arguments at least.
    pub(crate) fn row_chosen_by(&self) -> Option<usize> {
        match self.aggregate.overload.kernel {
            AggregateKernel::Accumulator { row_chosen_by, .. } => row_chosen_by,
            AggregateKernel::Unavailable(_) => None,
        }
    }

    /// The argument types that the accumulator sees.
    fn accumulated_types<'a>(&self, types: impl Iterator<Item = &'a DataType>) -> Vec<DataType> {
        if self.aggregate.overload.parameters.is_empty() { Vec::new() } else { types.map(kernel_type).collect() }
    }

    fn factory(&self, args: &AccumulatorArgs) -> Factory {
        let types = self.accumulated_types(args.expr_fields.iter().map(|field| field.data_type()));
        Factory { aggregate: self.aggregate, types }
    }
}

/// Makes accumulators of one aggregate over arguments of known types.
#[derive(Clone)]
struct Factory {
    aggregate: AggregateRef,
    types: Vec<DataType>,
}

impl Factory {
    fn make(&self) -> Result<Box<dyn GroupAccumulator>> {
        match self.aggregate.overload.kernel {
            AggregateKernel::Accumulator { accumulator, .. } => accumulator(&self.types).map_err(|e| self.failure(e)),
            AggregateKernel::Unavailable(reason) => Err(self.failure(KernelError(reason.to_owned()))),
        }
    }

    fn failure(&self, error: KernelError) -> datafusion::error::DataFusionError {
        FunctionFailure::of(self.aggregate.aggregate.name, error)
    }

    fn arguments(&self, values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        values.iter().take(self.types.len()).map(for_kernel).collect()
    }
}

impl fmt::Debug for AggregateAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AggregateAdapter({})", self.name)
    }
}

impl PartialEq for AggregateAdapter {
    fn eq(&self, other: &AggregateAdapter) -> bool {
        self.aggregate == other.aggregate
    }
}

impl Eq for AggregateAdapter {}

impl Hash for AggregateAdapter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for AggregateAdapter {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, argument_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(argument_types.iter().map(kernel_type).collect())
    }

    fn return_type(&self, argument_types: &[DataType]) -> Result<DataType> {
        let types = self.accumulated_types(argument_types.iter());
        match self.aggregate.overload.kernel {
            AggregateKernel::Accumulator { output, .. } => Ok(output(&types)),
            AggregateKernel::Unavailable(reason) => {
                Err(FunctionFailure::of(self.aggregate.aggregate.name, KernelError(reason.to_owned())))
            }
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let types = self.accumulated_types(args.input_fields.iter().map(|field| field.data_type()));
        let AggregateKernel::Accumulator { state, .. } = self.aggregate.overload.kernel else {
            return Ok(Vec::new());
        };
        let fields = state(&types).into_iter().enumerate().map(|(at, data_type)| {
            Arc::new(Field::new(format_state_name(args.name, &at.to_string()), data_type, true))
        });
        Ok(fields.collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let factory = self.factory(&args);
        let mut states = factory.make()?;
        // The one group exists even when no row comes.
        let nothing: Vec<ArrayRef> = factory.types.iter().map(new_empty_array).collect();
        states.update(&nothing, &[], 1).map_err(|error| factory.failure(error))?;
        Ok(Box::new(SingleGroup { factory, states: std::sync::Mutex::new(states) }))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let factory = self.factory(&args);
        let states = factory.make()?;
        Ok(Box::new(ManyGroups { factory, states }))
    }
}

/// The states of all groups.
struct ManyGroups {
    factory: Factory,
    states: Box<dyn GroupAccumulator>,
}

impl GroupsAccumulator for ManyGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        wanted: Option<&BooleanArray>,
        group_count: usize,
    ) -> Result<()> {
        update(&self.factory, self.states.as_mut(), values, groups, wanted, group_count)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<()> {
        self.states.merge(states, groups, group_count).map_err(|error| self.factory.failure(error))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.states.state(emitted(emit)).map_err(|error| self.factory.failure(error))
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        self.states.evaluate(emitted(emit)).map(with_one_nan).map_err(|error| self.factory.failure(error))
    }

    fn convert_to_state(&self, values: &[ArrayRef], wanted: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        if wanted.is_none() {
            let converted = self.states.convert(&self.factory.arguments(values)?);
            if let Some(states) = converted.map_err(|error| self.factory.failure(error))? {
                return Ok(states);
            }
        }
        let rows = values.first().map_or(0, |array| array.len());
        let groups: Vec<usize> = (0..rows).collect();
        let mut states = self.factory.make()?;
        update(&self.factory, states.as_mut(), values, &groups, wanted, rows)?;
        states.state(Groups::All).map_err(|error| self.factory.failure(error))
    }

    fn size(&self) -> usize {
        self.states.size()
    }
}

fn update(
    factory: &Factory,
    states: &mut dyn GroupAccumulator,
    values: &[ArrayRef],
    groups: &[usize],
    wanted: Option<&BooleanArray>,
    group_count: usize,
) -> Result<()> {
    let mut arguments = factory.arguments(values)?;
    let kept: Vec<usize>;
    let mut groups = groups;
    if let Some(wanted) = wanted {
        arguments = arguments.iter().map(|array| Ok(filter(array, wanted)?)).collect::<Result<_>>()?;
        kept = groups.iter().zip(wanted).filter(|(_, wanted)| *wanted == Some(true)).map(|(group, _)| *group).collect();
        groups = &kept;
    }
    states.update(&arguments, groups, group_count).map_err(|error| factory.failure(error))
}

fn emitted(emit: EmitTo) -> Groups {
    match emit {
        EmitTo::All => Groups::All,
        EmitTo::First(count) => Groups::First(count),
    }
}

/// The state of an aggregation without `by`.
struct SingleGroup {
    factory: Factory,
    // Never locked: DataFusion asks accumulators to be `Sync`, but only ever uses them exclusively.
    states: std::sync::Mutex<Box<dyn GroupAccumulator>>,
}

impl SingleGroup {
    fn states(&mut self) -> &mut dyn GroupAccumulator {
        self.states.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).as_mut()
    }
}

impl fmt::Debug for SingleGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SingleGroup({})", self.factory.aggregate)
    }
}

impl Accumulator for SingleGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let groups = vec![0; values.first().map_or(0, |array| array.len())];
        let factory = self.factory.clone();
        update(&factory, self.states(), values, &groups, None, 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let groups = vec![0; states.first().map_or(0, |array| array.len())];
        let merged = self.states().merge(states, &groups, 1);
        merged.map_err(|error| self.factory.failure(error))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let states = self.states().state(Groups::All).map_err(|error| self.factory.failure(error))?;
        states.iter().map(|array| ScalarValue::try_from_array(array, 0)).collect()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let result = self.states().evaluate(Groups::All).map_err(|error| self.factory.failure(error))?;
        ScalarValue::try_from_array(&result, 0)
    }

    fn size(&self) -> usize {
        let states = self.states.try_lock().map_or(0, |states| states.size());
        size_of_val(self) + states
    }
}
