//! Plugins that find what rows have in common: a pattern is a choice of values for some of the columns.

mod autocluster;
mod basket;
mod diffpatterns;
mod encoded;

use std::collections::HashMap;

use kql_types::{ScalarType, Value};

use crate::Parameter;
use crate::plugin::{Plugin, PluginCall};
use crate::signature::ParameterType::{Number, Scalar};
use crate::signature::{ArgumentKind, parameter_of};

/// The plugins of this family.
pub static PLUGINS: &[Plugin] = &[autocluster::AUTOCLUSTER, basket::BASKET, diffpatterns::DIFFPATTERNS];

/// How many patterns one call may look at.
const MAX_PATTERNS: usize = 100_000;

const WEIGHT: Parameter = parameter_of("WeightColumn", Number)
    .of_kind(ArgumentKind::Column)
    .optional()
    .describe("A column that says how many rows a row stands for; `'~'` for none.");
const WILDCARD: Parameter = parameter_of("CustomWildcard", Scalar)
    .constant()
    .optional()
    .repeated()
    .describe("What stands for any value in the columns of its type; null, or the empty string, unless given.");

/// The columns of patterns among the rows of one table.
fn segment_columns(call: &PluginCall<'_>) -> Vec<(String, ScalarType)> {
    let first = [("SegmentId", ScalarType::Long), ("Count", ScalarType::Long), ("Percent", ScalarType::Real)];
    let first = first.into_iter().map(|(name, scalar_type)| (name.to_owned(), scalar_type));
    first.chain(call.columns.iter().cloned()).collect()
}

/// The wildcards that a call gives, by type.
fn wildcards(call: &PluginCall<'_>) -> HashMap<ScalarType, Value> {
    call.constants("CustomWildcard").map(|value| (value.scalar_type(), value.clone())).collect()
}

/// A constant number of a call.
fn number(call: &PluginCall<'_>, parameter: &str) -> Option<f64> {
    match call.constant(parameter)? {
        Value::Int(value) => Some(f64::from(*value)),
        Value::Long(value) => Some(*value as f64),
        Value::Real(value) => Some(*value),
        _ => None,
    }
}

/// A number with so many digits behind the point.
fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}
