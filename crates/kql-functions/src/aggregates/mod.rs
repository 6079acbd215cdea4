//! The aggregates, family by family.

use crate::Aggregate;

mod collect;
mod count;
mod extreme;
mod percentile;
mod sum;

/// The families of this folder.
pub static FAMILIES: &[&[Aggregate]] =
    &[count::AGGREGATES, extreme::AGGREGATES, sum::AGGREGATES, collect::AGGREGATES, percentile::AGGREGATES];
