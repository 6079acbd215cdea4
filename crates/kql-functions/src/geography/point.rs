//! Distances and directions between points: `geo_distance_2points`, `geo_azimuth`, `geo_angle`, `geo_point_in_circle`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::Float64Type;
use kql_types::ScalarType;

use super::{Points, RADIUS, real};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter_of;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GEO_DISTANCE_2POINTS, GEO_AZIMUTH, GEO_ANGLE, GEO_POINT_IN_CIRCLE];

const LONGITUDE: &str = "In degrees, from -180 to 180.";
const LATITUDE: &str = "In degrees, from -90 to 90.";

/// `use_spheroid`, which no function does yet.
pub const USE_SPHEROID: Parameter = parameter_of("use_spheroid", ParameterType::NumberOrBool)
    .passed_as(PassedAs::Converted(ScalarType::Bool))
    .optional()
    .describe("Whether to measure on a spheroid; only `false` is supported.");

const GEO_DISTANCE_2POINTS: Function = Function {
    name: "geo_distance_2points",
    aliases: &[],
    documentation: Documentation {
        summary: "The shortest distance between two points on the earth.",
        returns: "Meters as a `real`; null when a coordinate is null or not on the earth.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-distance-2points-function",
    },
    overloads: &[overload!(
        [
            real("p1_longitude").describe(LONGITUDE),
            real("p1_latitude").describe(LATITUDE),
            real("p2_longitude").describe(LONGITUDE),
            real("p2_latitude").describe(LATITUDE),
            USE_SPHEROID,
        ] -> Real,
        geo_distance_2points
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print round(geo_distance_2points(2.35, 48.85, -0.12, 51.5))", "343128.0"),
        example("print isnull(geo_distance_2points(0, 91, 0, 0))", "True"),
    ],
};

const GEO_AZIMUTH: Function = Function {
    name: "geo_azimuth",
    aliases: &[],
    documentation: Documentation {
        summary: "The direction from one point to another.",
        returns: "Radians clockwise from the north, from 0 to below 2π; null when a coordinate is null or not on the earth, and when the \
                  points are the same or opposite each other.",
        notes: "",
        page: "geo-azimuth-function",
    },
    overloads: &[overload!(
        [
            real("p1_longitude").describe(LONGITUDE),
            real("p1_latitude").describe(LATITUDE),
            real("p2_longitude").describe(LONGITUDE),
            real("p2_latitude").describe(LATITUDE),
        ] -> Real,
        geo_azimuth
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print degrees(geo_azimuth(0, 0, 10, 0))", "90.0"),
        example("print isnull(geo_azimuth(1, 2, 1, 2))", "True"),
    ],
};

const GEO_ANGLE: Function = Function {
    name: "geo_angle",
    aliases: &[],
    documentation: Documentation {
        summary: "The angle between the lines from a point to two others.",
        returns: "Radians clockwise from the line to the first point to the line to the third, from 0 to below 2π; null when a coordinate is \
                  null or not on the earth, and when the second point is the same as or opposite another.",
        notes: "",
        page: "geo-angle-function",
    },
    overloads: &[overload!(
        [
            real("p1_longitude").describe(LONGITUDE),
            real("p1_latitude").describe(LATITUDE),
            real("p2_longitude").describe(LONGITUDE),
            real("p2_latitude").describe(LATITUDE),
            real("p3_longitude").describe(LONGITUDE),
            real("p3_latitude").describe(LATITUDE),
        ] -> Real,
        geo_angle
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print round(degrees(geo_angle(0, 10, 0, 0, 10, 0)), 6)", "90.0")],
};

const GEO_POINT_IN_CIRCLE: Function = Function {
    name: "geo_point_in_circle",
    aliases: &[],
    documentation: Documentation {
        summary: "Whether a point lies within a circle.",
        returns: "A bool; null when a coordinate is null or not on the earth, or the radius is null or negative.",
        notes: "Measured on a sphere with a radius of 6371010 meters.",
        page: "geo-point-in-circle-function",
    },
    overloads: &[overload!(
        [
            real("p_longitude").describe(LONGITUDE),
            real("p_latitude").describe(LATITUDE),
            real("pc_longitude").describe("The longitude of the middle, in degrees."),
            real("pc_latitude").describe("The latitude of the middle, in degrees."),
            real("c_radius").describe("The radius in meters."),
        ] -> Bool,
        geo_point_in_circle
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print geo_point_in_circle(2.35, 48.85, -0.12, 51.5, 350000)", "True"),
        example("print geo_point_in_circle(2.35, 48.85, -0.12, 51.5, 340000)", "False"),
    ],
};

fn geo_distance_2points(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (from, to) = (Points::new(arguments, 0)?, Points::new(arguments, 2)?);
    refuse_spheroid(arguments, 4)?;
    let distances = (0..arguments.rows()).map(|row| Some(from.get(row)?.angle_to(to.get(row)?) * RADIUS));
    Ok(Arc::new(distances.collect::<Float64Array>()))
}

/// An error when the argument at this position asks for a spheroid.
pub fn refuse_spheroid(arguments: &Arguments<'_>, position: usize) -> Result<(), KernelError> {
    if position < arguments.len() {
        let use_spheroid = arguments.bools(position)?;
        if (0..arguments.rows()).any(|row| use_spheroid.get(row).unwrap_or(false)) {
            return Err(KernelError("distances on a spheroid are not supported".to_owned()));
        }
    }
    Ok(())
}

fn geo_azimuth(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (from, to) = (Points::new(arguments, 0)?, Points::new(arguments, 2)?);
    let azimuths = (0..arguments.rows()).map(|row| from.get(row)?.azimuth_to(to.get(row)?));
    Ok(Arc::new(azimuths.collect::<Float64Array>()))
}

fn geo_angle(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (first, middle, last) = (Points::new(arguments, 0)?, Points::new(arguments, 2)?, Points::new(arguments, 4)?);
    let angles = (0..arguments.rows()).map(|row| {
        let middle = middle.get(row)?;
        let angle = middle.azimuth_to(last.get(row)?)? - middle.azimuth_to(first.get(row)?)?;
        Some(if angle < 0.0 { angle + std::f64::consts::TAU } else { angle })
    });
    Ok(Arc::new(angles.collect::<Float64Array>()))
}

fn geo_point_in_circle(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (point, middle) = (Points::new(arguments, 0)?, Points::new(arguments, 2)?);
    let radius = arguments.primitives::<Float64Type>(4)?;
    Ok(output::bools(arguments.rows(), |row| {
        let radius = radius.get(row).filter(|radius| *radius >= 0.0)?;
        Some(point.get(row)?.angle_to(middle.get(row)?) * RADIUS <= radius)
    }))
}
