//! `tostring`, `tolong`, `todatetime`, … and the conversions that binding inserts.
//!
//! Each has one overload a source type, found by its exact parameter ([`crate::conversion`]). What does not
//! convert gives null (`tostring` of a null gives the empty string).

use crate::Function;

mod dynamics;
mod guids;
mod kernels;
mod numbers;
mod strings;
mod times;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] =
    &[strings::FUNCTIONS, numbers::FUNCTIONS, times::FUNCTIONS, guids::FUNCTIONS, dynamics::FUNCTIONS];
