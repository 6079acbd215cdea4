//! `tostring`, `tolong`, `todatetime`, … and the conversions that binding inserts.

use crate::Function;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[];
