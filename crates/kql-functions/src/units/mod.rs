//! `convert_angle`, `convert_length`, …: a number in one unit of measure as a number in another.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::Float64Type;
use kql_types::ScalarType;

use crate::documentation::example;
use crate::overload::{number_as_real, overload};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName};

mod energy_and_force;
mod geometry;
mod mass;
mod speed;
mod temperature;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[FUNCTIONS];

/// How a number in a unit becomes one in the base unit of its quantity.
#[derive(Clone, Copy, Debug)]
enum Scale {
    /// One of the unit is so many of the base unit.
    Is(f64),
    /// So many of the unit are one of the base unit.
    Per(f64),
    /// A scale with a zero of its own: `(number + shift) × factor`.
    Shifted { shift: f64, factor: f64 },
    /// The sine of an angle, in degrees.
    Sine,
}

impl Scale {
    fn in_base_unit(self, number: f64) -> f64 {
        match self {
            Scale::Is(factor) => number * factor,
            Scale::Per(count) => number / count,
            Scale::Shifted { shift, factor } => (number + shift) * factor,
            Scale::Sine => number.asin().to_degrees(),
        }
    }

    fn out_of_base_unit(self, number: f64) -> f64 {
        match self {
            Scale::Is(factor) => number / factor,
            Scale::Per(count) => number * count,
            Scale::Shifted { shift, factor } => number / factor - shift,
            Scale::Sine => number.to_radians().sin(),
        }
    }
}

/// A quantity: the names of its units, and how each of them is converted, in the same order.
struct Quantity {
    names: &'static [&'static str],
    scales: &'static [Scale],
}

impl Quantity {
    fn scale(&self, unit: &str) -> Option<Scale> {
        let at = self.names.iter().position(|name| name.eq_ignore_ascii_case(unit))?;
        self.scales.get(at).copied()
    }

    fn convert(&self, arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
        let numbers = arguments.primitives::<Float64Type>(0)?;
        let (from, to) = (arguments.strings(1)?, arguments.strings(2)?);
        let pair = |row| Some((self.scale(from.value(row))?, self.scale(to.value(row))?));
        let same = |row| from.value(row).eq_ignore_ascii_case(to.value(row));
        let constant = (from.is_constant() && to.is_constant()).then(|| pair(0));
        let converted = (0..arguments.rows()).map(|row| {
            let (from, to) = constant.unwrap_or_else(|| pair(row))?;
            let number = numbers.get(row)?;
            Some(if same(row) { number } else { to.out_of_base_unit(from.in_base_unit(number)) })
        });
        Ok(Arc::new(converted.collect::<Float64Array>()))
    }
}

/// A quantity, from its units with their scales.
macro_rules! quantity {
    ($($name:literal: $scale:expr),+ $(,)?) => {
        $crate::units::Quantity { names: &[$($name),+], scales: &[$($scale),+] }
    };
}
use quantity;

/// The function that converts a quantity.
macro_rules! convert {
    ($name:literal, $page:literal, $quantity:expr, $what:literal, [$($example:expr),+]) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: concat!("Converts ", $what, " from one unit of measure to another."),
                returns: "A real; null for null and for a unit that is not among those listed.",
                notes: "",
                page: $page,
            },
            overloads: &[overload!(
                [
                    number_as_real("value").describe("The number to convert."),
                    unit("from", $quantity.names).describe("The unit that it is in."),
                    unit("to", $quantity.names).describe("The unit to convert it to."),
                ] -> Real,
                |arguments| $quantity.convert(arguments)
            )],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[$($example),+],
        }
    };
}

const fn unit(name: &'static str, names: &'static [&'static str]) -> Parameter {
    parameter(name, ScalarType::String).values(names)
}

static FUNCTIONS: &[Function] = &[
    convert!(
        "convert_angle",
        "convert-angle-function",
        geometry::ANGLE,
        "an angle",
        [
            example("print convert_angle(1.2, 'Degree', 'Arcminute')", "72.0"),
            example("print convert_angle(0.5, 'Revolution', 'Degree')", "180.0"),
            example("print round(convert_angle(30, 'Degree', 'Tilt'), 9)", "0.5")
        ]
    ),
    convert!(
        "convert_energy",
        "convert-energy-function",
        energy_and_force::ENERGY,
        "an energy",
        [
            example("print round(convert_energy(1.2, 'Joule', 'BritishThermalUnit'), 12)", "0.001137380544"),
            example("print convert_energy(2, 'KilowattHour', 'Megajoule')", "7.2")
        ]
    ),
    convert!(
        "convert_force",
        "convert-force-function",
        energy_and_force::FORCE,
        "a force",
        [
            example("print convert_force(1.2, 'Newton', 'Decanewton')", "0.12"),
            example("print convert_force(2, 'KilogramForce', 'Newton')", "19.6133")
        ]
    ),
    convert!(
        "convert_length",
        "convert-length-function",
        geometry::LENGTH,
        "a length",
        [
            example("print round(convert_length(1.2, 'Meter', 'Foot'), 9)", "3.937007874"),
            example("print convert_length(2, 'NauticalMile', 'Meter')", "3704.0")
        ]
    ),
    convert!(
        "convert_mass",
        "convert-mass-function",
        mass::MASS,
        "a mass",
        [
            example("print round(convert_mass(1.2, 'Kilogram', 'Pound'), 12)", "2.645547146219"),
            example("print convert_mass(1.5, 'Tonne', 'Kilogram')", "1500.0")
        ]
    ),
    convert!(
        "convert_speed",
        "convert-speed-function",
        speed::SPEED,
        "a speed",
        [
            example("print convert_speed(1.2, 'MeterPerSecond', 'CentimeterPerHour')", "432000.0"),
            example("print convert_speed(36, 'KilometerPerHour', 'MeterPerSecond')", "10.0")
        ]
    ),
    convert!(
        "convert_temperature",
        "convert-temperature-function",
        temperature::TEMPERATURE,
        "a temperature",
        [
            example("print convert_temperature(1.2, 'Kelvin', 'DegreeCelsius')", "-271.95"),
            example("print round(convert_temperature(100, 'DegreeCelsius', 'DegreeFahrenheit'), 6)", "212.0")
        ]
    ),
    convert!(
        "convert_volume",
        "convert-volume-function",
        geometry::VOLUME,
        "a volume",
        [
            example("print convert_volume(1.2, 'CubicMeter', 'AcreFoot')", "0.0009728568"),
            example("print convert_volume(2, 'CubicMeter', 'Liter')", "2000.0")
        ]
    ),
];

#[cfg(test)]
mod tests {
    use super::{energy_and_force, geometry, mass, speed, temperature};

    #[test]
    fn every_unit_converts_there_and_back() {
        let quantities = [
            geometry::ANGLE,
            geometry::LENGTH,
            geometry::VOLUME,
            energy_and_force::ENERGY,
            energy_and_force::FORCE,
            mass::MASS,
            speed::SPEED,
            temperature::TEMPERATURE,
        ];
        for quantity in quantities {
            assert_eq!(quantity.names.len(), quantity.scales.len());
            for (name, scale) in quantity.names.iter().zip(quantity.scales) {
                let back = scale.out_of_base_unit(scale.in_base_unit(0.75));
                assert!((back - 0.75).abs() < 1e-9, "{name}: {back}");
            }
        }
    }

    #[test]
    fn zero_celsius_is_known_on_every_scale() {
        let kelvin = |unit: &str, number: f64| temperature::TEMPERATURE.scale(unit).unwrap().in_base_unit(number);
        for (unit, number) in [
            ("DegreeCelsius", 0.0),
            ("DegreeDelisle", 150.0),
            ("DegreeFahrenheit", 32.0),
            ("DegreeNewton", 0.0),
            ("DegreeRankine", 491.67),
            ("DegreeReaumur", 0.0),
            ("DegreeRoemer", 7.5),
            ("MillidegreeCelsius", 0.0),
        ] {
            assert!((kelvin(unit, number) - 273.15).abs() < 1e-9, "{unit}: {}", kelvin(unit, number));
        }
    }
}
