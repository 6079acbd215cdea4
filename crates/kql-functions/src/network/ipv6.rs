//! IPv6 addresses, and IPv4 addresses as the IPv6 addresses that stand for them.

use std::cmp::Ordering;

use arrow::array::ArrayRef;
use kql_types::ScalarType;

use super::address::{IPV4_OFFSET, Ipv6, Parsed, ParsedArrays, any};
use super::ipv4::{optional, prefix_of};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[PARSE_IPV6, PARSE_IPV6_MASK, IPV6_COMPARE, IPV6_IS_MATCH, IPV6_IS_IN_RANGE, IPV6_IS_IN_ANY_RANGE];

const IP: Parameter = parameter("ip", ScalarType::String)
    .describe("An IPv6 or IPv4 address, with or without a prefix, such as `fe80::1/64`.");
const PREFIX: Parameter =
    parameter("prefix", ScalarType::Long).describe("How many of the first bits count, from 0 to 128.");

const PARSE_IPV6: Function = Function {
    name: "parse_ipv6",
    aliases: &[],
    documentation: Documentation {
        summary: "Writes an IPv6 or IPv4 address in full.",
        returns: "Eight groups of four hexadecimal digits, the bits behind the prefix zero; the empty string when \
                  it is not an address.",
        notes: "An IPv4 address becomes the IPv6 address that stands for it, in `::ffff:0:0/96`.",
        page: "parse-ipv6-function",
    },
    overloads: &[overload!([IP] -> String, parse_ipv6)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print parse_ipv6('fe80::1')", "fe80:0000:0000:0000:0000:0000:0000:0001"),
        example("print parse_ipv6('10.1.2.3/24')", "0000:0000:0000:0000:0000:ffff:0a01:0200"),
        example("print parse_ipv6('localhost')", ""),
    ],
};

const PARSE_IPV6_MASK: Function = Function {
    name: "parse_ipv6_mask",
    aliases: &[],
    documentation: Documentation {
        summary: "Writes the network that an IPv6 or IPv4 address lies in, in full.",
        returns: "Eight groups of four hexadecimal digits, the bits behind the prefix zero; the empty string when the \
                  address or the prefix is none.",
        notes: "The prefix counts the bits of an IPv6 address, for an IPv4 address too. When the address has a \
                prefix of its own, the shorter one counts.",
        page: "parse-ipv6-mask-function",
    },
    overloads: &[overload!([IP, PREFIX] -> String, parse_ipv6)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print parse_ipv6_mask('fe80::1:2', 112)", "fe80:0000:0000:0000:0000:0000:0001:0000"),
        example("print parse_ipv6_mask('10.1.2.3', 120)", "0000:0000:0000:0000:0000:ffff:0a01:0200"),
    ],
};

fn parse_ipv6(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (ips, prefixes) = (arguments.strings(0)?, optional(arguments, 1)?);
    output::strings(arguments.rows(), |row, out| {
        let prefix = prefix_of(prefixes.as_ref(), row, 128);
        let Some((ip, prefix)) = Ipv6::parse(ips.value(row)).zip(prefix) else { return Ok(()) };
        let address = ip.within(prefix).address;
        for group in 0..8u32 {
            if group > 0 {
                out.push(':');
            }
            out.push_str(&format!("{:04x}", address >> (112 - 16 * group) & 0xffff));
        }
        Ok(())
    })
}

const FIRST: Parameter =
    parameter("ip1", ScalarType::String).describe("The one IPv6 or IPv4 address, with or without a prefix.");
const SECOND: Parameter =
    parameter("ip2", ScalarType::String).describe("The other IPv6 or IPv4 address, with or without a prefix.");

const IPV6_COMPARE: Function = Function {
    name: "ipv6_compare",
    aliases: &[],
    documentation: Documentation {
        summary: "Compares two IPv6 or IPv4 addresses.",
        returns: "0 when they are equal, -1 when the first is the smaller one, 1 when it is the larger one; null \
                  when one is not an address.",
        notes: "Only the bits of the shortest prefix count: those of the addresses and the one given. Between two IPv4 \
                addresses a given prefix up to 32 counts the bits of an IPv4 address.",
        page: "ipv6-compare-function",
    },
    overloads: &[overload!([FIRST, SECOND, PREFIX.optional()] -> Long, ipv6_compare)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv6_compare('fe80::1', 'fe80::2')", "-1"),
        example("print ipv6_compare('fe80::1/120', 'fe80::2')", "0"),
        example("print ipv6_compare('10.0.0.1', '::ffff:a00:1')", "0"),
    ],
};

fn ipv6_compare(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let compare = comparison(arguments)?;
    Ok(output::longs(arguments.rows(), |row| compare(row).map(|order| order as i64)))
}

const IPV6_IS_MATCH: Function = Function {
    name: "ipv6_is_match",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether two IPv6 or IPv4 addresses are equal, or lie in one network.",
        returns: "`true` or `false`; null when one is not an address.",
        notes: "Only the bits of the shortest prefix count: those of the addresses and the one given. Between two IPv4 \
                addresses a given prefix up to 32 counts the bits of an IPv4 address.",
        page: "ipv6-is-match-function",
    },
    overloads: &[overload!([FIRST, SECOND, PREFIX.optional()] -> Bool, ipv6_is_match)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv6_is_match('fe80::1', 'fe80::/64')", "True"),
        example("print ipv6_is_match('fe80::1', 'fe80::2')", "False"),
    ],
};

fn ipv6_is_match(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let compare = comparison(arguments)?;
    Ok(output::bools(arguments.rows(), |row| compare(row).map(Ordering::is_eq)))
}

/// How the first two arguments of a row compare within the shortest prefix.
fn comparison<'a>(arguments: &Arguments<'a>) -> Result<impl Fn(usize) -> Option<Ordering> + use<'a>, KernelError> {
    let first = Parsed::new(arguments.strings(0)?, Ipv6::parse_for_comparison);
    let second = Parsed::new(arguments.strings(1)?, Ipv6::parse_for_comparison);
    let prefixes = optional(arguments, 2)?;
    Ok(move |row| {
        let (first, second) = (first.get(row)?, second.get(row)?);
        let given = prefix_of(prefixes.as_ref(), row, 128)?;
        let of_ipv4 = first.is_ipv4 && second.is_ipv4 && given <= 32;
        let prefix = if of_ipv4 { given + IPV4_OFFSET } else { given }.min(first.prefix).min(second.prefix);
        Some(first.within(prefix).address.cmp(&second.within(prefix).address))
    })
}

const IPV6_IS_IN_RANGE: Function = Function {
    name: "ipv6_is_in_range",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether an IPv6 address lies in a network.",
        returns: "`true` or `false`; null when one of them cannot be read.",
        notes: "A network without a prefix holds itself alone. IPv4 addresses count as the IPv6 addresses that \
                stand for them.",
        page: "ipv6-is-in-range-function",
    },
    overloads: &[overload!([
        parameter("ip", ScalarType::String).describe("An IPv6 address."),
        parameter("ip_range", ScalarType::String).describe("A network such as `fe80::/10`."),
    ] -> Bool, ipv6_is_in_range)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv6_is_in_range('fe80::1', 'fe80::/10')", "True"),
        example("print ipv6_is_in_range('2001:db8::1', 'fe80::/10')", "False"),
    ],
};

fn ipv6_is_in_range(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ips = Parsed::new(arguments.strings(0)?, Ipv6::parse_for_comparison);
    let ranges = Parsed::new(arguments.strings(1)?, Ipv6::parse_for_comparison);
    Ok(output::bools(arguments.rows(), |row| Some(holds(ranges.get(row)?, ips.get(row)?))))
}

fn holds(range: Ipv6, ip: Ipv6) -> bool {
    let ip = ip.within(range.prefix);
    ip.prefix == range.prefix && ip.address == range.address
}

const IP_TO_FIND: Parameter = parameter_of("ip", ParameterType::StringOrDynamic)
    .passed_as(PassedAs::Converted(ScalarType::String))
    .describe("An IPv6 address.");

const IPV6_IS_IN_ANY_RANGE: Function = Function {
    name: "ipv6_is_in_any_range",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether an IPv6 address lies in one of several networks.",
        returns: "`true` or `false`; null when the address cannot be read, or when no network holds it and one of them \
                  cannot be read.",
        notes: "The networks come as arguments or as one array.",
        page: "ipv6-is-in-any-range-function",
    },
    overloads: &[
        overload!([
            IP_TO_FIND,
            parameter("ranges", ScalarType::String).repeated().describe("A network such as `fe80::/10`."),
        ] -> Bool, in_any_argument),
        overload!([
            IP_TO_FIND,
            parameter_of("ranges", ParameterType::DynamicArray).describe("An array of networks."),
        ] -> Bool, in_any_element),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv6_is_in_any_range('fe80::1', '::1', 'fe80::/10')", "True"),
        example("print ipv6_is_in_any_range('2001:db8::1', dynamic(['::1', 'fe80::/10']))", "False"),
    ],
};

fn in_any_argument(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let parsed = |position| Ok(Parsed::new(arguments.strings(position)?, Ipv6::parse_for_comparison));
    let ips: Parsed<'_, Ipv6> = parsed(0)?;
    let ranges: Vec<_> = (1..arguments.len()).map(parsed).collect::<Result<_, KernelError>>()?;
    Ok(output::bools(arguments.rows(), |row| {
        let ip = ips.get(row)?;
        any(ranges.iter().map(|range| range.get(row)), |range| holds(range, ip)).as_bool()
    }))
}

fn in_any_element(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ips = Parsed::new(arguments.strings(0)?, Ipv6::parse_for_comparison);
    let ranges = ParsedArrays::new(arguments.strings(1)?, Ipv6::parse_for_comparison);
    Ok(output::bools(arguments.rows(), |row| {
        let ip = ips.get(row)?;
        ranges.any(row, |range| holds(range, ip)).as_bool()
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, long, longs, overload, show, strings, text};

    #[test]
    fn addresses_are_written_in_full() {
        let ips = strings(&["::1", "1.2.3.4", "::1.2.3.4/16", "", "x"]);
        let full = "0000:0000:0000:0000:0000:0000:0000:0001|0000:0000:0000:0000:0000:ffff:0102:0304\
                    |0000:0000:0000:0000:0000:0000:0102:0000||";
        assert_eq!(call("parse_ipv6", std::slice::from_ref(&ips)), full);
        let masked = "0000:0000:0000:0000:0000:0000:0000:0000|0000:0000:0000:0000:0000:ffff:0102:0300\
                      |0000:0000:0000:0000:0000:0000:0102:0000||";
        assert_eq!(call("parse_ipv6_mask", &[ips, long(120)]), masked);
        assert_eq!(call("parse_ipv6_mask", &[text("::1"), longs(&[Some(129), Some(-1), None])]), "||");
    }

    #[test]
    fn addresses_are_compared_within_the_shortest_prefix() {
        let first = strings(&["fe80::1", "fe80::1/64", "10.0.0.9", "::10.0.0.1", "x"]);
        let second = strings(&["fe80::2", "fe80::2", "::ffff:a00:1", "10.0.0.2/24", "::"]);
        assert_eq!(call("ipv6_compare", &[first.clone(), second.clone()]), "-1|0|1|0|null");
        assert_eq!(call("ipv6_is_match", &[first, second]), "false|true|false|true|null");
    }

    #[test]
    fn a_short_prefix_between_ipv4_addresses_counts_their_bits() {
        let compare = |prefix| call("ipv6_compare", &[text("10.0.0.1"), text("10.0.1.1"), long(prefix)]);
        assert_eq!(
            [compare(16), compare(24), compare(112), compare(120), compare(129)],
            ["0", "-1", "0", "-1", "null"]
        );
    }

    #[test]
    fn networks_hold_their_addresses() {
        let ips = strings(&["fe80::1", "fec0::1", "10.1.2.3", "x"]);
        assert_eq!(call("ipv6_is_in_range", &[ips.clone(), text("fe80::/10")]), "true|false|false|null");
        let arguments = [ips.clone(), text("fe80::/10"), text("10.0.0.0/8")];
        assert_eq!(call("ipv6_is_in_any_range", &arguments), "true|false|true|null");
        let of_array = show(overload("ipv6_is_in_any_range", 1, &[ips, dynamic(r#"["fe80::/10","?"]"#)]));
        assert_eq!(of_array, "true|null|null|null");
    }
}
