//! Strings from and to the code points they are made of, and punycode, which writes them in ASCII.

use arrow::array::ArrayRef;
use idna::punycode;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic, Kind};

use crate::documentation::example;
use crate::function::Alias;
use crate::overload::overload;
use crate::signature::{parameter, parameter_of, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    UNICODE_CODEPOINTS_FROM_STRING,
    UNICODE_CODEPOINTS_TO_STRING,
    PUNYCODE_FROM_STRING,
    PUNYCODE_TO_STRING,
    PUNYCODE_DOMAIN_FROM_STRING,
    PUNYCODE_DOMAIN_TO_STRING,
];

const UNICODE_CODEPOINTS_FROM_STRING: Function = Function {
    name: "unicode_codepoints_from_string",
    aliases: &[Alias { name: "to_utf8", deprecated: true }],
    documentation: Documentation {
        summary: "Gives the code points of a string.",
        returns: "An array of longs, one for each code point.",
        notes: "",
        page: "unicode-codepoints-from-string-function",
    },
    overloads: &[
        overload!([text_of_any("value").describe("The text to take apart.")] -> Dynamic, unicode_codepoints_from_string),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print unicode_codepoints_from_string('kql')", "[107,113,108]"),
        example("print unicode_codepoints_from_string('')", "[]"),
    ],
};

fn unicode_codepoints_from_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let mut array = Builder::new(out);
        array.begin_array();
        texts.value(row).chars().for_each(|character| array.long(i64::from(u32::from(character))));
        array.end_array();
        Ok(true)
    })
}

const UNICODE_CODEPOINTS_TO_STRING: Function = Function {
    name: "unicode_codepoints_to_string",
    aliases: &[Alias { name: "make_string", deprecated: true }],
    documentation: Documentation {
        summary: "Makes a string of code points.",
        returns: "The string of all code points in order, or the empty string when one of them is none.",
        notes: "Arguments are integers and arrays of integers, in any mixture.",
        page: "unicode-codepoints-to-string-function",
    },
    overloads: &[overload!([parameter_of("value", ParameterType::IntegerOrArray)
        .passed_as(PassedAs::Converted(ScalarType::Dynamic))
        .repeated()
        .describe("A code point or an array of code points.")] -> String, unicode_codepoints_to_string)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print unicode_codepoints_to_string(107, 113, 108)", "kql"),
        example("print unicode_codepoints_to_string(dynamic([107, 113]), 108)", "kql"),
    ],
};

fn unicode_codepoints_to_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let parts: Vec<_> = (0..arguments.len()).map(|position| arguments.strings(position)).collect::<Result<_, _>>()?;
    output::strings(arguments.rows(), |row, out| {
        let values = parts.iter().map(|part| Dynamic::new(part.value(row)));
        if values.map(|value| push_code_points(value, out)).any(|pushed| pushed.is_none()) {
            out.clear();
        }
        Ok(())
    })
}

/// Appends a code point or an array of them; `None` when something is no code point.
fn push_code_points(value: Dynamic<'_>, out: &mut String) -> Option<()> {
    let character = |value: Dynamic<'_>| char::from_u32(u32::try_from(value.as_i64()?).ok()?);
    if value.kind() == Kind::Array {
        for element in value.elements() {
            out.push(character(element)?);
        }
    } else {
        out.push(character(value)?);
    }
    Some(())
}

const STRING: Parameter = parameter("string", ScalarType::String).describe("The text to convert.");

const PUNYCODE_FROM_STRING: Function = Function {
    name: "punycode_from_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Encodes a string in punycode.",
        returns: "The punycode of the text, without the prefix `xn--`; the empty string when it cannot be encoded.",
        notes: "For domain names, whose parts are encoded each for itself, see `punycode_domain_to_string`.",
        page: "punycode-from-string-function",
    },
    overloads: &[overload!([STRING] -> String, punycode_from_string)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print punycode_from_string('bücher')", "bcher-kva")],
};

fn punycode_from_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| {
        out.push_str(&punycode::encode_str(text)?);
        Some(())
    })
}

const PUNYCODE_TO_STRING: Function = Function {
    name: "punycode_to_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Decodes punycode.",
        returns: "The text, or the empty string when it is not punycode.",
        notes: "The prefix `xn--` must be cut off before; for whole domain names see `punycode_domain_from_string`.",
        page: "punycode-to-string-function",
    },
    overloads: &[overload!([STRING] -> String, punycode_to_string)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print punycode_to_string('bcher-kva')", "bücher"),
        example("print punycode_to_string('é')", ""),
    ],
};

fn punycode_to_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| {
        out.push_str(&punycode::decode_to_string(text)?);
        Some(())
    })
}

/// What marks an encoded part of a domain name.
const PREFIX: &str = "xn--";

const PUNYCODE_DOMAIN_FROM_STRING: Function = Function {
    name: "punycode_domain_from_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Decodes a domain name that is written in punycode.",
        returns: "The name with every part that starts with `xn--` decoded; the empty string when one is not punycode.",
        notes: "",
        page: "punycode-domain-from-string-function",
    },
    overloads: &[overload!([STRING] -> String, punycode_domain_from_string)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print punycode_domain_from_string('www.xn--bcher-kva.example')", "www.bücher.example")],
};

fn punycode_domain_from_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |domain, out| {
        labels(domain, out, |label, out| {
            match label.strip_prefix(PREFIX) {
                Some(encoded) => out.push_str(&punycode::decode_to_string(encoded)?),
                None => out.push_str(label),
            }
            Some(())
        })
    })
}

const PUNYCODE_DOMAIN_TO_STRING: Function = Function {
    name: "punycode_domain_to_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Encodes a domain name in punycode.",
        returns: "The name with every part that is not ASCII encoded behind `xn--`, joined by plain dots.",
        notes: "The ideographic full stops `。`, `．` and `｡` part a name as `.` does. Case is kept.",
        page: "punycode-domain-to-string-function",
    },
    overloads: &[overload!([STRING] -> String, punycode_domain_to_string)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print punycode_domain_to_string('www.bücher.example')", "www.xn--bcher-kva.example")],
};

fn punycode_domain_to_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |domain, out| {
        labels(domain, out, |label, out| {
            if label.is_ascii() {
                out.push_str(label);
            } else {
                out.push_str(PREFIX);
                out.push_str(&punycode::encode_str(label)?);
            }
            Some(())
        })
    })
}

/// Converts each text; where that fails, the result is the empty string.
fn convert(
    arguments: &Arguments<'_>,
    convert: impl Fn(&str, &mut String) -> Option<()>,
) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::strings(arguments.rows(), |row, out| {
        if convert(texts.value(row), out).is_none() {
            out.clear();
        }
        Ok(())
    })
}

/// Converts each part of a domain name.
fn labels(domain: &str, out: &mut String, convert: impl Fn(&str, &mut String) -> Option<()>) -> Option<()> {
    for (position, label) in domain.split(['.', '。', '．', '｡']).enumerate() {
        if position > 0 {
            out.push('.');
        }
        convert(label, out)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamics, strings};

    #[test]
    fn code_points_come_apart_and_together() {
        assert_eq!(call("unicode_codepoints_from_string", &[strings(&["aé😀", ""])]), "[97,233,128512]|[]");
        let values =
            dynamics(&[Some("[97,233,128512]"), Some("98"), Some("[]"), None, Some("[1114112]"), Some("[\"a\"]")]);
        assert_eq!(call("unicode_codepoints_to_string", &[values]), "aé😀|b||||");
        assert_eq!(call("unicode_codepoints_to_string", &[dynamics(&[Some("97")]), dynamics(&[Some("-1")])]), "");
    }

    #[test]
    fn punycode_is_encoded_and_decoded() {
        let words = strings(&["münchen", "plain", ""]);
        assert_eq!(call("punycode_from_string", &[words]), "mnchen-3ya|plain-|");
        assert_eq!(call("punycode_to_string", &[strings(&["mnchen-3ya", "plain-", "", "!é"])]), "münchen|plain||");
    }

    #[test]
    fn domains_are_converted_by_part() {
        let domains = strings(&["Münch.a。é", "a.b", "", "."]);
        assert_eq!(call("punycode_domain_to_string", &[domains]), "xn--Mnch-0ra.a.xn--9ca|a.b||.");
        let encoded = strings(&["xn--Mnch-0ra.a.xn--9ca", "a.b", "", "xn--\u{e9}.a"]);
        assert_eq!(call("punycode_domain_from_string", &[encoded]), "Münch.a.é|a.b||");
    }
}
