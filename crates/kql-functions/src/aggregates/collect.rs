//! `make_list`, `make_set`, `make_bag` and their forms.

use crate::Aggregate;

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[];
