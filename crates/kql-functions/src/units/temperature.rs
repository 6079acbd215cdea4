//! Temperatures (in kelvins).

use super::Scale::{Is, Shifted};
use super::{Quantity, quantity};

const CELSIUS: f64 = 273.15;

/// Temperatures.
pub const TEMPERATURE: Quantity = quantity! {
    "DegreeCelsius": Shifted { shift: CELSIUS, factor: 1.0 },
    "DegreeDelisle": Shifted { shift: -559.725, factor: -2.0 / 3.0 },
    "DegreeFahrenheit": Shifted { shift: 459.67, factor: 5.0 / 9.0 },
    "DegreeNewton": Shifted { shift: CELSIUS * 0.33, factor: 100.0 / 33.0 },
    "DegreeRankine": Is(5.0 / 9.0),
    "DegreeReaumur": Shifted { shift: CELSIUS * 0.8, factor: 1.25 },
    "DegreeRoemer": Shifted { shift: CELSIUS * 21.0 / 40.0 - 7.5, factor: 40.0 / 21.0 },
    "Kelvin": Is(1.0),
    "MillidegreeCelsius": Shifted { shift: CELSIUS * 1e3, factor: 1e-3 },
    "SolarTemperature": Is(5778.0),
};
