//! Functions over numbers: rounding, analysis, distributions, bits, choosing the least and greatest, chance.

use crate::Function;

mod analysis;
mod bits;
mod distribution;
mod extremes;
mod random;
mod rounding;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    rounding::FUNCTIONS,
    analysis::FUNCTIONS,
    distribution::FUNCTIONS,
    bits::FUNCTIONS,
    extremes::FUNCTIONS,
    random::FUNCTIONS,
];
