//! Rounding, binning, logarithms, trigonometry, bits.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
