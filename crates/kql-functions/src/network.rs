//! IPv4 and IPv6.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
