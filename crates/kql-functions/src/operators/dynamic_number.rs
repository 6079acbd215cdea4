//! Numbers inside `dynamic` values, as operators see them.

use std::cmp::Ordering;

use kql_types::dynamic::{Dynamic, Kind};

/// A number, whole where it can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Long(i64),
    Real(f64),
}

impl Number {
    /// The number that a value is, or that its text or truth value stands for.
    pub fn of(value: Dynamic<'_>) -> Option<Number> {
        match value.kind() {
            Kind::Long | Kind::Bool => value.to_long().map(Number::Long),
            Kind::Real => value.as_f64().map(Number::Real),
            Kind::String => value.to_long().map(Number::Long).or_else(|| value.to_real().map(Number::Real)),
            Kind::Null | Kind::Array | Kind::Bag => None,
        }
    }

    /// The number that a value is, where it is one.
    pub fn only(value: Dynamic<'_>) -> Option<Number> {
        matches!(value.kind(), Kind::Long | Kind::Real).then(|| Number::of(value)).flatten()
    }

    /// As a `real`.
    pub fn to_real(self) -> f64 {
        match self {
            Number::Long(value) => value as f64,
            Number::Real(value) => value,
        }
    }

    /// As a `long`, where that loses nothing.
    pub fn to_whole(self) -> Option<i64> {
        match self {
            Number::Long(value) => Some(value),
            // Beyond 2⁵³ a real stands for many whole numbers.
            Number::Real(value) => {
                (value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0).then_some(value as i64)
            }
        }
    }

    /// How two numbers compare; `None` where one is NaN.
    pub fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Long(left), Number::Long(right)) => Some(left.cmp(&right)),
            _ => self.to_real().partial_cmp(&other.to_real()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_where_it_can_be() {
        let of = |text| Number::of(Dynamic::new(text));
        assert_eq!(of("9007199254740993"), Some(Number::Long(9_007_199_254_740_993)));
        assert_eq!(of("1.0"), Some(Number::Real(1.0)));
        assert_eq!(of("\"42\""), Some(Number::Long(42)));
        assert_eq!(of("\"4.5\""), Some(Number::Real(4.5)));
        assert_eq!(of("true"), Some(Number::Long(1)));
        assert_eq!(of("\"x\""), None);
        assert_eq!(of("[1]"), None);
        assert_eq!(of("null"), None);
        assert_eq!(Number::only(Dynamic::new("\"42\"")), None);
        assert_eq!(Number::Real(3.0).to_whole(), Some(3));
        assert_eq!(Number::Real(3.5).to_whole(), None);
        assert_eq!(Number::Real(1e300).to_whole(), None);
    }

    #[test]
    fn compares_across_kinds() {
        assert_eq!(Number::Long(i64::MAX).compare(Number::Long(i64::MAX - 1)), Some(Ordering::Greater));
        assert_eq!(Number::Long(1).compare(Number::Real(1.5)), Some(Ordering::Less));
        assert_eq!(Number::Real(f64::NAN).compare(Number::Long(0)), None);
    }
}
