//! The engine's tests, in one binary.

mod by_hand;
mod conformance;
mod examples;
mod plans;
mod suite;
mod support;
