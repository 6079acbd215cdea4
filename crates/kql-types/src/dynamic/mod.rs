//! `dynamic` values as JSON text.
