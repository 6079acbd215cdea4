//! Energies (in joules) and forces (in newtons).

use super::Scale::{Is, Per};
use super::{Quantity, quantity};

const BRITISH_THERMAL_UNIT: f64 = 1_055.055_852_62;
const CALORIE: f64 = 4.184;
const ELECTRON_VOLT: f64 = 1.602_176_565e-19;
const WATT_HOUR: f64 = 3600.0;
const WATT_DAY: f64 = 24.0 * WATT_HOUR;
const THERM_EC: f64 = 1.055_055_852_62e8;
const THERM_IMPERIAL: f64 = 1.055_055_852_573_48e8;
const THERM_US: f64 = 1.054_804e8;
const KILOGRAM_FORCE: f64 = 9.806_65;
const POUND_FORCE: f64 = 4.448_221_615_260_5;

/// Energies.
pub const ENERGY: Quantity = quantity! {
    "BritishThermalUnit": Is(BRITISH_THERMAL_UNIT),
    "Calorie": Is(CALORIE),
    "DecathermEc": Is(THERM_EC * 1e1),
    "DecathermImperial": Is(THERM_IMPERIAL * 1e1),
    "DecathermUs": Is(THERM_US * 1e1),
    "ElectronVolt": Is(ELECTRON_VOLT),
    "Erg": Per(1e7),
    "FootPound": Is(1.355_817_948),
    "GigabritishThermalUnit": Is(BRITISH_THERMAL_UNIT * 1e9),
    "GigaelectronVolt": Is(ELECTRON_VOLT * 1e9),
    "Gigajoule": Is(1e9),
    "GigawattDay": Is(WATT_DAY * 1e9),
    "GigawattHour": Is(WATT_HOUR * 1e9),
    "HorsepowerHour": Is(2.684_519_537_7e6),
    "Joule": Is(1.0),
    "KilobritishThermalUnit": Is(BRITISH_THERMAL_UNIT * 1e3),
    "Kilocalorie": Is(CALORIE * 1e3),
    "KiloelectronVolt": Is(ELECTRON_VOLT * 1e3),
    "Kilojoule": Is(1e3),
    "KilowattDay": Is(WATT_DAY * 1e3),
    "KilowattHour": Is(WATT_HOUR * 1e3),
    "MegabritishThermalUnit": Is(BRITISH_THERMAL_UNIT * 1e6),
    "Megacalorie": Is(CALORIE * 1e6),
    "MegaelectronVolt": Is(ELECTRON_VOLT * 1e6),
    "Megajoule": Is(1e6),
    "MegawattDay": Is(WATT_DAY * 1e6),
    "MegawattHour": Is(WATT_HOUR * 1e6),
    "Millijoule": Per(1e3),
    "TeraelectronVolt": Is(ELECTRON_VOLT * 1e12),
    "TerawattDay": Is(WATT_DAY * 1e12),
    "TerawattHour": Is(WATT_HOUR * 1e12),
    "ThermEc": Is(THERM_EC),
    "ThermImperial": Is(THERM_IMPERIAL),
    "ThermUs": Is(THERM_US),
    "WattDay": Is(WATT_DAY),
    "WattHour": Is(WATT_HOUR),
};

/// Forces.
pub const FORCE: Quantity = quantity! {
    "Decanewton": Is(1e1),
    "Dyn": Per(1e5),
    "KilogramForce": Is(KILOGRAM_FORCE),
    "Kilonewton": Is(1e3),
    "KiloPond": Is(KILOGRAM_FORCE),
    "KilopoundForce": Is(POUND_FORCE * 1e3),
    "Meganewton": Is(1e6),
    "Micronewton": Per(1e6),
    "Millinewton": Per(1e3),
    "Newton": Is(1.0),
    "OunceForce": Is(POUND_FORCE / 16.0),
    "Poundal": Is(0.138_254_954_376),
    "PoundForce": Is(POUND_FORCE),
    "ShortTonForce": Is(POUND_FORCE * 2e3),
    "TonneForce": Is(KILOGRAM_FORCE * 1e3),
};
