//! The least or greatest value of each group, by Arrow type.
//!
//! A NaN beats every number both as least and as greatest, as in Kusto; of equal values the first seen stays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder, PrimitiveArray, StringViewBuilder};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type, Float64Type, Int8Type, Int32Type, Int64Type};

use super::super::{take_groups, unexpected};
use crate::KernelError;
use crate::aggregate::Groups;

/// What a value is held against: the best of its group so far.
pub trait Best: Send {
    /// Holds the values of a batch against the best of their groups; nulls are passed over. `won` hears of each
    /// row that became the best so far.
    fn offer(
        &mut self,
        values: &ArrayRef,
        groups: &[usize],
        group_count: usize,
        won: &mut dyn FnMut(usize, usize),
    ) -> Result<(), KernelError>;

    /// As [`Best::offer`], where nobody needs to hear.
    fn update(&mut self, values: &ArrayRef, groups: &[usize], group_count: usize) -> Result<(), KernelError>;

    /// Hands out the best of these groups; null for a group without a value.
    fn take(&mut self, groups: Groups) -> Result<ArrayRef, KernelError>;

    /// Whether a group has a value.
    fn holds(&self, group: usize) -> bool;

    /// Bytes held.
    fn size(&self) -> usize;
}

/// The best of a type that can be ordered.
pub fn best<const GREATEST: bool>(data_type: &DataType) -> Result<Box<dyn Best>, KernelError> {
    Ok(match data_type {
        DataType::Boolean => Box::new(BestPrimitive::<Int8Type, GREATEST>::new(data_type)),
        DataType::Int32 => Box::new(BestPrimitive::<Int32Type, GREATEST>::new(data_type)),
        DataType::Int64 => Box::new(BestPrimitive::<Int64Type, GREATEST>::new(data_type)),
        DataType::Float64 => Box::new(BestPrimitive::<Float64Type, GREATEST>::new(data_type)),
        DataType::Decimal128(..) => Box::new(BestPrimitive::<Decimal128Type, GREATEST>::new(data_type)),
        DataType::Utf8View | DataType::FixedSizeBinary(_) => Box::new(BestBytes::<GREATEST>::new(data_type)),
        other => return Err(unexpected(other)),
    })
}

/// Which of two values is less and which is greater.
trait Ranked: Copy {
    fn below(self, other: Self) -> bool;
    fn above(self, other: Self) -> bool;
}

macro_rules! rank_integers {
    ($($integer:ty),*) => {$(
        impl Ranked for $integer {
            fn below(self, other: Self) -> bool {
                self < other
            }

            fn above(self, other: Self) -> bool {
                self > other
            }
        }
    )*};
}

rank_integers!(i8, i32, i64, i128);

impl Ranked for f64 {
    fn below(self, other: Self) -> bool {
        self < other || (self.is_nan() && !other.is_nan())
    }

    fn above(self, other: Self) -> bool {
        self > other || (self.is_nan() && !other.is_nan())
    }
}

/// Numbers, ticks and, as numbers, truth values.
struct BestPrimitive<T: ArrowPrimitiveType, const GREATEST: bool> {
    data_type: DataType,
    values: Vec<T::Native>,
    held: Vec<bool>,
}

impl<T: ArrowPrimitiveType, const GREATEST: bool> BestPrimitive<T, GREATEST>
where
    T::Native: Ranked,
{
    fn new(data_type: &DataType) -> Self {
        BestPrimitive { data_type: data_type.clone(), values: Vec::new(), held: Vec::new() }
    }

    fn offer_each(
        &mut self,
        values: &ArrayRef,
        groups: &[usize],
        group_count: usize,
        mut won: impl FnMut(usize, usize),
    ) -> Result<(), KernelError> {
        if self.values.len() < group_count {
            self.values.resize(group_count, T::Native::default());
            self.held.resize(group_count, false);
        }
        let truths = match values.data_type() {
            DataType::Boolean => Some(cast(values, &DataType::Int8)?),
            _ => None,
        };
        let values = truths.as_ref().unwrap_or(values);
        let values = values.as_primitive_opt::<T>().ok_or_else(|| unexpected(values.data_type()))?;
        for (row, &group) in groups.iter().enumerate() {
            if values.is_null(row) {
                continue;
            }
            let value = values.value(row);
            let best = self.values[group];
            let better = if GREATEST { value.above(best) } else { value.below(best) };
            if better || !self.held[group] {
                self.values[group] = value;
                self.held[group] = true;
                won(group, row);
            }
        }
        Ok(())
    }
}

impl<T: ArrowPrimitiveType, const GREATEST: bool> Best for BestPrimitive<T, GREATEST>
where
    T::Native: Ranked,
{
    fn offer(
        &mut self,
        values: &ArrayRef,
        groups: &[usize],
        group_count: usize,
        won: &mut dyn FnMut(usize, usize),
    ) -> Result<(), KernelError> {
        self.offer_each(values, groups, group_count, won)
    }

    fn update(&mut self, values: &ArrayRef, groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.offer_each(values, groups, group_count, |_, _| {})
    }

    fn take(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let values = take_groups(&mut self.values, groups);
        let held = take_groups(&mut self.held, groups);
        let array = PrimitiveArray::<T>::try_new(values.into(), Some(NullBuffer::from(held)))?;
        if self.data_type == DataType::Boolean {
            return Ok(cast(&array, &DataType::Boolean)?);
        }
        Ok(Arc::new(array.with_data_type(self.data_type.clone())))
    }

    fn holds(&self, group: usize) -> bool {
        self.held.get(group).copied().unwrap_or(false)
    }

    fn size(&self) -> usize {
        self.values.capacity() * size_of::<T::Native>() + self.held.capacity()
    }
}

/// Strings, by their bytes, and other byte strings.
struct BestBytes<const GREATEST: bool> {
    data_type: DataType,
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    /// Bytes that no slot shows any more.
    waste: usize,
}

/// Where a group's bytes lie, if it has any.
#[derive(Clone, Copy)]
struct Slot {
    start: usize,
    length: u32,
    held: bool,
}

const EMPTY: Slot = Slot { start: 0, length: 0, held: false };

impl<const GREATEST: bool> BestBytes<GREATEST> {
    fn new(data_type: &DataType) -> Self {
        BestBytes { data_type: data_type.clone(), bytes: Vec::new(), slots: Vec::new(), waste: 0 }
    }

    fn shown(&self, slot: Slot) -> &[u8] {
        &self.bytes[slot.start..slot.start + slot.length as usize]
    }

    fn offer_value(&mut self, group: usize, value: &[u8]) -> bool {
        let slot = self.slots[group];
        let best = self.shown(slot);
        if slot.held && !(if GREATEST { value > best } else { value < best }) {
            return false;
        }
        let start = if value.len() <= slot.length as usize {
            self.bytes[slot.start..slot.start + value.len()].copy_from_slice(value);
            self.waste += slot.length as usize - value.len();
            slot.start
        } else {
            self.waste += slot.length as usize;
            self.bytes.extend_from_slice(value);
            self.bytes.len() - value.len()
        };
        // Arrow's views count their bytes in 32 bits, so no value is longer.
        self.slots[group] = Slot { start, length: value.len() as u32, held: true };
        if self.waste > 65_536 && self.waste > self.bytes.len() / 2 {
            self.compact();
        }
        true
    }

    fn compact(&mut self) {
        let mut bytes = Vec::with_capacity(self.bytes.len() - self.waste);
        for at in 0..self.slots.len() {
            let slot = self.slots[at];
            let start = bytes.len();
            bytes.extend_from_slice(self.shown(slot));
            self.slots[at].start = start;
        }
        self.bytes = bytes;
        self.waste = 0;
    }

    fn offer_each(
        &mut self,
        values: &ArrayRef,
        groups: &[usize],
        group_count: usize,
        mut won: impl FnMut(usize, usize),
    ) -> Result<(), KernelError> {
        if self.slots.len() < group_count {
            self.slots.resize(group_count, EMPTY);
        }
        if let Some(strings) = values.as_string_view_opt() {
            for (row, &group) in groups.iter().enumerate() {
                if !strings.is_null(row) && self.offer_value(group, strings.value(row).as_bytes()) {
                    won(group, row);
                }
            }
        } else if let Some(binaries) = values.as_fixed_size_binary_opt() {
            for (row, &group) in groups.iter().enumerate() {
                if !binaries.is_null(row) && self.offer_value(group, binaries.value(row)) {
                    won(group, row);
                }
            }
        } else {
            return Err(unexpected(values.data_type()));
        }
        Ok(())
    }
}

impl<const GREATEST: bool> Best for BestBytes<GREATEST> {
    fn offer(
        &mut self,
        values: &ArrayRef,
        groups: &[usize],
        group_count: usize,
        won: &mut dyn FnMut(usize, usize),
    ) -> Result<(), KernelError> {
        self.offer_each(values, groups, group_count, won)
    }

    fn update(&mut self, values: &ArrayRef, groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.offer_each(values, groups, group_count, |_, _| {})
    }

    fn take(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let slots = take_groups(&mut self.slots, groups);
        let array: ArrayRef = if let DataType::FixedSizeBinary(width) = self.data_type {
            let mut builder = FixedSizeBinaryBuilder::with_capacity(slots.len(), width);
            for slot in &slots {
                if slot.held {
                    builder.append_value(self.shown(*slot))?;
                } else {
                    builder.append_null();
                }
            }
            Arc::new(builder.finish())
        } else {
            let mut builder = StringViewBuilder::with_capacity(slots.len());
            for slot in &slots {
                let text = std::str::from_utf8(self.shown(*slot)).map_err(|error| KernelError(error.to_string()))?;
                if slot.held {
                    builder.append_value(text);
                } else {
                    builder.append_null();
                }
            }
            Arc::new(builder.finish())
        };
        self.compact_rest();
        Ok(array)
    }

    fn holds(&self, group: usize) -> bool {
        self.slots.get(group).is_some_and(|slot| slot.held)
    }

    fn size(&self) -> usize {
        self.bytes.capacity() + self.slots.capacity() * size_of::<Slot>()
    }
}

impl<const GREATEST: bool> BestBytes<GREATEST> {
    fn compact_rest(&mut self) {
        let shown: usize = self.slots.iter().map(|slot| slot.length as usize).sum();
        self.waste = self.bytes.len() - shown;
        self.compact();
    }
}
