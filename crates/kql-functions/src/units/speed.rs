//! Speeds (in metres per second).

use super::Scale::{Is, Per};
use super::{Quantity, quantity};

const FOOT: f64 = 0.3048;
const INCH: f64 = 0.0254;
const YARD: f64 = 0.9144;
const US_SURVEY_FOOT: f64 = 1200.0 / 3937.0;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;

/// Speeds.
pub const SPEED: Quantity = quantity! {
    "CentimeterPerHour": Per(1e2 * HOUR),
    "CentimeterPerMinute": Per(1e2 * MINUTE),
    "CentimeterPerSecond": Per(1e2),
    "DecimeterPerMinute": Per(1e1 * MINUTE),
    "DecimeterPerSecond": Per(1e1),
    "FootPerHour": Is(FOOT / HOUR),
    "FootPerMinute": Is(FOOT / MINUTE),
    "FootPerSecond": Is(FOOT),
    "InchPerHour": Is(INCH / HOUR),
    "InchPerMinute": Is(INCH / MINUTE),
    "InchPerSecond": Is(INCH),
    "KilometerPerHour": Per(HOUR / 1e3),
    "KilometerPerMinute": Per(MINUTE / 1e3),
    "KilometerPerSecond": Is(1e3),
    "Knot": Is(1852.0 / HOUR),
    "MeterPerHour": Per(HOUR),
    "MeterPerMinute": Per(MINUTE),
    "MeterPerSecond": Is(1.0),
    "MicrometerPerMinute": Per(1e6 * MINUTE),
    "MicrometerPerSecond": Per(1e6),
    "MilePerHour": Is(0.447_04),
    "MillimeterPerHour": Per(1e3 * HOUR),
    "MillimeterPerMinute": Per(1e3 * MINUTE),
    "MillimeterPerSecond": Per(1e3),
    "NanometerPerMinute": Per(1e9 * MINUTE),
    "NanometerPerSecond": Per(1e9),
    "UsSurveyFootPerHour": Is(US_SURVEY_FOOT / HOUR),
    "UsSurveyFootPerMinute": Is(US_SURVEY_FOOT / MINUTE),
    "UsSurveyFootPerSecond": Is(US_SURVEY_FOOT),
    "YardPerHour": Is(YARD / HOUR),
    "YardPerMinute": Is(YARD / MINUTE),
    "YardPerSecond": Is(YARD),
};
