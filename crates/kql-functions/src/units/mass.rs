//! Masses (in kilograms).

use super::Scale::{Is, Per};
use super::{Quantity, quantity};

const POUND: f64 = 0.453_592_37;

/// Masses.
pub const MASS: Quantity = quantity! {
    "Centigram": Per(1e5),
    "Decagram": Per(1e2),
    "Decigram": Per(1e4),
    "EarthMass": Is(5.972_2e24),
    "Grain": Is(POUND / 7000.0),
    "Gram": Per(1e3),
    "Hectogram": Per(1e1),
    "Kilogram": Is(1.0),
    "Kilopound": Is(POUND * 1e3),
    "Kilotonne": Is(1e6),
    "LongHundredweight": Is(POUND * 112.0),
    "LongTon": Is(POUND * 2240.0),
    "Megapound": Is(POUND * 1e6),
    "Megatonne": Is(1e9),
    "Microgram": Per(1e9),
    "Milligram": Per(1e6),
    "Nanogram": Per(1e12),
    "Ounce": Is(POUND / 16.0),
    "Pound": Is(POUND),
    "ShortHundredweight": Is(POUND * 100.0),
    "ShortTon": Is(POUND * 2000.0),
    "Slug": Is(14.593_902_937_206_36),
    "SolarMass": Is(1.989_47e30),
    "Stone": Is(POUND * 14.0),
    "Tonne": Is(1e3),
};
