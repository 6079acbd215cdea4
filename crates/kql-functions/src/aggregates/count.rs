//! `count`, `countif`, `dcount`, `count_distinct` and their forms.

use crate::Aggregate;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[];
