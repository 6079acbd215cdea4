//! IPv4 addresses and the networks that hold them.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use super::address::{Ipv4, Parsed, ParsedArrays, any};
use super::ipv4::write_ipv4;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[IPV4_IS_IN_RANGE, IPV4_IS_IN_ANY_RANGE, IPV4_RANGE_TO_CIDR_LIST];

const IPV4_IS_IN_RANGE: Function = Function {
    name: "ipv4_is_in_range",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether an IPv4 address lies in a network.",
        returns: "`true` or `false`; null when one of them cannot be read.",
        notes: "A network without a prefix holds itself alone.",
        page: "ipv4-is-in-range-function",
    },
    overloads: &[overload!([
        parameter("ip", ScalarType::String).describe("An IPv4 address."),
        parameter("ip_range", ScalarType::String).describe("A network such as `10.0.0.0/8`."),
    ] -> Bool, ipv4_is_in_range)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv4_is_in_range('10.1.2.3', '10.0.0.0/8')", "True"),
        example("print ipv4_is_in_range('11.1.2.3', '10.0.0.0/8')", "False"),
        example("print ipv4_is_in_range('', '10.0.0.0/8')", ""),
    ],
};

fn ipv4_is_in_range(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ips = Parsed::new(arguments.strings(0)?, Ipv4::parse);
    let ranges = Parsed::new(arguments.strings(1)?, Ipv4::parse);
    Ok(output::bools(arguments.rows(), |row| Some(holds(ranges.get(row)?, ips.get(row)?))))
}

fn holds(range: Ipv4, ip: Ipv4) -> bool {
    ip.within(range.prefix) == range
}

const IP: Parameter = parameter_of("ip", ParameterType::StringOrDynamic)
    .passed_as(PassedAs::Converted(ScalarType::String))
    .describe("An IPv4 address.");

const IPV4_IS_IN_ANY_RANGE: Function = Function {
    name: "ipv4_is_in_any_range",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether an IPv4 address lies in one of several networks.",
        returns: "`true` or `false`; null when the address cannot be read, or when no network holds it and one of them \
                  cannot be read.",
        notes: "The networks come as arguments or as one array.",
        page: "ipv4-is-in-any-range-function",
    },
    overloads: &[
        overload!([
            IP,
            parameter("ranges", ScalarType::String).repeated().describe("A network such as `10.0.0.0/8`."),
        ] -> Bool, in_any_argument),
        overload!([
            IP,
            parameter_of("ranges", ParameterType::DynamicArray).describe("An array of networks."),
        ] -> Bool, in_any_element),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print ipv4_is_in_any_range('10.1.2.3', '127.0.0.0/8', '10.0.0.0/8')", "True"),
        example("print ipv4_is_in_any_range('8.8.8.8', dynamic(['127.0.0.0/8', '10.0.0.0/8']))", "False"),
    ],
};

fn in_any_argument(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ips = Parsed::new(arguments.strings(0)?, Ipv4::parse);
    let ranges = (1..arguments.len()).map(|position| Ok(Parsed::new(arguments.strings(position)?, Ipv4::parse)));
    let ranges: Vec<_> = ranges.collect::<Result<_, KernelError>>()?;
    Ok(output::bools(arguments.rows(), |row| {
        let ip = ips.get(row)?;
        any(ranges.iter().map(|range| range.get(row)), |range| holds(range, ip)).as_bool()
    }))
}

fn in_any_element(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ips = Parsed::new(arguments.strings(0)?, Ipv4::parse);
    let ranges = ParsedArrays::new(arguments.strings(1)?, Ipv4::parse);
    Ok(output::bools(arguments.rows(), |row| {
        let ip = ips.get(row)?;
        ranges.any(row, |range| holds(range, ip)).as_bool()
    }))
}

const IPV4_RANGE_TO_CIDR_LIST: Function = Function {
    name: "ipv4_range_to_cidr_list",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the networks that make up a range of IPv4 addresses.",
        returns: "An array of networks in order that hold all addresses from the first to the last and no others; null \
                  when one of them cannot be read or the last lies before the first.",
        notes: "",
        page: "ipv4-range-to-cidr-list-function",
    },
    overloads: &[overload!([
        parameter("start_ip", ScalarType::String).describe("The first address."),
        parameter("end_ip", ScalarType::String).describe("The last address."),
    ] -> Dynamic, ipv4_range_to_cidr_list)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print ipv4_range_to_cidr_list('10.0.0.1', '10.0.0.4')",
            r#"["10.0.0.1/32","10.0.0.2/31","10.0.0.4/32"]"#,
        ),
        example("print ipv4_range_to_cidr_list('10.0.0.0', '10.0.0.255')", r#"["10.0.0.0/24"]"#),
    ],
};

fn ipv4_range_to_cidr_list(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (starts, ends) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut text = String::new();
    output::dynamics(arguments.rows(), |row, out| {
        let ips = Ipv4::parse(starts.value(row)).zip(Ipv4::parse(ends.value(row)));
        let Some((start, end)) = ips.filter(|(start, end)| start.address <= end.address) else { return Ok(false) };
        let mut array = Builder::new(out);
        array.begin_array();
        let (mut next, end) = (u64::from(start.address), u64::from(end.address));
        while next <= end {
            // The largest network that starts here and does not reach beyond the end.
            let size = next.trailing_zeros().min((end - next + 1).ilog2()).min(32);
            let Ok(address) = u32::try_from(next) else { break };
            text.clear();
            write_ipv4(Ipv4 { address, prefix: 32 - size }, true, &mut text);
            array.string(&text);
            next += 1 << size;
        }
        array.end_array();
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, overload, show, strings, text};

    #[test]
    fn a_network_holds_its_addresses() {
        let ips = strings(&["10.1.2.3", "11.0.0.0", "10.0.0.0/7", "", "10.0.0.0"]);
        let ranges = strings(&["10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/99"]);
        assert_eq!(call("ipv4_is_in_range", &[ips, ranges]), "true|false|false|null|null");
    }

    #[test]
    fn one_of_several_networks_is_enough() {
        let ips = strings(&["10.1.2.3", "127.0.0.1", "8.8.8.8", "x"]);
        let found = call("ipv4_is_in_any_range", &[ips.clone(), text("10.0.0.0/8"), text("127.0.0.1")]);
        assert_eq!(found, "true|true|false|null");
        let of_array = |ranges| show(overload("ipv4_is_in_any_range", 1, &[ips.clone(), ranges]));
        assert_eq!(of_array(dynamic(r#"["x","10.0.0.0/8"]"#)), "true|null|null|null");
        assert_eq!(of_array(dynamic("[]")), "false|false|false|null");
        let arrays = dynamics(&[None, Some(r#"["127.0.0.0/8"]"#), Some(r#"["8.8.8.8"]"#), None]);
        assert_eq!(of_array(arrays), "false|true|true|null");
    }

    #[test]
    fn a_range_is_made_of_networks() {
        let starts = strings(&["0.0.0.0", "10.0.0.3", "255.255.255.255", "10.0.0.2", "x"]);
        let ends = strings(&["255.255.255.255", "10.0.0.8", "255.255.255.255", "10.0.0.1", "y"]);
        let lists = [
            r#"["0.0.0.0/0"]"#,
            r#"["10.0.0.3/32","10.0.0.4/30","10.0.0.8/32"]"#,
            r#"["255.255.255.255/32"]"#,
            "null",
            "null",
        ];
        assert_eq!(call("ipv4_range_to_cidr_list", &[starts, ends]), lists.join("|"));
    }
}
