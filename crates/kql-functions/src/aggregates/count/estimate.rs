//! The accumulator of `dcount`: the distinct values of small groups are counted, those of large ones estimated.
//!
//! A group keeps the 64-bit hashes of its values until they are as many as an eighth of the registers; then it
//! turns to HyperLogLog registers (Ertl's improved estimator, arXiv:1702.01284). The result depends on the set of
//! values alone, not on their order or on how they were split.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewBuilder, Int64Array};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};
use hashbrown::HashTable;
use kql_types::dynamic::Dynamic;

use super::super::{Aggregation, column, for_each, primitives, take_groups, type_of, unexpected};
use crate::aggregate::Groups;
use crate::sketch::registers::{DEFAULT_PRECISION, estimate, note, precision};
use crate::{GroupAccumulator, KernelError};

/// Estimates the distinct values of the first argument with the accuracy that the second names (0 to 4).
pub struct DistinctEstimate<const OF_DYNAMIC: bool>;

impl<const OF_DYNAMIC: bool> Aggregation for DistinctEstimate<OF_DYNAMIC> {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        match type_of(arguments, 0) {
            DataType::Null => Err(unexpected(&DataType::Null)),
            _ => Ok(Box::new(EstimateAccumulator { of_dynamic: OF_DYNAMIC, sketches: Sketches::default() })),
        }
    }

    fn state(_: &[DataType]) -> Vec<DataType> {
        vec![DataType::BinaryView]
    }

    fn output(_: &[DataType]) -> DataType {
        DataType::Int64
    }
}

struct EstimateAccumulator {
    of_dynamic: bool,
    sketches: Sketches,
}

impl GroupAccumulator for EstimateAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.sketches.resize(group_count);
        if arguments.len() > 1
            && let Some(accuracy) = primitives::<Int64Type>(arguments, 1)?.iter().flatten().next()
        {
            self.sketches.set_precision(precision(accuracy)?)?;
        }
        let sketches = &mut self.sketches;
        for_each_hash(column(arguments, 0)?, self.of_dynamic, groups, |group, hash| sketches.add(group, hash))?;
        self.sketches.turn_large_groups();
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.sketches.resize(group_count);
        let states = column(states, 0)?;
        let states = states.as_binary_view_opt().ok_or_else(|| unexpected(states.data_type()))?;
        for (row, &group) in groups.iter().enumerate() {
            if !states.is_null(row) {
                self.sketches.merge(group, states.value(row))?;
            }
        }
        self.sketches.turn_large_groups();
        Ok(())
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(vec![self.sketches.take_states(groups)?])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        Ok(Arc::new(self.sketches.take_counts(groups)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sketches.size()
    }
}

/// The group has no registers.
const NONE: u32 = u32::MAX;

/// What a group has: hashes of its values, or registers.
#[derive(Clone, Copy)]
struct Sketch {
    hashes: u32,
    registers: u32,
}

/// The sketches of all groups.
#[derive(Default)]
struct Sketches {
    /// As the query names it.
    precision: Option<u8>,
    groups: Vec<Sketch>,
    /// Distinct pairs of group and hash.
    hashes: HashTable<(u32, u64)>,
    /// How many of them are of groups that have outgrown their limit or have registers.
    overdue: usize,
    /// The registers of large groups, one after the other.
    registers: Vec<u8>,
}

impl Sketches {
    fn resize(&mut self, group_count: usize) {
        if self.groups.len() < group_count {
            self.groups.resize(group_count, Sketch { hashes: 0, registers: NONE });
        }
    }

    fn set_precision(&mut self, precision: u8) -> Result<(), KernelError> {
        if self.precision.is_some_and(|known| known != precision) {
            return Err(KernelError("the accuracy must be the same for all rows".to_owned()));
        }
        self.precision = Some(precision);
        Ok(())
    }

    fn precision(&self) -> u8 {
        self.precision.unwrap_or(DEFAULT_PRECISION)
    }

    fn register_count(&self) -> usize {
        1 << self.precision()
    }

    /// How many distinct hashes a group may keep.
    fn limit(&self) -> u32 {
        1 << (self.precision() - 3)
    }

    fn add(&mut self, group: usize, hash: u64) {
        let sketch = self.groups[group];
        if sketch.registers != NONE {
            let start = sketch.registers as usize * self.register_count();
            let precision = self.precision();
            note(&mut self.registers[start..], precision, hash);
            return;
        }
        // Groups are rows of memory, far fewer than 32 bits count.
        let entry = (group as u32, hash);
        let slot = self.hashes.entry(table_hash(&entry), |other| *other == entry, table_hash);
        if let hashbrown::hash_table::Entry::Vacant(slot) = slot {
            slot.insert(entry);
            self.groups[group].hashes += 1;
            let (hashes, limit) = (self.groups[group].hashes, self.limit());
            if hashes > limit {
                self.overdue += if hashes == limit + 1 { hashes as usize } else { 1 };
            }
        }
    }

    /// Turns the large groups to registers once that pays for going through all hashes.
    fn turn_large_groups(&mut self) {
        if self.overdue * 4 > self.hashes.len() {
            self.turn_all_large_groups();
        }
    }

    fn turn_all_large_groups(&mut self) {
        if self.overdue == 0 {
            return;
        }
        let (limit, count, precision) = (self.limit(), self.register_count(), self.precision());
        let Self { groups, hashes, registers, .. } = self;
        hashes.retain(|(group, hash)| {
            let sketch = &mut groups[*group as usize];
            if sketch.hashes <= limit && sketch.registers == NONE {
                return true;
            }
            if sketch.registers == NONE {
                sketch.registers = (registers.len() / count) as u32;
                registers.resize(registers.len() + count, 0);
            }
            note(&mut registers[sketch.registers as usize * count..], precision, *hash);
            false
        });
        for sketch in groups.iter_mut().filter(|sketch| sketch.registers != NONE) {
            sketch.hashes = 0;
        }
        self.overdue = 0;
    }

    /// Takes in a state as [`Sketches::take_states`] makes it.
    fn merge(&mut self, group: usize, state: &[u8]) -> Result<(), KernelError> {
        let Some((&[precision, is_registers], payload)) = state.split_first_chunk::<2>() else {
            return Err(KernelError("a partial distinct count is broken".to_owned()));
        };
        if precision != 0 {
            self.set_precision(precision)?;
        }
        if is_registers == 0 {
            for hash in payload.as_chunks::<8>().0 {
                self.add(group, u64::from_le_bytes(*hash));
            }
            return Ok(());
        }
        let count = self.register_count();
        if payload.len() != count {
            return Err(KernelError("a partial distinct count is broken".to_owned()));
        }
        if self.groups[group].registers == NONE {
            self.groups[group].registers = (self.registers.len() / count) as u32;
            self.registers.resize(self.registers.len() + count, 0);
            if self.groups[group].hashes <= self.limit() {
                self.overdue += self.groups[group].hashes as usize;
            }
        }
        let start = self.groups[group].registers as usize * count;
        for (register, other) in self.registers[start..start + count].iter_mut().zip(payload) {
            *register = (*register).max(*other);
        }
        Ok(())
    }

    fn take_counts(&mut self, groups: Groups) -> Int64Array {
        self.turn_all_large_groups();
        let count = self.register_count();
        let taken = take_groups(&mut self.groups, groups);
        let counts = taken.iter().map(|sketch| match sketch.registers {
            NONE => i64::from(sketch.hashes),
            at => estimate(&self.registers[at as usize * count..][..count], self.precision()),
        });
        let counts = counts.collect::<Vec<i64>>();
        self.forget(&taken);
        Int64Array::from(counts)
    }

    fn take_states(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        self.turn_all_large_groups();
        let count = self.register_count();
        let taken = take_groups(&mut self.groups, groups);
        let mut hashes: Vec<(u32, u64)> =
            self.hashes.iter().filter(|(group, _)| (*group as usize) < taken.len()).copied().collect();
        hashes.sort_unstable();
        let mut hashes = hashes.into_iter().peekable();
        let mut builder = BinaryViewBuilder::with_capacity(taken.len());
        let mut state = Vec::new();
        for (group, sketch) in taken.iter().enumerate() {
            state.clear();
            state.push(self.precision.unwrap_or(0));
            if sketch.registers == NONE {
                state.push(0);
                while let Some((_, hash)) = hashes.next_if(|(other, _)| *other as usize == group) {
                    state.extend_from_slice(&hash.to_le_bytes());
                }
            } else {
                state.push(1);
                state.extend_from_slice(&self.registers[sketch.registers as usize * count..][..count]);
            }
            builder.try_append_value(&state)?;
        }
        self.forget(&taken);
        Ok(Arc::new(builder.finish()))
    }

    /// Drops what the first groups had; the rest move down.
    fn forget(&mut self, taken: &[Sketch]) {
        let moved = taken.len() as u32;
        let count = self.register_count();
        let old = std::mem::take(&mut self.hashes);
        for (group, hash) in old {
            if let Some(group) = group.checked_sub(moved) {
                self.hashes.insert_unique(table_hash(&(group, hash)), (group, hash), table_hash);
            }
        }
        let old = std::mem::take(&mut self.registers);
        for sketch in self.groups.iter_mut().filter(|sketch| sketch.registers != NONE) {
            let start = sketch.registers as usize * count;
            sketch.registers = (self.registers.len() / count) as u32;
            self.registers.extend_from_slice(&old[start..start + count]);
        }
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Sketch>() + self.hashes.allocation_size() + self.registers.capacity()
    }
}

/// Calls `each` with the group and the hash of every value that is not null. The hashes are the same everywhere.
fn for_each_hash(
    values: &ArrayRef,
    of_dynamic: bool,
    groups: &[usize],
    mut each: impl FnMut(usize, u64),
) -> Result<(), KernelError> {
    match values.data_type() {
        DataType::Boolean => {
            for (&group, value) in groups.iter().zip(values.as_boolean().iter()) {
                if let Some(value) = value {
                    each(group, hash_number(u64::from(value)));
                }
            }
        }
        DataType::Int32 => for_each(values.as_primitive::<Int32Type>(), groups, |group, value| {
            each(group, hash_number(i64::from(value) as u64));
        }),
        DataType::Int64 => for_each(values.as_primitive::<Int64Type>(), groups, |group, value| {
            each(group, hash_number(value as u64));
        }),
        DataType::Float64 => for_each(values.as_primitive::<Float64Type>(), groups, |group, value| {
            // Both zeros are one value, and all NaNs are.
            let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
            each(group, hash_number(value.to_bits()));
        }),
        DataType::Decimal128(..) => for_each(values.as_primitive::<Decimal128Type>(), groups, |group, value| {
            each(group, hash_bytes(&value.to_le_bytes()));
        }),
        DataType::Utf8View => {
            let mut canonical = String::new();
            for (&group, value) in groups.iter().zip(values.as_string_view().iter()) {
                match value {
                    Some(value) if of_dynamic => {
                        let value = Dynamic::new(value);
                        if !value.is_null() {
                            canonical.clear();
                            value.write_canonical(&mut canonical);
                            each(group, hash_bytes(canonical.as_bytes()));
                        }
                    }
                    Some(value) => each(group, hash_bytes(value.as_bytes())),
                    None if of_dynamic => {}
                    None => each(group, hash_bytes(b"")),
                }
            }
        }
        DataType::FixedSizeBinary(_) => {
            for (&group, value) in groups.iter().zip(values.as_fixed_size_binary().iter()) {
                if let Some(value) = value {
                    each(group, hash_bytes(value));
                }
            }
        }
        other => return Err(unexpected(other)),
    }
    Ok(())
}

/// One to one (the finaliser of SplitMix64).
fn hash_number(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = hash_number(bytes.len() as u64);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = hash_number(hash.rotate_left(23) ^ u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hash_number(hash.rotate_left(23) ^ u64::from_le_bytes(last))
}

fn table_hash(entry: &(u32, u64)) -> u64 {
    entry.1 ^ hash_number(u64::from(entry.0))
}
