//! Addresses with a network prefix (`10.0.0.0/8`), and arguments that hold them.

use std::net::{Ipv4Addr, Ipv6Addr};

use kql_types::dynamic::Dynamic;

use crate::argument::Strings;

/// An IPv4 address of which the first `prefix` bits count; the others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ipv4 {
    pub(super) address: u32,
    /// From 0 to 32.
    pub(super) prefix: u32,
}

impl Ipv4 {
    /// Reads `192.168.1.1` or `192.168.1.1/24`.
    pub(super) fn parse(text: &str) -> Option<Ipv4> {
        let (address, prefix) = split_prefix(text, 32)?;
        Some(Ipv4 { address: u32::from(address.parse::<Ipv4Addr>().ok()?), prefix: 32 }.within(prefix))
    }

    /// The network of at most so many bits that this address lies in.
    pub(super) fn within(self, prefix: u32) -> Ipv4 {
        let prefix = prefix.min(self.prefix);
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        Ipv4 { address: self.address & mask, prefix }
    }
}

/// An IPv6 address of which the first `prefix` bits count; the others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ipv6 {
    pub(super) address: u128,
    /// From 0 to 128.
    pub(super) prefix: u32,
    /// Whether it was written as an IPv4 address.
    pub(super) is_ipv4: bool,
}

/// Where IPv4 addresses lie among the IPv6 addresses: `::ffff:0:0/96`.
const MAPPED: u128 = 0xffff_0000_0000;
/// The bits of an IPv6 address before those of an IPv4 address.
pub(super) const IPV4_OFFSET: u32 = 96;

impl Ipv6 {
    /// Reads an IPv6 address, or an IPv4 address as the IPv6 address that stands for it. The prefix of an address
    /// that is written with dots counts the bits of its IPv4 part.
    pub(super) fn parse(text: &str) -> Option<Ipv6> {
        if let Some(ipv4) = Ipv4::parse(text) {
            let address = MAPPED | u128::from(ipv4.address);
            return Some(Ipv6 { address, prefix: ipv4.prefix + IPV4_OFFSET, is_ipv4: true });
        }
        let dotted = text.contains('.');
        let (address, prefix) = split_prefix(text, if dotted { 32 } else { 128 })?;
        let prefix = if dotted { prefix + IPV4_OFFSET } else { prefix };
        let address = u128::from(address.parse::<Ipv6Addr>().ok()?);
        Some(Ipv6 { address, prefix: 128, is_ipv4: false }.within(prefix))
    }

    /// As [`Ipv6::parse`], where `::10.0.0.1` is the same address as `10.0.0.1`.
    pub(super) fn parse_for_comparison(text: &str) -> Option<Ipv6> {
        let mut ip = Ipv6::parse(text)?;
        if text.contains('.') && ip.address >> 32 == 0 {
            ip.address |= MAPPED;
        }
        Some(ip)
    }

    /// The network of at most so many bits that this address lies in.
    pub(super) fn within(self, prefix: u32) -> Ipv6 {
        let prefix = prefix.min(self.prefix);
        let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
        Ipv6 { address: self.address & mask, prefix, is_ipv4: self.is_ipv4 }
    }
}

/// The address and the prefix behind the slash, which is `longest` where there is none.
fn split_prefix(text: &str, longest: u32) -> Option<(&str, u32)> {
    let Some((address, prefix)) = text.split_once('/') else { return Some((text, longest)) };
    let digits = (1..=3).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_digit());
    let prefix = prefix.parse().ok().filter(|prefix| digits && *prefix <= longest)?;
    Some((address, prefix))
}

/// The parsed values of a string argument; a constant is parsed once.
pub(super) struct Parsed<'a, T> {
    texts: Strings<'a>,
    parse: fn(&str) -> Option<T>,
    constant: Option<Option<T>>,
}

impl<'a, T: Copy> Parsed<'a, T> {
    pub(super) fn new(texts: Strings<'a>, parse: fn(&str) -> Option<T>) -> Parsed<'a, T> {
        Parsed { texts, parse, constant: texts.constant().map(parse) }
    }

    /// The value of a row; `None` where the text is none.
    pub(super) fn get(&self, row: usize) -> Option<T> {
        match self.constant {
            Some(value) => value,
            None => (self.parse)(self.texts.value(row)),
        }
    }
}

/// The parsed elements of an argument that holds arrays; a constant is parsed once.
pub(super) struct ParsedArrays<'a, T> {
    texts: Strings<'a>,
    parse: fn(&str) -> Option<T>,
    constant: Option<Vec<Option<T>>>,
}

impl<'a, T: Copy> ParsedArrays<'a, T> {
    pub(super) fn new(texts: Strings<'a>, parse: fn(&str) -> Option<T>) -> ParsedArrays<'a, T> {
        let constant = texts.constant().map(|array| elements(array, parse).collect());
        ParsedArrays { texts, parse, constant }
    }

    /// Whether some element of a row's array satisfies the test, and whether some element is no value.
    pub(super) fn any(&self, row: usize, test: impl Fn(T) -> bool) -> Found {
        match &self.constant {
            Some(values) => any(values.iter().copied(), test),
            None => any(elements(self.texts.value(row), self.parse), test),
        }
    }
}

fn elements<T>(array: &str, parse: fn(&str) -> Option<T>) -> impl Iterator<Item = Option<T>> {
    Dynamic::new(array).elements().map(move |element| parse(&element.to_string_value()))
}

/// What came of searching a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Yes,
    No,
    /// Nothing, and some element could not be read.
    Unknown,
}

impl Found {
    /// As a truth value, where not to know is null.
    pub(super) fn as_bool(self) -> Option<bool> {
        match self {
            Found::Yes => Some(true),
            Found::No => Some(false),
            Found::Unknown => None,
        }
    }
}

/// Whether some value satisfies the test.
pub(super) fn any<T: Copy>(values: impl Iterator<Item = Option<T>>, test: impl Fn(T) -> bool) -> Found {
    let mut found = Found::No;
    for value in values {
        match value {
            Some(value) if test(value) => return Found::Yes,
            Some(_) => {}
            None => found = Found::Unknown,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_addresses_are_read_with_their_prefix() {
        let ip = |address, prefix| Some(Ipv4 { address, prefix });
        assert_eq!(Ipv4::parse("10.1.2.3"), ip(0x0a01_0203, 32));
        assert_eq!(Ipv4::parse("10.1.2.3/8"), ip(0x0a00_0000, 8));
        assert_eq!(Ipv4::parse("10.1.2.3/0"), ip(0, 0));
        for text in
            ["", "10.1.2", "10.1.2.256", "10.1.2.3/33", "10.1.2.3/", "10.1.2.3/+8", "a.b.c.d", " 10.1.2.3", "::1"]
        {
            assert_eq!(Ipv4::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ipv6_addresses_are_read_with_their_prefix() {
        let ip = |address, prefix, is_ipv4| Some(Ipv6 { address, prefix, is_ipv4 });
        assert_eq!(Ipv6::parse("::1"), ip(1, 128, false));
        assert_eq!(Ipv6::parse("::ff/120"), ip(0, 120, false));
        assert_eq!(Ipv6::parse("10.1.2.3/8"), ip(0xffff_0a00_0000, 104, true));
        assert_eq!(Ipv6::parse("::10.1.2.3/8"), ip(0x0a00_0000, 104, false));
        assert_eq!(Ipv6::parse_for_comparison("::10.1.2.3/8"), ip(0xffff_0a00_0000, 104, false));
        for text in ["", ":", "::1/129", "::10.1.2.3/33", "1:2:3", "g::"] {
            assert_eq!(Ipv6::parse(text), None, "{text}");
        }
    }
}
