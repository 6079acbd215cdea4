//! Every KQL function, one item each: name, signatures, documentation, examples and the vectorised kernel.
//!
//! A family of functions is one file that exports `FUNCTIONS` (or `AGGREGATES`); [`all`] strings the
//! families together, so adding a function touches its family's file alone. Kernels work on whole Arrow
//! arrays, prepare constant arguments once a batch, hold no state and never see field metadata.
//! This crate knows nothing of plans, files or DataFusion.

pub mod aggregate;
mod aggregates;
pub mod argument;
mod binding;
mod column_search;
mod columnar;
mod conditional;
mod conversion;
mod data_size;
mod datetime;
mod declared;
pub mod documentation;
mod dynamic;
mod encoding;
pub mod extraction;
mod folding;
pub mod function;
mod fusion;
mod geography;
pub mod geolocation;
mod guid;
mod hash;
mod mathematics;
mod network;
mod operators;
mod output;
mod overload;
mod parsing;
pub mod plugin;
mod plugins;
mod regex_cache;
mod registry;
mod regular_expression;
mod series;
pub mod signature;
mod sketch;
mod string;
#[cfg(test)]
mod testing;
mod units;
mod window;

pub use aggregate::{Aggregate, AggregateOverload, GroupAccumulator};
pub use argument::{Argument, Arguments};
pub use documentation::{Documentation, Example};
pub use dynamic::{PathCall, PathsReader};
pub use function::{Function, KernelError, Overload};
pub use fusion::fused;
pub use plugins::{all_plugins, plugin};
pub use registry::{
    AS_DYNAMIC, AggregateRef, BAG_PACK_FILLED, DATA_SIZE, FunctionRef, INDEX, PATH, ROW_IN_RUN, ROW_NEAR, SPLIT_PART,
    aggregate, all, all_aggregates, conversion, function,
};
pub use signature::{Parameter, ParameterType, PassedAs, ResultColumn, ResultName, ReturnType};
