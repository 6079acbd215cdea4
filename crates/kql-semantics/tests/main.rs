//! The binder's tests: bound plans, diagnostics, and thousands of queries from the field.

mod bounds;
mod conformance;
mod corpus;
mod diagnostics;
mod habits;
mod judging;
mod lints;
#[cfg(test)]
mod mutations;
mod plans;
mod support;
