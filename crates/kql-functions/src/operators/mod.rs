//! Operators, each under its symbol as a function.

use crate::Function;
use crate::overload::{
    REAL_OR_INTEGER, datetime, dynamic, dynamic_as, exactly, integer, number_as_decimal, number_as_real, real, text,
    timespan,
};

mod arithmetic;
mod comparison;
pub mod decimal;
mod dynamic_arithmetic;
mod dynamic_comparison;
mod dynamic_number;
mod logic;
pub mod needle;
mod sets;
mod string_match;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[
    arithmetic::FUNCTIONS,
    comparison::FUNCTIONS,
    logic::FUNCTIONS,
    string_match::FUNCTIONS,
    sets::membership::FUNCTIONS,
    sets::terms::FUNCTIONS,
];
