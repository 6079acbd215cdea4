//! The text forms of values.
