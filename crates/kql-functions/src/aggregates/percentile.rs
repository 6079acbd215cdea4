//! `percentile`, `percentiles` and their forms.

use crate::Aggregate;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[];
