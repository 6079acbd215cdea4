//! `array_*`, `pack_array`, `range`, `zip`, ….

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
