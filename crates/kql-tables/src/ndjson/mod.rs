//! NDJSON: one JSON object a line, read without a tree or a map per row.
//!
//! A first pass marks quotes and newlines with SIMD ([`marks`]), a second walks from mark to mark and notes where the
//! wanted values are ([`lines`]). Columns are built of these places, one after another.

mod lines;
mod marks;
mod order;
#[cfg(test)]
mod tests;

pub(crate) use lines::{LineRange, LineScanner};
