//! Operators, each under its symbol as a function.

use crate::Function;

mod arithmetic;
mod comparison;
mod logic;
mod sets;
mod string_match;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] =
    &[arithmetic::FUNCTIONS, comparison::FUNCTIONS, logic::FUNCTIONS, string_match::FUNCTIONS, sets::FUNCTIONS];
