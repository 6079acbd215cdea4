//! Percent-encoding of URLs.

use std::fmt::Write;

use arrow::array::ArrayRef;
use kql_types::ScalarType;

use super::convert;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[URL_ENCODE, URL_ENCODE_COMPONENT, URL_DECODE];

const URL: Parameter = parameter("url", ScalarType::String).describe("The text to encode.");

const URL_ENCODE: Function = Function {
    name: "url_encode",
    aliases: &[],
    documentation: Documentation {
        summary: "Encodes a string for use in a URL, spaces as `+`.",
        returns: "The text with `+` for spaces and `%xx` for every byte of other characters than letters, digits and \
                  `-_.!*()`.",
        notes: "`url_encode_component` writes a space as `%20`.",
        page: "url-encode-function",
    },
    overloads: &[overload!([URL] -> String, url_encode)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print url_encode('a b/ç?')", "a+b%2f%c3%a7%3f")],
};

fn url_encode(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| encode(text, "+", out).map(Some))
}

const URL_ENCODE_COMPONENT: Function = Function {
    name: "url_encode_component",
    aliases: &[],
    documentation: Documentation {
        summary: "Encodes a string for use as a part of a URL, spaces as `%20`.",
        returns: "The text with `%xx` for every byte of other characters than letters, digits and `-_.!*()`.",
        notes: "`url_encode` writes a space as `+`.",
        page: "url-encode-component-function",
    },
    overloads: &[overload!([URL] -> String, url_encode_component)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print url_encode_component('a b/ç?')", "a%20b%2f%c3%a7%3f")],
};

fn url_encode_component(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| encode(text, "%20", out).map(Some))
}

fn encode(text: &str, space: &str, out: &mut String) -> Result<(), KernelError> {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02x}").map_err(|error| KernelError(error.to_string()))?,
        }
    }
    Ok(())
}

const URL_DECODE: Function = Function {
    name: "url_decode",
    aliases: &[],
    documentation: Documentation {
        summary: "Decodes a percent-encoded URL.",
        returns: "The text with every `%xx` replaced by its byte and every `+` by a space.",
        notes: "A `%` that two hexadecimal digits do not follow stays as it is. Bytes that are not UTF-8 become \
                U+FFFD.",
        page: "url-decode-function",
    },
    overloads: &[overload!([
        parameter("encoded_url", ScalarType::String).describe("The text to decode."),
    ] -> String, url_decode)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print url_decode('a%20b%2f%c3%a7+d')", "a b/ç d"),
        example("print url_decode('100%')", "100%"),
    ],
};

fn url_decode(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| {
        decode(text, out);
        Ok(Some(()))
    })
}

/// Appends the text with its escapes decoded.
pub(crate) fn decode(text: &str, out: &mut String) {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        out.push_str(text);
        return;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hexadecimal(*high) << 4 | hexadecimal(*low));
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    out.push_str(&String::from_utf8_lossy(&bytes));
}

/// The value of a hexadecimal digit.
fn hexadecimal(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a').wrapping_add(10),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings};

    #[test]
    fn what_is_encoded_is_decoded() {
        let texts = strings(&["a b&c=d~'", "", "é😀-_.!*()"]);
        let encoded = "a+b%26c%3dd%7e%27||%c3%a9%f0%9f%98%80-_.!*()";
        assert_eq!(call("url_encode", std::slice::from_ref(&texts)), encoded);
        assert_eq!(call("url_encode_component", &[texts]), encoded.replace('+', "%20"));
        let parts: Vec<&str> = encoded.split('|').collect();
        assert_eq!(call("url_decode", &[strings(&parts)]), "a b&c=d~'||é😀-_.!*()");
    }

    #[test]
    fn broken_escapes_stay() {
        assert_eq!(call("url_decode", &[strings(&["%", "%4", "%zz%41", "%C3%A9", "%ff"])]), "%|%4|%zzA|é|\u{fffd}");
    }
}
