//! The engine's tests, in one binary.

mod by_hand;
