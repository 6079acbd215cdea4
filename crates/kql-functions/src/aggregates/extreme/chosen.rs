//! The accumulators that choose a row of each group: `arg_max`, `arg_min` and `take_any`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StructArray};
use arrow::compute::filter;
use arrow::datatypes::{DataType, Field, Fields};

use super::super::filter::truths;
use super::super::rows::KeptRows;
use super::super::{Aggregation, booleans, column, take_groups, without_null_strings};
use super::best::{Best, best};
use crate::aggregate::Groups;
use crate::{GroupAccumulator, KernelError};

/// The row with the least (or greatest) first argument. Rows where that is null count only where there is no other.
pub struct ArgExtreme<const GREATEST: bool>;

impl<const GREATEST: bool> Aggregation for ArgExtreme<GREATEST> {
    const ROW_CHOSEN_BY: Option<usize> = Some(1);

    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        let key = super::super::type_of(arguments, 0);
        let choice = ExtremeKey { best: best::<GREATEST>(&key)? };
        Ok(Box::new(RowAccumulator::new(choice, arguments, true)))
    }

    fn state(arguments: &[DataType]) -> Vec<DataType> {
        row_state(arguments)
    }

    fn output(arguments: &[DataType]) -> DataType {
        DataType::Struct(numbered(arguments))
    }
}

/// The first row.
pub struct TakeAnyRow;

impl Aggregation for TakeAnyRow {
    /// Only a single argument matters to the choice.
    const ROW_CHOSEN_BY: Option<usize> = Some(0);

    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        let single = arguments.len() == 1;
        Ok(Box::new(RowAccumulator::new(FirstRow { prefer_filled: single, filled: Vec::new() }, arguments, true)))
    }

    fn state(arguments: &[DataType]) -> Vec<DataType> {
        row_state(arguments)
    }

    fn output(arguments: &[DataType]) -> DataType {
        DataType::Struct(numbered(arguments))
    }
}

/// The first value that is neither null nor empty, where there is one.
pub struct TakeAnyValue;

impl Aggregation for TakeAnyValue {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        Ok(Box::new(RowAccumulator::new(FirstRow { prefer_filled: true, filled: Vec::new() }, arguments, false)))
    }

    fn state(arguments: &[DataType]) -> Vec<DataType> {
        row_state(arguments)
    }

    fn output(arguments: &[DataType]) -> DataType {
        super::super::type_of(arguments, 0)
    }
}

/// Which rows are to be kept.
trait Choice: Send {
    /// Goes through a batch and calls `won` for each row that is better than what its group has. `holds` says
    /// whether a group has a row of an earlier batch.
    fn choose(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[usize],
        group_count: usize,
        holds: &dyn Fn(usize) -> bool,
        won: &mut dyn FnMut(usize, usize),
    ) -> Result<(), KernelError>;

    /// Forgets these groups.
    fn forget(&mut self, groups: Groups) -> Result<(), KernelError>;

    /// Bytes held.
    fn size(&self) -> usize;
}

struct ExtremeKey {
    best: Box<dyn Best>,
}

impl Choice for ExtremeKey {
    fn choose(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[usize],
        group_count: usize,
        holds: &dyn Fn(usize) -> bool,
        won: &mut dyn FnMut(usize, usize),
    ) -> Result<(), KernelError> {
        let keys = without_null_strings(column(arguments, 0)?);
        if keys.null_count() > 0 {
            // A later row with a key takes their place, since these come to `won` first.
            let mut first = vec![true; group_count];
            for (row, &group) in groups.iter().enumerate() {
                if keys.is_null(row) && first[group] {
                    first[group] = false;
                    if !holds(group) && !self.best.holds(group) {
                        won(group, row);
                    }
                }
            }
        }
        self.best.offer(&keys, groups, group_count, won)
    }

    fn forget(&mut self, groups: Groups) -> Result<(), KernelError> {
        self.best.take(groups).map(drop)
    }

    fn size(&self) -> usize {
        self.best.size()
    }
}

struct FirstRow {
    /// Whether a row whose first argument is neither null nor empty goes before others.
    prefer_filled: bool,
    /// The groups that need no other row.
    filled: Vec<bool>,
}

impl Choice for FirstRow {
    fn choose(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[usize],
        group_count: usize,
        holds: &dyn Fn(usize) -> bool,
        won: &mut dyn FnMut(usize, usize),
    ) -> Result<(), KernelError> {
        if self.filled.len() < group_count {
            self.filled.resize(group_count, false);
        }
        let values = column(arguments, 0)?;
        let strings = values.as_string_view_opt();
        let mut seen = if self.prefer_filled { vec![false; group_count] } else { Vec::new() };
        for (row, &group) in groups.iter().enumerate() {
            if self.filled[group] {
                continue;
            }
            let filled = !self.prefer_filled
                || (!values.is_null(row) && strings.is_none_or(|strings| !strings.value(row).is_empty()));
            if filled {
                self.filled[group] = true;
                won(group, row);
            } else if !seen[group] {
                seen[group] = true;
                if !holds(group) {
                    won(group, row);
                }
            }
        }
        Ok(())
    }

    fn forget(&mut self, groups: Groups) -> Result<(), KernelError> {
        take_groups(&mut self.filled, groups);
        Ok(())
    }

    fn size(&self) -> usize {
        self.filled.capacity()
    }
}

/// No row of the batch won yet.
const NO_ROW: u32 = u32::MAX;

struct RowAccumulator<C> {
    choice: C,
    rows: KeptRows,
    /// The fields of the result.
    fields: Fields,
    /// The winner of each group within a batch, `NO_ROW` between batches.
    winners: Vec<u32>,
    /// Whether the result is a struct of all columns, or the first column.
    whole_row: bool,
}

impl<C: Choice> RowAccumulator<C> {
    fn new(choice: C, arguments: &[DataType], whole_row: bool) -> RowAccumulator<C> {
        RowAccumulator {
            choice,
            rows: KeptRows::new(arguments.to_vec()),
            fields: numbered(arguments),
            winners: Vec::new(),
            whole_row,
        }
    }
}

impl<C: Choice> GroupAccumulator for RowAccumulator<C> {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.rows.resize(group_count);
        if self.winners.len() < group_count {
            self.winners.resize(group_count, NO_ROW);
        }
        let Self { choice, rows, winners, .. } = self;
        let mut touched = Vec::new();
        choice.choose(arguments, groups, group_count, &|group| rows.holds(group), &mut |group, row| {
            if winners[group] == NO_ROW {
                touched.push(group);
            }
            // A batch has far fewer rows than 32 bits count.
            winners[group] = row as u32;
        })?;
        let chosen: Vec<(usize, u32)> =
            touched.into_iter().map(|group| (group, std::mem::replace(&mut winners[group], NO_ROW))).collect();
        rows.keep(arguments, &chosen)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        let present = truths(booleans(states, 0)?)?;
        let columns = states.get(1..).unwrap_or_default();
        if present.true_count() == present.len() {
            return self.update(columns, groups, group_count);
        }
        let columns = columns.iter().map(|column| filter(column, &present)).collect::<Result<Vec<_>, _>>()?;
        let groups: Vec<usize> = present.values().set_indices().filter_map(|row| groups.get(row).copied()).collect();
        self.update(&columns, &groups, group_count)
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        let rows = column(arguments, 0)?.len();
        let present: ArrayRef = Arc::new(BooleanArray::from(vec![true; rows]));
        Ok(Some(std::iter::once(present).chain(arguments.iter().cloned()).collect()))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let count = match groups {
            Groups::All => self.winners.len(),
            Groups::First(count) => count.min(self.winners.len()),
        };
        let present: BooleanArray = (0..count).map(|group| Some(self.rows.holds(group))).collect();
        self.choice.forget(groups)?;
        take_groups(&mut self.winners, groups);
        let mut states: Vec<ArrayRef> = vec![Arc::new(present)];
        states.extend(self.rows.take(groups)?);
        Ok(states)
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        self.choice.forget(groups)?;
        take_groups(&mut self.winners, groups);
        let columns = self.rows.take(groups)?;
        if self.whole_row {
            return Ok(Arc::new(StructArray::try_new(self.fields.clone(), columns, None)?));
        }
        column(&columns, 0).cloned()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.choice.size() + self.rows.size() + self.winners.capacity() * size_of::<u32>()
    }
}

/// Whether there is a row, and the row.
fn row_state(arguments: &[DataType]) -> Vec<DataType> {
    std::iter::once(DataType::Boolean).chain(arguments.iter().cloned()).collect()
}

fn numbered(types: &[DataType]) -> Fields {
    types.iter().enumerate().map(|(at, data_type)| Field::new(at.to_string(), data_type.clone(), true)).collect()
}
