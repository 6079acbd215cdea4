//! Dates and times: `ago` and `now` fold at binding; parts, bounds, differences, formats.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
