//! `min`, `max`, `arg_min`, `arg_max`, `take_any` and their forms.

use crate::Aggregate;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[];
