//! Aggregates: one static item each, computed by vectorised group accumulators.

use std::fmt;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use crate::function::Alias;
use crate::{Documentation, Example, KernelError, Parameter, ResultName, ReturnType};

/// An aggregate function. Its identity is its name.
///
/// The `…if` forms (`countif`, `sumif`) are aggregates of their own whose last argument is the predicate;
/// the accumulators see it as a `bool` column.
#[derive(Debug)]
pub struct Aggregate {
    pub name: &'static str,
    /// Other names, deprecated ones among them.
    pub aliases: &'static [Alias],
    pub documentation: Documentation,
    /// Chosen as a [`Function`](crate::Function)'s are.
    pub overloads: &'static [AggregateOverload],
    pub result_name: ResultName,
    pub examples: &'static [Example],
}

/// One signature of an aggregate.
#[derive(Debug)]
pub struct AggregateOverload {
    pub parameters: &'static [Parameter],
    pub returns: AggregateReturn,
    pub kernel: AggregateKernel,
}

/// What an aggregate yields.
#[derive(Clone, Copy, Debug)]
pub enum AggregateReturn {
    /// One column.
    One(ReturnType),
    /// One column for each argument (`arg_max(x, a, b)`: `x`, `a`, `b`, each in its own type). The
    /// accumulator evaluates to a struct array with the fields `0`, `1`, ….
    EachArgument,
    /// One column for each argument given for the last parameter, which is repeated, of this type
    /// (`percentiles(x, 5, 50)`: two). The accumulator evaluates to a struct array with the fields `0`, `1`, ….
    EachRepeated(ReturnType),
}

/// Makes the accumulator for arguments of these Arrow types.
pub type MakeAccumulator = fn(&[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError>;

/// How an aggregate is computed.
#[derive(Clone, Copy)]
pub enum AggregateKernel {
    /// `accumulator` makes the state of all groups of one partition; `state` gives the Arrow types of the
    /// columns in which partial states travel. Both get the Arrow types of the arguments.
    Accumulator {
        accumulator: MakeAccumulator,
        state: fn(&[DataType]) -> Vec<DataType>,
        /// The Arrow type that `evaluate` gives.
        output: fn(&[DataType]) -> DataType,
        /// Where the answer is the arguments as they are in one row of the group: how many of them, the first ones, are
        /// looked at to choose that row. The others are passed on as they are, whatever their types.
        row_chosen_by: Option<usize>,
    },
    /// Known by signature only; the text says why.
    Unavailable(&'static str),
}

impl fmt::Debug for AggregateKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AggregateKernel::Accumulator { .. } => "Accumulator",
            AggregateKernel::Unavailable(_) => "Unavailable",
        })
    }
}

/// Which groups a call speaks of: all, or the first `n` (which are then forgotten, the rest moving down).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Groups {
    All,
    First(usize),
}

/// The states of all groups of one partition, updated a batch at a time (DataFusion's `GroupsAccumulator`
/// without DataFusion). Constant arguments come as arrays too.
pub trait GroupAccumulator: Send {
    /// Takes in a batch. `arguments` are as long as `groups`, which gives each row's group; `group_count` is
    /// larger than every group index so far.
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError>;

    /// Takes in partial states, as [`GroupAccumulator::state`] gave them. One that is null in every column is passed
    /// over.
    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError>;

    /// Partial states of groups that have one row each, without making the groups, where that is simple; `None` where
    /// it is not. A state of nothing is null in every column.
    fn convert(&self, _arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        Ok(None)
    }

    /// Hands out the partial states of these groups.
    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError>;

    /// Hands out the results of these groups.
    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError>;

    /// Bytes held, for the memory limit.
    fn size(&self) -> usize;
}
