//! The sketch behind `tdigest()`: how often each value came, and of many values neighbours taken together.
//!
//! Up to [`EXACT`] different values are all kept. Beyond that, neighbours are merged into their mean, the fewer the
//! nearer they are to the ends (Dunning's t-digest with the scale function k1); the least and the greatest stay.

use std::collections::BTreeMap;

use kql_types::dynamic::{Builder, Dynamic, Kind};
use kql_types::text::{parse_datetime, parse_real, parse_timespan};
use kql_types::ticks::MAX_DATETIME;

/// What kind of values a digest holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    Long,
    Real,
    DateTime,
    TimeSpan,
}

/// How many different values are kept as they are.
const EXACT: usize = 2048;
/// How many are left when neighbours are merged, at most.
const MERGED: f64 = 1024.0;
/// Kusto writes this number first.
const FORM: i64 = 7;

/// The values of one group with their weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    kind: ValueKind,
    /// The weight of each value, by a key that has the order of the values.
    weights: BTreeMap<i64, i64>,
}

/// A whole number in the order of the reals: the sign decides whether the other bits count up or down.
fn key_of_real(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits().cast_signed();
    bits ^ (((bits >> 63).cast_unsigned() >> 1).cast_signed())
}

fn real_of_key(key: i64) -> f64 {
    f64::from_bits((key ^ (((key >> 63).cast_unsigned() >> 1).cast_signed())).cast_unsigned())
}

impl Digest {
    /// A digest of no values.
    pub fn new(kind: ValueKind) -> Digest {
        Digest { kind, weights: BTreeMap::new() }
    }

    /// Takes in a whole number, or ticks.
    pub fn add_whole(&mut self, value: i64, weight: i64) {
        match self.kind {
            ValueKind::Real => self.add(key_of_real(value as f64), weight),
            _ => self.add(value, weight),
        }
    }

    /// Takes in a real.
    pub fn add_real(&mut self, value: f64, weight: i64) {
        if self.kind != ValueKind::Real {
            let weights = std::mem::take(&mut self.weights);
            self.kind = ValueKind::Real;
            weights.into_iter().for_each(|(value, weight)| self.add(key_of_real(value as f64), weight));
        }
        self.add(key_of_real(value), weight);
    }

    fn add(&mut self, key: i64, weight: i64) {
        // There are no datetimes outside of the calendar.
        let outside = self.kind == ValueKind::DateTime && !(0..=MAX_DATETIME).contains(&key);
        if weight <= 0 || outside {
            return;
        }
        let known = self.weights.entry(key).or_insert(0);
        *known = known.saturating_add(weight);
        if self.weights.len() > EXACT {
            self.merge_neighbours();
        }
    }

    /// Takes in what another digest has seen.
    pub fn merge(&mut self, other: &Digest) {
        if self.weights.is_empty() {
            self.clone_from(other);
            return;
        }
        for (&key, &weight) in &other.weights {
            match other.kind {
                ValueKind::Real => self.add_real(real_of_key(key), weight),
                _ => self.add_whole(key, weight),
            }
        }
    }

    fn total(&self) -> i128 {
        self.weights.values().map(|weight| i128::from(*weight)).sum()
    }

    fn merge_neighbours(&mut self) {
        let total = self.total() as f64;
        // The scale function k1: equal steps of it take few values near the ends and many in the middle.
        let scale = |below: f64| MERGED / std::f64::consts::TAU * (2.0 * (below / total) - 1.0).clamp(-1.0, 1.0).asin();
        let all = std::mem::take(&mut self.weights);
        let last = all.len().saturating_sub(1);
        let mut merged: Vec<(i64, i64)> = Vec::with_capacity(MERGED as usize);
        let (mut below, mut start) = (0.0, 0.0);
        for (at, (key, weight)) in all.into_iter().enumerate() {
            let above = below + weight as f64;
            match merged.last_mut() {
                Some(previous) if at > 1 && at < last && scale(above) - scale(start) <= 1.0 => {
                    *previous = self.mean(*previous, (key, weight));
                }
                _ => {
                    start = below;
                    merged.push((key, weight));
                }
            }
            below = above;
        }
        for (key, weight) in merged {
            let known = self.weights.entry(key).or_insert(0);
            *known = known.saturating_add(weight);
        }
    }

    fn mean(&self, left: (i64, i64), right: (i64, i64)) -> (i64, i64) {
        let weight = left.1.saturating_add(right.1);
        let key = match self.kind {
            ValueKind::Real => {
                let (low, high) = (real_of_key(left.0), real_of_key(right.0));
                key_of_real(low + (high - low) * (right.1 as f64 / weight as f64))
            }
            _ => {
                let (low, high) = (i128::from(left.0), i128::from(right.0));
                let mean = low + (high - low) * i128::from(right.1) / i128::from(weight).max(1);
                i64::try_from(mean).unwrap_or(right.0)
            }
        };
        (key, weight)
    }

    /// How many values are less or equal.
    pub fn rank_whole(&self, value: i64) -> f64 {
        match self.kind {
            ValueKind::Real => self.rank(key_of_real(value as f64)),
            _ => self.rank(value),
        }
    }

    /// How many values are less or equal.
    pub fn rank_real(&self, value: f64) -> f64 {
        match self.kind {
            ValueKind::Real => self.rank(key_of_real(value)),
            _ => self.rank(value.floor() as i64),
        }
    }

    fn rank(&self, key: i64) -> f64 {
        self.weights.range(..=key).map(|(_, weight)| *weight as f64).sum()
    }

    /// The sum of all weights.
    pub fn count(&self) -> f64 {
        self.total() as f64
    }

    /// Appends a percentile (the nearest rank); `false` where there is no value.
    pub fn write_percentile(&self, percentile: f64, builder: &mut Builder<'_>) -> bool {
        let wanted = (percentile.clamp(0.0, 100.0) / 100.0 * self.count() * (1.0 - 1e-14)).ceil();
        let mut below = 0.0;
        let found = self.weights.iter().find(|(_, weight)| {
            below += **weight as f64;
            below >= wanted
        });
        match found.or(self.weights.iter().next_back()) {
            Some((key, _)) => self.write_value(*key, builder),
            None => return false,
        }
        true
    }

    fn write_value(&self, key: i64, builder: &mut Builder<'_>) {
        match self.kind {
            ValueKind::Long => builder.long(key),
            ValueKind::Real => builder.real(real_of_key(key)),
            ValueKind::DateTime => builder.datetime(key),
            ValueKind::TimeSpan => builder.timespan(key),
        }
    }

    /// Appends the `dynamic` form: `[[7], [value, …], [weight, …]]`.
    pub fn write(&self, out: &mut String) {
        let mut builder = Builder::new(out);
        builder.begin_array();
        builder.begin_array();
        builder.long(FORM);
        builder.end_array();
        builder.begin_array();
        self.weights.keys().for_each(|key| self.write_value(*key, &mut builder));
        builder.end_array();
        builder.begin_array();
        self.weights.values().for_each(|weight| builder.long(*weight));
        builder.end_array();
        builder.end_array();
    }

    /// Reads the `dynamic` form; `None` for anything else.
    pub fn read(value: Dynamic<'_>) -> Option<Digest> {
        let mut parts = value.elements();
        let (head, values, weights) = (parts.next()?, parts.next()?, parts.next()?);
        if head.kind() != Kind::Array || values.kind() != Kind::Array || weights.kind() != Kind::Array {
            return None;
        }
        let mut digest: Option<Digest> = None;
        let mut weights = weights.elements();
        for value in values.elements() {
            let weight = weights.next()?.as_i64()?;
            let (kind, key) = read_value(value)?;
            let digest = digest.get_or_insert_with(|| Digest::new(kind));
            match kind {
                ValueKind::Real => digest.add_real(real_of_key(key), weight),
                _ if kind == digest.kind || digest.kind == ValueKind::Real => digest.add_whole(key, weight),
                _ => return None,
            }
        }
        Some(digest.unwrap_or(Digest::new(ValueKind::Long)))
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.weights.len() * 3 * size_of::<i64>()
    }
}

fn read_value(value: Dynamic<'_>) -> Option<(ValueKind, i64)> {
    if let Some(whole) = value.as_i64() {
        return Some((ValueKind::Long, whole));
    }
    if let Some(real) = value.as_f64() {
        return Some((ValueKind::Real, key_of_real(real)));
    }
    let text = value.as_str()?;
    // Only a datetime has a T, and only the reals that JSON cannot write have another letter.
    if text.contains('T') {
        return Some((ValueKind::DateTime, parse_datetime(&text)?));
    }
    if text.contains(|character: char| character.is_ascii_alphabetic()) {
        return Some((ValueKind::Real, key_of_real(parse_real(&text)?)));
    }
    Some((ValueKind::TimeSpan, parse_timespan(&text)?))
}

#[cfg(test)]
mod tests {
    use kql_types::dynamic::{Builder, Dynamic};

    use super::{Digest, EXACT, ValueKind};

    fn again(digest: &Digest) -> Digest {
        let mut text = String::new();
        digest.write(&mut text);
        Digest::read(Dynamic::new(&text)).expect("it reads what it writes")
    }

    fn percentile(digest: &Digest, percentile: f64) -> String {
        let mut text = String::new();
        digest.write_percentile(percentile, &mut Builder::new(&mut text));
        text
    }

    #[test]
    fn few_values_are_exact_in_every_type() {
        for kind in [ValueKind::Long, ValueKind::DateTime, ValueKind::TimeSpan] {
            let mut digest = Digest::new(kind);
            (1..=1000).rev().for_each(|value| digest.add_whole(value * 10_000_000, 1));
            assert_eq!(again(&digest), digest);
            assert_eq!(digest.rank_whole(6_850_000_000), 685.0);
        }
        let mut reals = Digest::new(ValueKind::Real);
        for value in [-1.5, 0.0, -0.0, 2.5, f64::INFINITY, f64::NEG_INFINITY] {
            reals.add_real(value, 2);
        }
        assert_eq!(again(&reals), reals);
        assert_eq!(percentile(&reals, 50.0), "0.0");
        assert_eq!((reals.rank_real(-1.5), reals.count()), (4.0, 12.0));
    }

    #[test]
    fn many_values_are_few_in_a_digest() {
        let mut digest = Digest::new(ValueKind::Long);
        // Every value up to a million once, in a scattered order.
        (0..1_000_000_i64).for_each(|at| digest.add_whole(at * 700_001 % 1_000_000, 1));
        assert!(digest.weights.len() <= EXACT);
        assert_eq!(digest.count(), 1_000_000.0);
        assert_eq!((percentile(&digest, 0.0), percentile(&digest, 100.0)), ("0".to_owned(), "999999".to_owned()));
        for asked in [1.0, 25.0, 50.0, 75.0, 99.0, 99.9] {
            let given: f64 = percentile(&digest, asked).parse().unwrap();
            assert!((given - asked * 10_000.0).abs() < 5000.0, "{asked}: {given}");
        }
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for text in ["null", "[]", "[[7],[1],[]]", "[[7],[true],[1]]", r#"[[7],["x"],[1]]"#, "[7,[1],[1]]"] {
            assert_eq!(Digest::read(Dynamic::new(text)), None, "{text}");
        }
    }
}
