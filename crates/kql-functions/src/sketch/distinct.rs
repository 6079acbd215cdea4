//! The sketch behind `hll()`: the hashes of few different values, HyperLogLog registers of many.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kql_types::dynamic::{Builder, Dynamic};

use super::registers::{DEFAULT_PRECISION, estimate, note};

/// The values of one group, told apart by their hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinctSketch {
    /// The registers are two to this power.
    precision: u8,
    hashes: BTreeSet<u64>,
    /// Empty as long as the hashes are kept.
    registers: Vec<u8>,
}

impl Default for DistinctSketch {
    fn default() -> DistinctSketch {
        DistinctSketch::new(DEFAULT_PRECISION)
    }
}

/// The precisions that Kusto's accuracy levels have lie between these.
const PRECISIONS: std::ops::RangeInclusive<u8> = 12..=18;

impl DistinctSketch {
    /// A sketch of no values, with two to the power of `precision` registers.
    pub fn new(precision: u8) -> DistinctSketch {
        let precision = precision.clamp(*PRECISIONS.start(), *PRECISIONS.end());
        DistinctSketch { precision, hashes: BTreeSet::new(), registers: Vec::new() }
    }

    /// How many hashes are kept at most: 1024 with the usual precision.
    fn limit(&self) -> usize {
        1 << (self.precision - 4)
    }

    /// Takes in the hash of a value.
    pub fn add(&mut self, hash: u64) {
        if self.registers.is_empty() {
            self.hashes.insert(hash);
            if self.hashes.len() > self.limit() {
                self.turn_to_registers();
            }
        } else {
            note(&mut self.registers, self.precision, hash);
        }
    }

    fn turn_to_registers(&mut self) {
        if self.registers.is_empty() {
            self.registers = vec![0; 1 << self.precision];
        }
        for hash in std::mem::take(&mut self.hashes) {
            note(&mut self.registers, self.precision, hash);
        }
    }

    /// Takes in what another sketch has seen. Of two precisions the lower one is kept.
    pub fn merge(&mut self, other: &DistinctSketch) {
        if other.precision < self.precision {
            self.lower(other.precision);
        }
        if !other.registers.is_empty() {
            self.turn_to_registers();
            let mut other = other.clone();
            other.lower(self.precision);
            for (register, seen) in self.registers.iter_mut().zip(&other.registers) {
                *register = (*register).max(*seen);
            }
        }
        other.hashes.iter().for_each(|hash| self.add(*hash));
    }

    /// Lowers the precision: neighbouring registers become one, as if they had been one from the start.
    fn lower(&mut self, precision: u8) {
        let shift = self.precision.saturating_sub(precision);
        if shift == 0 {
            return;
        }
        self.precision = precision;
        if self.registers.is_empty() {
            if self.hashes.len() > self.limit() {
                self.turn_to_registers();
            }
            return;
        }
        let mut lowered = vec![0_u8; 1 << precision];
        for (index, register) in self.registers.iter().enumerate().filter(|(_, register)| **register > 0) {
            // The bits of the index that no longer choose a register stand before the run of zeros.
            let rest = index & ((1 << shift) - 1);
            let run = match rest {
                0 => register.saturating_add(shift),
                _ => shift - rest.ilog2() as u8,
            };
            if let Some(into) = lowered.get_mut(index >> shift) {
                *into = (*into).max(run);
            }
        }
        self.registers = lowered;
    }

    /// How many different values there were: exact as long as the hashes are kept.
    pub fn count(&self) -> i64 {
        match self.registers.is_empty() {
            true => i64::try_from(self.hashes.len()).unwrap_or(i64::MAX),
            false => estimate(&self.registers, self.precision),
        }
    }

    /// How many values the first sketch, the first two, the first three and so on have all seen: exact where hashes are
    /// kept by all of them, else the sum of the sizes of their unions, each added or subtracted. Its cost doubles with
    /// each sketch.
    pub fn intersections(sketches: &[DistinctSketch]) -> Vec<i64> {
        let mut counts: Vec<i64> = Vec::with_capacity(sketches.len());
        let mut common: Option<BTreeSet<u64>> = None;
        // The sizes of all unions so far.
        let mut sum = 0;
        let exact = sketches.iter().all(|sketch| sketch.registers.is_empty());
        for (number, sketch) in sketches.iter().enumerate() {
            let count = if exact {
                let shared = match &common {
                    Some(common) => common.intersection(&sketch.hashes).copied().collect(),
                    None => sketch.hashes.clone(),
                };
                let count = i64::try_from(shared.len()).unwrap_or(i64::MAX);
                common = Some(shared);
                count
            } else {
                sum += signed_unions(sketch, sketches.get(..number).unwrap_or_default(), 1);
                sum
            };
            counts.push(count.clamp(0, counts.last().copied().unwrap_or(i64::MAX)));
        }
        counts
    }

    /// Appends the `dynamic` form: `[[most hashes, precision], [hash, …], [registers in Base64]]`.
    pub fn write(&self, out: &mut String) {
        let mut builder = Builder::new(out);
        builder.begin_array();
        builder.begin_array();
        builder.long(1 << (self.precision - 4));
        builder.long(i64::from(self.precision));
        builder.end_array();
        builder.begin_array();
        for hash in &self.hashes {
            builder.string(&hash.cast_signed().to_string());
        }
        builder.end_array();
        builder.begin_array();
        if !self.registers.is_empty() {
            builder.string(&STANDARD.encode(&self.registers));
        }
        builder.end_array();
        builder.end_array();
    }

    /// Reads the `dynamic` form; `None` for anything else.
    pub fn read(value: Dynamic<'_>) -> Option<DistinctSketch> {
        let mut parts = value.elements();
        let (head, hashes, registers) = (parts.next()?, parts.next()?, parts.next()?);
        let precision = u8::try_from(head.element(1)?.as_i64()?).ok().filter(|given| PRECISIONS.contains(given))?;
        let mut sketch = DistinctSketch::new(precision);
        for hash in hashes.elements() {
            sketch.add(hash.as_str()?.parse::<i64>().ok()?.cast_unsigned());
        }
        if let Some(registers) = registers.elements().next() {
            let mut read = STANDARD.decode(registers.as_str()?.as_bytes()).ok()?;
            let most = 64 - precision + 1;
            if read.len() != 1 << precision || read.iter().any(|register| *register > most) {
                return None;
            }
            sketch.turn_to_registers();
            std::mem::swap(&mut sketch.registers, &mut read);
            for (register, seen) in sketch.registers.iter_mut().zip(read) {
                *register = (*register).max(seen);
            }
        }
        Some(sketch)
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.registers.capacity() + self.hashes.len() * 2 * size_of::<u64>()
    }
}

/// The size of the union of a sketch with each choice of others: added for an even number of them, else subtracted.
fn signed_unions(union: &DistinctSketch, others: &[DistinctSketch], sign: i64) -> i64 {
    let mut sum = sign * union.count();
    let mut rest = others;
    while let Some((other, remaining)) = rest.split_first() {
        rest = remaining;
        let mut larger = union.clone();
        larger.merge(other);
        sum += signed_unions(&larger, rest, -sign);
    }
    sum
}

#[cfg(test)]
mod tests {
    use kql_types::dynamic::Dynamic;

    use super::DistinctSketch;
    use crate::hash::hash;

    fn of(range: std::ops::Range<i64>, precision: u8) -> DistinctSketch {
        let mut sketch = DistinctSketch::new(precision);
        range.for_each(|number| sketch.add(hash(&number.to_le_bytes())));
        sketch
    }

    fn again(sketch: &DistinctSketch) -> DistinctSketch {
        let mut text = String::new();
        sketch.write(&mut text);
        DistinctSketch::read(Dynamic::new(&text)).expect("it reads what it writes")
    }

    #[test]
    fn a_few_values_are_kept_as_kusto_shows_them() {
        let mut text = String::new();
        of(0..1, 14).write(&mut text);
        assert_eq!(text, r#"[[1024,14],["3803688792395291579"],[]]"#);
    }

    #[test]
    fn sketches_are_read_and_merged() {
        for (count, precision) in [(10, 14), (1024, 14), (100_000, 14), (100_000, 18), (5000, 12)] {
            let whole = of(0..count, precision);
            assert_eq!(again(&whole), whole);
            let mut merged = of(0..count / 2, precision);
            merged.merge(&again(&of(count / 3..count, precision)));
            assert_eq!(merged, whole);
            let error = (whole.count() - count).abs() as f64 / count as f64;
            assert!(error < 0.03, "{count} {precision}: {}", whole.count());
        }
    }

    #[test]
    fn of_two_precisions_the_lower_is_kept() {
        let mut merged = of(0..60_000, 16);
        merged.merge(&of(40_000..100_000, 12));
        assert_eq!(merged, of(0..100_000, 12));
        let mut merged = of(40_000..100_000, 12);
        merged.merge(&of(0..60_000, 16));
        assert_eq!(merged, of(0..100_000, 12));
    }

    #[test]
    fn intersections_are_exact_for_few_values_and_near_for_many() {
        assert_eq!(
            DistinctSketch::intersections(&[of(0..900, 14), of(500..1400, 14), of(0..600, 14)]),
            [900, 400, 100]
        );
        let large = [of(0..60_000, 16), of(20_000..80_000, 16), of(30_000..90_000, 16), of(100_000..160_000, 16)];
        let found = DistinctSketch::intersections(&large);
        for (found, expected) in found.iter().zip([60_000_i64, 40_000, 30_000, 0]) {
            assert!((found - expected).abs() < 2_500, "{found} for {expected}");
        }
        assert_eq!(DistinctSketch::intersections(&[]), [0_i64; 0]);
    }

    #[test]
    fn what_is_no_sketch_is_refused() {
        for text in ["null", "[]", "[[1024,14],[1],[]]", "[[1024,99],[],[]]", r#"[[1024,14],[],["AAAA"]]"#, "\"x\""] {
            assert_eq!(DistinctSketch::read(Dynamic::new(text)), None, "{text}");
        }
    }
}
