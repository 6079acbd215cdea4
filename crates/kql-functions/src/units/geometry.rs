//! Angles (in degrees), lengths (in metres) and volumes (in cubic metres).

use std::f64::consts::PI;

use super::Scale::{Is, Per, Sine};
use super::{Quantity, quantity};

const RADIAN: f64 = 180.0 / PI;
const INCH: f64 = 0.0254;
const LIGHT_YEAR: f64 = 9.460_730_472_58e15;
const PARSEC: f64 = 3.085_677_581_28e16;
const CUBIC_FOOT: f64 = 0.028_316_8;
const IMPERIAL_GALLON: f64 = 0.004_546_09;
const US_GALLON: f64 = 0.003_785_41;

/// Angles.
pub const ANGLE: Quantity = quantity! {
    "Arcminute": Per(60.0),
    "Arcsecond": Per(3600.0),
    "Centiradian": Is(RADIAN * 1e-2),
    "Deciradian": Is(RADIAN * 1e-1),
    "Degree": Is(1.0),
    "Gradian": Is(0.9),
    "Microdegree": Per(1e6),
    "Microradian": Is(RADIAN * 1e-6),
    "Millidegree": Per(1e3),
    "Milliradian": Is(RADIAN * 1e-3),
    "Nanodegree": Per(1e9),
    "Nanoradian": Is(RADIAN * 1e-9),
    "NatoMil": Is(360.0 / 6400.0),
    "Radian": Is(RADIAN),
    "Revolution": Is(360.0),
    "Tilt": Sine,
};

/// Lengths.
pub const LENGTH: Quantity = quantity! {
    "Angstrom": Per(1e10),
    "AstronomicalUnit": Is(1.495_978_707_0e11),
    "Centimeter": Per(1e2),
    "Chain": Is(20.1168),
    "DataMile": Is(1828.8),
    "Decameter": Is(1e1),
    "Decimeter": Per(1e1),
    "DtpPica": Is(INCH / 6.0),
    "DtpPoint": Is(INCH / 72.0),
    "Fathom": Is(1.8288),
    "Foot": Is(0.3048),
    "Hand": Is(4.0 * INCH),
    "Hectometer": Is(1e2),
    "Inch": Is(INCH),
    "KilolightYear": Is(LIGHT_YEAR * 1e3),
    "Kilometer": Is(1e3),
    "Kiloparsec": Is(PARSEC * 1e3),
    "LightYear": Is(LIGHT_YEAR),
    "MegalightYear": Is(LIGHT_YEAR * 1e6),
    "Megaparsec": Is(PARSEC * 1e6),
    "Meter": Is(1.0),
    "Microinch": Is(INCH * 1e-6),
    "Micrometer": Per(1e6),
    "Mil": Is(INCH * 1e-3),
    "Mile": Is(1609.344),
    "Millimeter": Per(1e3),
    "Nanometer": Per(1e9),
    "NauticalMile": Is(1852.0),
    "Parsec": Is(PARSEC),
    "PrinterPica": Is(INCH * 12.0 / 72.27),
    "PrinterPoint": Is(INCH / 72.27),
    "Shackle": Is(27.432),
    "SolarRadius": Is(6.955_1e8),
    "Twip": Is(INCH / 1440.0),
    "UsSurveyFoot": Is(1200.0 / 3937.0),
    "Yard": Is(0.9144),
};

/// Volumes.
pub const VOLUME: Quantity = quantity! {
    "AcreFoot": Per(0.000_810_714),
    "AuTablespoon": Is(2e-5),
    "BoardFoot": Is(2.359_737_215_8e-3),
    "Centiliter": Per(1e5),
    "CubicCentimeter": Per(1e6),
    "CubicDecimeter": Per(1e3),
    "CubicFoot": Is(CUBIC_FOOT),
    "CubicHectometer": Is(1e6),
    "CubicInch": Is(1.638_7e-5),
    "CubicKilometer": Is(1e9),
    "CubicMeter": Is(1.0),
    "CubicMicrometer": Per(1e18),
    "CubicMile": Is(4.168_181_825_440_58e9),
    "CubicMillimeter": Per(1e9),
    "CubicYard": Is(0.764_554_858),
    "Decaliter": Per(1e2),
    "DecausGallon": Is(US_GALLON * 1e1),
    "Deciliter": Per(1e4),
    "DeciusGallon": Is(US_GALLON * 1e-1),
    "HectocubicFoot": Is(CUBIC_FOOT * 1e2),
    "HectocubicMeter": Is(1e2),
    "Hectoliter": Per(1e1),
    "HectousGallon": Is(US_GALLON * 1e2),
    "ImperialBeerBarrel": Is(IMPERIAL_GALLON * 36.0),
    "ImperialGallon": Is(IMPERIAL_GALLON),
    "ImperialOunce": Is(IMPERIAL_GALLON / 160.0),
    "ImperialPint": Is(IMPERIAL_GALLON / 8.0),
    "KilocubicFoot": Is(CUBIC_FOOT * 1e3),
    "KilocubicMeter": Is(1e3),
    "KiloimperialGallon": Is(IMPERIAL_GALLON * 1e3),
    "Kiloliter": Is(1.0),
    "KilousGallon": Is(US_GALLON * 1e3),
    "Liter": Per(1e3),
    "MegacubicFoot": Is(CUBIC_FOOT * 1e6),
    "MegaimperialGallon": Is(IMPERIAL_GALLON * 1e6),
    "Megaliter": Is(1e3),
    "MegausGallon": Is(US_GALLON * 1e6),
    "MetricCup": Is(2.5e-4),
    "MetricTeaspoon": Is(5e-6),
    "Microliter": Per(1e9),
    "Milliliter": Per(1e6),
    "OilBarrel": Is(0.158_987_294_928),
    "UkTablespoon": Is(1.5e-5),
    "UsBeerBarrel": Is(0.117_347_765),
    "UsCustomaryCup": Is(2.365_882_365e-4),
    "UsGallon": Is(US_GALLON),
    "UsLegalCup": Is(2.4e-4),
    "UsOunce": Is(2.957_352_956_25e-5),
    "UsPint": Is(4.731_764_73e-4),
    "UsQuart": Is(9.463_529_46e-4),
    "UsTablespoon": Is(1.478_676_478_125e-5),
    "UsTeaspoon": Is(4.928_921_593_75e-6),
};
