//! IPv4 addresses one by one: parsing, formatting, comparing.

use std::net::Ipv4Addr;

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType;

use super::address::{Ipv4, Parsed};
use crate::argument::Primitives;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{parameter, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    PARSE_IPV4,
    PARSE_IPV4_MASK,
    FORMAT_IPV4,
    FORMAT_IPV4_MASK,
    IPV4_COMPARE,
    IPV4_IS_MATCH,
    IPV4_IS_PRIVATE,
    IPV4_NETMASK_SUFFIX,
];

const IP: Parameter =
    parameter("ip", ScalarType::String).describe("An IPv4 address, such as `10.1.2.3` or `10.1.2.3/8`.");
const FIRST: Parameter =
    parameter("ip1", ScalarType::String).describe("The one IPv4 address, with or without a prefix.");
const SECOND: Parameter =
    parameter("ip2", ScalarType::String).describe("The other IPv4 address, with or without a prefix.");
const PREFIX: Parameter =
    parameter("prefix", ScalarType::Long).describe("How many of the first bits count, from 0 to 32.");

/// The prefix that an optional argument gives for a row; `None` where it is no prefix.
pub(super) fn prefix_of(prefixes: Option<&Primitives<'_, Int64Type>>, row: usize, longest: u32) -> Option<u32> {
    let Some(prefixes) = prefixes else { return Some(longest) };
    u32::try_from(prefixes.get(row)?).ok().filter(|prefix| *prefix <= longest)
}

/// The optional argument at a position.
pub(super) fn optional<'a>(
    arguments: &Arguments<'a>,
    position: usize,
) -> Result<Option<Primitives<'a, Int64Type>>, KernelError> {
    if arguments.len() > position { arguments.primitives(position).map(Some) } else { Ok(None) }
}

const PARSE_IPV4: Function = Function {
    name: "parse_ipv4",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the number that an IPv4 address stands for.",
        returns: "The address as a long, its bits behind the prefix set to zero; null when it is not an IPv4 address.",
        notes: "",
        page: "parse-ipv4-function",
    },
    overloads: &[overload!([IP] -> Long, parse_ipv4)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print parse_ipv4('10.0.0.1')", "167772161"),
        example("print parse_ipv4('10.0.0.1/24')", "167772160"),
        example("print parse_ipv4('10.0.0.256')", ""),
    ],
};

fn parse_ipv4(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ips = arguments.strings(0)?;
    Ok(output::longs(arguments.rows(), |row| Some(i64::from(Ipv4::parse(ips.value(row))?.address))))
}

const PARSE_IPV4_MASK: Function = Function {
    name: "parse_ipv4_mask",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the number of the network that an IPv4 address lies in.",
        returns: "The address as a long, its bits behind the prefix set to zero; null when the address or the \
                  prefix is none.",
        notes: "When the address has a prefix of its own, the shorter one counts.",
        page: "parse-ipv4-mask-function",
    },
    overloads: &[overload!([IP, PREFIX] -> Long, parse_ipv4_mask)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print parse_ipv4_mask('10.0.0.1', 24)", "167772160"),
        example("print parse_ipv4_mask('10.0.0.1', 33)", ""),
    ],
};

fn parse_ipv4_mask(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (ips, prefixes) = (arguments.strings(0)?, optional(arguments, 1)?);
    Ok(output::longs(arguments.rows(), |row| {
        let prefix = prefix_of(prefixes.as_ref(), row, 32)?;
        Some(i64::from(Ipv4::parse(ips.value(row))?.within(prefix).address))
    }))
}

const IP_OR_NUMBER: Parameter =
    text_of_any("ip").describe("An IPv4 address as a string, or the number that stands for it.");

const FORMAT_IPV4: Function = Function {
    name: "format_ipv4",
    aliases: &[],
    documentation: Documentation {
        summary: "Writes an IPv4 address, or the network it lies in.",
        returns: "The address with its bits behind the prefix set to zero; the empty string when the address or the \
                  prefix is none.",
        notes: "When the address has a prefix of its own, the shorter one counts.",
        page: "format-ipv4-function",
    },
    overloads: &[overload!([IP_OR_NUMBER, PREFIX.optional()] -> String, |a| format_ipv4(a, false))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print format_ipv4('10.1.2.3', 24)", "10.1.2.0"),
        example("print format_ipv4(167772161)", "10.0.0.1"),
        example("print format_ipv4('10.1.2.3', -1)", ""),
    ],
};

const FORMAT_IPV4_MASK: Function = Function {
    name: "format_ipv4_mask",
    aliases: &[],
    documentation: Documentation {
        summary: "Writes the network that an IPv4 address lies in, with its prefix.",
        returns: "The network as `10.1.2.0/24`; the empty string when the address or the prefix is none.",
        notes: "When the address has a prefix of its own, the shorter one counts.",
        page: "format-ipv4-mask-function",
    },
    overloads: &[overload!([IP_OR_NUMBER, PREFIX] -> String, |a| format_ipv4(a, true))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print format_ipv4_mask('10.1.2.3', 24)", "10.1.2.0/24"),
        example("print format_ipv4_mask('10.1.2.3/16', 24)", "10.1.0.0/16"),
    ],
};

fn format_ipv4(arguments: &Arguments<'_>, with_prefix: bool) -> Result<ArrayRef, KernelError> {
    let (ips, prefixes) = (arguments.strings(0)?, optional(arguments, 1)?);
    output::strings(arguments.rows(), |row, out| {
        let text = ips.value(row);
        let number = || text.parse().ok().map(|address| Ipv4 { address, prefix: 32 });
        let ip = Ipv4::parse(text).or_else(number);
        let (Some(ip), Some(prefix)) = (ip, prefix_of(prefixes.as_ref(), row, 32)) else { return Ok(()) };
        write_ipv4(ip.within(prefix), with_prefix, out);
        Ok(())
    })
}

/// Appends an address and, where asked, its prefix.
pub(super) fn write_ipv4(ip: Ipv4, with_prefix: bool, out: &mut String) {
    out.push_str(&Ipv4Addr::from(ip.address).to_string());
    if with_prefix {
        out.push('/');
        out.push_str(&ip.prefix.to_string());
    }
}

const IPV4_COMPARE: Function = Function {
    name: "ipv4_compare",
    aliases: &[],
    documentation: Documentation {
        summary: "Compares two IPv4 addresses.",
        returns: "0 when they are equal, -1 when the first is the smaller one, 1 when it is the larger one; null \
                  when one is not an IPv4 address.",
        notes: "Only the bits of the shortest prefix count: those of the addresses and the one given.",
        page: "ipv4-compare-function",
    },
    overloads: &[overload!([FIRST, SECOND, PREFIX.optional()] -> Long, ipv4_compare)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv4_compare('10.0.0.1', '10.0.0.2')", "-1"),
        example("print ipv4_compare('10.0.0.1/24', '10.0.0.2')", "0"),
        example("print ipv4_compare('10.0.1.1', '10.0.0.1', 16)", "0"),
        example("print ipv4_compare('10.0.0', '10.0.0.1')", ""),
    ],
};

fn ipv4_compare(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let compare = comparison(arguments)?;
    Ok(output::longs(arguments.rows(), |row| compare(row).map(|order| order as i64)))
}

const IPV4_IS_MATCH: Function = Function {
    name: "ipv4_is_match",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether two IPv4 addresses are equal, or lie in one network.",
        returns: "`true` or `false`; null when one is not an IPv4 address.",
        notes: "Only the bits of the shortest prefix count: those of the addresses and the one given.",
        page: "ipv4-is-match-function",
    },
    overloads: &[overload!([FIRST, SECOND, PREFIX.optional()] -> Bool, ipv4_is_match)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv4_is_match('10.0.0.1', '10.0.0.0/24')", "True"),
        example("print ipv4_is_match('10.0.0.1', '10.0.0.2')", "False"),
        example("print ipv4_is_match('', '10.0.0.1')", ""),
    ],
};

fn ipv4_is_match(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let compare = comparison(arguments)?;
    Ok(output::bools(arguments.rows(), |row| compare(row).map(|order| order.is_eq())))
}

/// How the first two arguments of a row compare within the shortest prefix.
fn comparison<'a>(
    arguments: &Arguments<'a>,
) -> Result<impl Fn(usize) -> Option<std::cmp::Ordering> + use<'a>, KernelError> {
    let first = Parsed::new(arguments.strings(0)?, Ipv4::parse);
    let second = Parsed::new(arguments.strings(1)?, Ipv4::parse);
    let prefixes = optional(arguments, 2)?;
    Ok(move |row| {
        let (first, second) = (first.get(row)?, second.get(row)?);
        let prefix = prefix_of(prefixes.as_ref(), row, 32)?.min(first.prefix).min(second.prefix);
        Some(first.within(prefix).address.cmp(&second.within(prefix).address))
    })
}

const IPV4_IS_PRIVATE: Function = Function {
    name: "ipv4_is_private",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether an IPv4 address belongs to a private network.",
        returns: "`true` for addresses in 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16, `false` for others; null \
                  when it is not an IPv4 address.",
        notes: "Loopback (127.0.0.0/8) and link-local addresses (169.254.0.0/16) are not private. An IPv6 address \
                gives null, which `where not(…)` drops.",
        page: "ipv4-is-private-function",
    },
    overloads: &[overload!([IP] -> Bool, ipv4_is_private)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv4_is_private('192.168.1.20')", "True"),
        example("print ipv4_is_private('8.8.8.8')", "False"),
        example("print ipv4_is_private('localhost')", ""),
    ],
};

fn ipv4_is_private(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ips = arguments.strings(0)?;
    Ok(output::bools(arguments.rows(), |row| {
        let ip = Ipv4::parse(ips.value(row))?;
        let networks =
            [(Ipv4Addr::new(10, 0, 0, 0), 8), (Ipv4Addr::new(172, 16, 0, 0), 12), (Ipv4Addr::new(192, 168, 0, 0), 16)];
        Some(
            networks.into_iter().any(|(network, prefix)| ip.within(prefix) == Ipv4 { address: network.into(), prefix }),
        )
    }))
}

const IPV4_NETMASK_SUFFIX: Function = Function {
    name: "ipv4_netmask_suffix",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the prefix of an IPv4 address.",
        returns: "The number behind the slash, 32 without one; null when it is not an IPv4 address.",
        notes: "",
        page: "ipv4-netmask-suffix-function",
    },
    overloads: &[overload!([IP] -> Long, ipv4_netmask_suffix)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv4_netmask_suffix('10.0.0.0/8')", "8"),
        example("print ipv4_netmask_suffix('10.0.0.1')", "32"),
    ],
};

fn ipv4_netmask_suffix(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ips = arguments.strings(0)?;
    Ok(output::longs(arguments.rows(), |row| Some(i64::from(Ipv4::parse(ips.value(row))?.prefix))))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, long, longs, strings, text};

    #[test]
    fn addresses_are_parsed_and_formatted() {
        let ips = strings(&["255.255.255.255", "10.1.2.3/8", "", "1.2.3"]);
        assert_eq!(call("parse_ipv4", std::slice::from_ref(&ips)), "4294967295|167772160|null|null");
        assert_eq!(call("parse_ipv4_mask", &[ips.clone(), long(16)]), "4294901760|167772160|null|null");
        assert_eq!(call("ipv4_netmask_suffix", std::slice::from_ref(&ips)), "32|8|null|null");
        assert_eq!(call("format_ipv4", std::slice::from_ref(&ips)), "255.255.255.255|10.0.0.0||");
        assert_eq!(call("format_ipv4_mask", &[ips, long(16)]), "255.255.0.0/16|10.0.0.0/8||");
        let prefixes = longs(&[Some(0), Some(33), Some(-1), None]);
        assert_eq!(call("format_ipv4", &[text("4294967295"), prefixes.clone()]), "0.0.0.0|||");
        assert_eq!(call("parse_ipv4_mask", &[text("1.2.3.4"), prefixes]), "0|null|null|null");
        assert_eq!(call("format_ipv4", &[text("4294967296")]), "");
    }

    #[test]
    fn addresses_are_compared_within_the_shortest_prefix() {
        let first = strings(&["10.0.0.1", "10.0.0.1/24", "10.0.0.9", "10.0.0.1", "x"]);
        let second = strings(&["10.0.0.2", "10.0.0.2", "10.0.0.2/31", "10.0.0.1", "10.0.0.1"]);
        assert_eq!(call("ipv4_compare", &[first.clone(), second.clone()]), "-1|0|1|0|null");
        assert_eq!(call("ipv4_is_match", &[first.clone(), second.clone()]), "false|true|false|true|null");
        let prefixes = longs(&[Some(30), Some(32), Some(28), Some(99), Some(0)]);
        assert_eq!(call("ipv4_compare", &[first, second, prefixes]), "0|0|0|null|null");
    }

    #[test]
    fn private_networks_are_known() {
        let ips =
            strings(&["10.255.0.1", "172.15.0.1", "172.31.0.1", "192.168.0.0/16", "192.168.0.0/8", "127.0.0.1", "::1"]);
        assert_eq!(call("ipv4_is_private", &[ips]), "true|false|true|true|false|false|null");
    }
}
