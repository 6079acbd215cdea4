//! IPv4 and IPv6 addresses: parsing, formatting, comparing, and finding them in texts.

use crate::Function;

mod address;
mod ipv4;
mod ipv4_range;
mod ipv6;
mod search;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[ipv4::FUNCTIONS, ipv4_range::FUNCTIONS, ipv6::FUNCTIONS, search::FUNCTIONS];
