//! `has_ipv4` and its like: IPv4 addresses found in texts.

use std::borrow::Cow;

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;
use memchr::memmem::Finder;

use super::address::Ipv4;
use crate::columnar::booleans;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[HAS_IPV4, HAS_ANY_IPV4, HAS_IPV4_PREFIX, HAS_ANY_IPV4_PREFIX];

const SOURCE: Parameter = parameter_of("source", ParameterType::StringOrDynamic)
    .passed_as(PassedAs::Converted(ScalarType::String))
    .describe("The text to search in.");

const HAS_IPV4: Function = Function {
    name: "has_ipv4",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether a text holds an IPv4 address.",
        returns: "`true` or `false`; `false` when what is looked for is not an IPv4 address.",
        notes: "The address must stand by itself: between characters that are neither letters nor digits, and not as a \
                part of a longer row of numbers and dots.",
        page: "has-ipv4-function",
    },
    overloads: &[overload!([
        SOURCE,
        parameter("ip", ScalarType::String).describe("The address to look for."),
    ] -> Bool, |a| has_argument(a, Target::Address))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print has_ipv4('from 10.0.0.1:443', '10.0.0.1')", "True"),
        example("print has_ipv4('from 10.0.0.12', '10.0.0.1')", "False"),
    ],
};

const HAS_ANY_IPV4: Function = Function {
    name: "has_any_ipv4",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether a text holds one of several IPv4 addresses.",
        returns: "`true` or `false`; what is not an IPv4 address is never found.",
        notes: "The addresses come as arguments or as one array. An address must stand by itself, as in `has_ipv4`.",
        page: "has-any-ipv4-function",
    },
    overloads: &[
        overload!([
            SOURCE,
            parameter("ips", ScalarType::String).repeated().describe("An address to look for."),
        ] -> Bool, |a| has_argument(a, Target::Address)),
        overload!([
            SOURCE,
            parameter_of("ips", ParameterType::DynamicArray).describe("An array of addresses to look for."),
        ] -> Bool, |a| has_element(a, Target::Address)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print has_any_ipv4('from 10.0.0.1', '10.0.0.2', '10.0.0.1')", "True"),
        example("print has_any_ipv4('from 10.0.0.1', dynamic(['10.0.0.2', '10.0.0.3']))", "False"),
    ],
};

const HAS_IPV4_PREFIX: Function = Function {
    name: "has_ipv4_prefix",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether a text holds an IPv4 address that starts with a prefix.",
        returns: "`true` or `false`; `false` when what is looked for is no prefix.",
        notes: "A prefix is a whole address or ends with a dot: `10.1.`, not `10.1`. The address must stand by \
                itself, as in `has_ipv4`.",
        page: "has-ipv4-prefix-function",
    },
    overloads: &[overload!([
        SOURCE,
        parameter("ip_prefix", ScalarType::String).describe("The prefix to look for, such as `10.1.`."),
    ] -> Bool, |a| has_argument(a, Target::Prefix))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print has_ipv4_prefix('from 10.1.2.3', '10.1.')", "True"),
        example("print has_ipv4_prefix('from 10.1.2.3', '10.1')", "False"),
    ],
};

const HAS_ANY_IPV4_PREFIX: Function = Function {
    name: "has_any_ipv4_prefix",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether a text holds an IPv4 address that starts with one of several prefixes.",
        returns: "`true` or `false`; what is no prefix is never found.",
        notes: "The prefixes come as arguments or as one array. A prefix is a whole address or ends with a dot.",
        page: "has-any-ipv4-prefix-function",
    },
    overloads: &[
        overload!([
            SOURCE,
            parameter("ip_prefixes", ScalarType::String).repeated().describe("A prefix to look for."),
        ] -> Bool, |a| has_argument(a, Target::Prefix)),
        overload!([
            SOURCE,
            parameter_of("ip_prefixes", ParameterType::DynamicArray).describe("An array of prefixes to look for."),
        ] -> Bool, |a| has_element(a, Target::Prefix)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print has_any_ipv4_prefix('from 10.1.2.3', '192.168.', '10.')", "True"),
        example("print has_any_ipv4_prefix('from 10.1.2.3', dynamic(['192.168.', '172.16.']))", "False"),
    ],
};

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Address,
    /// A whole address or the start of one up to a dot.
    Prefix,
}

/// One thing to look for, ready to be found.
struct Needle {
    finder: Finder<'static>,
    is_address: bool,
}

impl Needle {
    /// `None` when the text is not something that can be looked for.
    fn new(text: &str, target: Target) -> Option<Needle> {
        let is_address = !text.contains('/') && Ipv4::parse(text).is_some();
        let valid = is_address || target == Target::Prefix && is_prefix(text);
        valid.then(|| Needle { finder: Finder::new(text).into_owned(), is_address })
    }

    fn is_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        self.finder.find_iter(bytes).any(|start| {
            let before = bytes.get(..start).unwrap_or_default();
            if before.last().is_some_and(|byte| belongs(*byte) || *byte == b'.' && ends_with_digit(before)) {
                return false;
            }
            let rest = text.get(start..).unwrap_or("");
            let end = rest.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'.').unwrap_or(rest.len());
            let address = rest.get(..end).unwrap_or("").trim_end_matches('.');
            let delimited = !rest.as_bytes().get(end).is_some_and(|byte| belongs(*byte));
            let whole = !self.is_address || address.len() == self.finder.needle().len();
            delimited && whole && Ipv4::parse(address).is_some()
        })
    }
}

/// One to three numbers, each with a dot behind it.
fn is_prefix(text: &str) -> bool {
    let Some(numbers) = text.strip_suffix('.') else { return false };
    numbers.split('.').count() <= 3
        && numbers
            .split('.')
            .all(|number| number.bytes().all(|byte| byte.is_ascii_digit()) && number.parse::<u8>().is_ok())
}

/// Whether a byte is part of a word: a letter, a digit or any character outside ASCII.
fn belongs(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Whether a digit stands before the dot at the end.
fn ends_with_digit(bytes: &[u8]) -> bool {
    matches!(bytes, [.., digit, _] if digit.is_ascii_digit())
}

fn has_argument(arguments: &Arguments<'_>, target: Target) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    let sought: Vec<_> = (1..arguments.len()).map(|position| arguments.strings(position)).collect::<Result<_, _>>()?;
    let constant: Option<Vec<&str>> = sought.iter().map(|strings| strings.constant()).collect();
    let constant: Option<Vec<Needle>> =
        constant.map(|sought| sought.iter().filter_map(|text| Needle::new(text, target)).collect());
    Ok(booleans(arguments.rows(), |row| {
        let text = texts.value(row);
        match &constant {
            Some(needles) => needles.iter().any(|needle| needle.is_in(text)),
            None => sought
                .iter()
                .filter_map(|strings| Needle::new(strings.value(row), target))
                .any(|needle| needle.is_in(text)),
        }
    }))
}

fn has_element(arguments: &Arguments<'_>, target: Target) -> Result<ArrayRef, KernelError> {
    let (texts, arrays) = (arguments.strings(0)?, arguments.strings(1)?);
    let needles = |array: &str| -> Vec<Needle> {
        let sought = Dynamic::new(array).elements().map(|element| element.to_string_value());
        sought.filter_map(|text: Cow<'_, str>| Needle::new(&text, target)).collect()
    };
    let constant = arrays.constant().map(needles);
    Ok(booleans(arguments.rows(), |row| {
        let text = texts.value(row);
        match &constant {
            Some(needles) => needles.iter().any(|needle| needle.is_in(text)),
            None => needles(arrays.value(row)).iter().any(|needle| needle.is_in(text)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, overload, show, strings, text};

    #[test]
    fn an_address_must_stand_by_itself() {
        let texts = strings(&[
            "10.0.0.1",
            "(10.0.0.1)",
            "at 10.0.0.1.",
            "10.0.0.10 10.0.0.1",
            "x10.0.0.1",
            "10.0.0.1x",
            "1.10.0.0.1",
            "10.0.0.1.5",
            "é10.0.0.1",
            "",
            "v.10.0.0.1",
        ]);
        let found = "true|true|true|true|false|false|false|false|false|false|true";
        assert_eq!(call("has_ipv4", &[texts.clone(), text("10.0.0.1")]), found);
        assert_eq!(call("has_ipv4_prefix", &[texts, text("10.0.0.1")]), found);
    }

    #[test]
    fn only_addresses_are_found() {
        let sought = strings(&["10.0.0.256", "10.0.0.0/8", "10.0.0.", ""]);
        assert_eq!(call("has_ipv4", &[text("10.0.0.256 10.0.0.0/8 10.0.0.1"), sought]), "false|false|false|false");
    }

    #[test]
    fn prefixes_end_with_a_dot() {
        let sought = strings(&["10.", "10.0.", "10.0.0.", "10.0", "10.0.0.0.", "0.0.", "10..", ".", "300."]);
        let found = "true|true|true|false|false|false|false|false|false";
        assert_eq!(call("has_ipv4_prefix", &[text("300.1.1.1 10.0.0.7"), sought]), found);
        assert_eq!(call("has_ipv4_prefix", &[strings(&["10.0.0.300", "10.0.0"]), text("10.0.")]), "false|false");
    }

    #[test]
    fn one_of_several_is_enough() {
        let texts = strings(&["a 10.0.0.1", "b 10.0.0.2", ""]);
        assert_eq!(call("has_any_ipv4", &[texts.clone(), text("x"), text("10.0.0.2")]), "false|true|false");
        let arrays = dynamics(&[Some(r#"["10.0.0.1"]"#), Some(r#"["10.0.0.1"]"#), None]);
        assert_eq!(show(overload("has_any_ipv4", 1, &[texts.clone(), arrays])), "true|false|false");
        let prefixes = dynamic(r#"["192.168.","10.0."]"#);
        assert_eq!(show(overload("has_any_ipv4_prefix", 1, &[texts.clone(), prefixes])), "true|true|false");
        assert_eq!(
            call("has_any_ipv4_prefix", &[texts, text("192."), strings(&["10.", "1.", "10."])]),
            "true|false|false"
        );
    }
}
