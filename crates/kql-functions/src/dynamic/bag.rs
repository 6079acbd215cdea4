//! `bag_*`, `pack`, `bag_keys`, `treepath`, ….

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
