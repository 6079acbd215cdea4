//! The accumulator of `dcount`: the distinct values of small groups are counted, those of large ones estimated.
//!
//! A group keeps the 64-bit hashes of its values until they are as many as an eighth of the registers; then it
//! turns to HyperLogLog registers (Ertl's improved estimator, arXiv:1702.01284). The result depends on the set of
//! values alone, not on their order or on how they were split.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, Int64Array};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};
use kql_types::dynamic::Dynamic;

use super::super::seen::Seen;
use super::super::{Aggregation, column, for_each_row, primitives, take_groups, type_of, unexpected};
use crate::aggregate::Groups;
use crate::sketch::registers::precision;
use crate::{GroupAccumulator, KernelError};
use sketches::Sketches;

mod sketches;

/// Estimates the distinct values of the first argument with the accuracy that the second names (0 to 4).
pub struct DistinctEstimate<const OF_DYNAMIC: bool>;

impl<const OF_DYNAMIC: bool> Aggregation for DistinctEstimate<OF_DYNAMIC> {
    fn accumulator(arguments: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
        match type_of(arguments, 0) {
            DataType::Null => Err(unexpected(&DataType::Null)),
            _ => Ok(Box::new(EstimateAccumulator {
                of_dynamic: OF_DYNAMIC,
                sketches: Sketches::default(),
                seen: Seen::default(),
            })),
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
    /// The hashes of strings that a batch repeats.
    seen: Seen<u64>,
}

/// The precision that the second argument names, if there is one.
fn named_precision(arguments: &[ArrayRef]) -> Result<Option<u8>, KernelError> {
    if arguments.len() < 2 {
        return Ok(None);
    }
    primitives::<Int64Type>(arguments, 1)?.iter().flatten().next().map(precision).transpose()
}

impl GroupAccumulator for EstimateAccumulator {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.sketches.resize(group_count);
        if let Some(precision) = named_precision(arguments)? {
            self.sketches.set_precision(precision)?;
        }
        let Self { of_dynamic, sketches, seen } = self;
        let mut full = Ok(());
        for_each_hash(column(arguments, 0)?, *of_dynamic, seen, |row, hash| {
            if let Err(error) = sketches.add(groups[row], hash) {
                full = Err(error);
            }
        })?;
        full
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
        Ok(())
    }

    fn convert(&self, arguments: &[ArrayRef]) -> Result<Option<Vec<ArrayRef>>, KernelError> {
        let values = column(arguments, 0)?;
        let header = u128::from(named_precision(arguments)?.unwrap_or(0)) << 32;
        // A state of no hash or one lies within its view: its length, the precision, a zero, the hash.
        let mut views = vec![header | 2; values.len()];
        for_each_hash(values, self.of_dynamic, &mut Seen::default(), |row, hash| {
            views[row] = header | u128::from(hash) << 48 | 10;
        })?;
        Ok(Some(vec![Arc::new(BinaryViewArray::try_new(views.into(), Vec::new(), None)?)]))
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        let taken = take_groups(self.sketches.groups(), groups);
        let mut builder = BinaryViewBuilder::with_capacity(taken.len());
        let mut state = Vec::new();
        for sketch in &taken {
            state.clear();
            self.sketches.write_state(*sketch, &mut state);
            builder.try_append_value(&state)?;
        }
        self.sketches.forget(&taken);
        Ok(vec![Arc::new(builder.finish())])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        let taken = take_groups(self.sketches.groups(), groups);
        let counts = Int64Array::from_iter_values(taken.iter().map(|sketch| self.sketches.count(*sketch)));
        self.sketches.forget(&taken);
        Ok(Arc::new(counts))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sketches.size()
    }
}

/// Calls `each` with the row and the hash of every value that is not null. The hashes are the same everywhere.
fn for_each_hash(
    values: &ArrayRef,
    of_dynamic: bool,
    seen: &mut Seen<u64>,
    mut each: impl FnMut(usize, u64),
) -> Result<(), KernelError> {
    match values.data_type() {
        DataType::Boolean => {
            for (row, value) in values.as_boolean().iter().enumerate() {
                if let Some(value) = value {
                    each(row, hash_number(u64::from(value)));
                }
            }
        }
        DataType::Int32 => for_each_row(values.as_primitive::<Int32Type>(), |row, value| {
            each(row, hash_number(i64::from(value) as u64));
        }),
        DataType::Int64 => for_each_row(values.as_primitive::<Int64Type>(), |row, value| {
            each(row, hash_number(value as u64));
        }),
        DataType::Float64 => for_each_row(values.as_primitive::<Float64Type>(), |row, value| {
            // Both zeros are one value, and all NaNs are.
            let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
            each(row, hash_number(value.to_bits()));
        }),
        DataType::Decimal128(..) => for_each_row(values.as_primitive::<Decimal128Type>(), |row, value| {
            each(row, hash_bytes(&value.to_le_bytes()));
        }),
        DataType::Utf8View => {
            let values = values.as_string_view();
            seen.forget();
            let mut canonical = String::new();
            for (row, &view) in values.views().iter().enumerate() {
                if values.is_null(row) {
                    if !of_dynamic {
                        each(row, hash_bytes(b""));
                    }
                    continue;
                }
                if let Some(hash) = seen.get(view) {
                    each(row, hash);
                    continue;
                }
                let value = values.value(row);
                let hash = if of_dynamic {
                    let value = Dynamic::new(value);
                    if value.is_null() {
                        continue;
                    }
                    canonical.clear();
                    value.write_canonical(&mut canonical);
                    hash_bytes(canonical.as_bytes())
                } else {
                    hash_bytes(value.as_bytes())
                };
                seen.note(view, hash);
                each(row, hash);
            }
        }
        DataType::FixedSizeBinary(_) => {
            for (row, value) in values.as_fixed_size_binary().iter().enumerate() {
                if let Some(value) = value {
                    each(row, hash_bytes(value));
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
