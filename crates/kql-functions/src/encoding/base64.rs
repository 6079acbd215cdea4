//! Base64 of texts, byte arrays and guids.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic, Kind};

use super::convert;
use crate::documentation::example;
use crate::function::Alias;
use crate::overload::overload;
use crate::signature::{parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ParameterType, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    BASE64_ENCODE_TOSTRING,
    BASE64_DECODE_TOSTRING,
    BASE64_DECODE_TOARRAY,
    BASE64_ENCODE_FROMARRAY,
    BASE64_ENCODE_FROMGUID,
    BASE64_DECODE_TOGUID,
];

const BASE64: Parameter = parameter("base64_string", ScalarType::String).describe("The base64 to decode.");

const BASE64_ENCODE_TOSTRING: Function = Function {
    name: "base64_encode_tostring",
    aliases: &[Alias { name: "base64_encodestring", deprecated: true }],
    documentation: Documentation {
        summary: "Encodes a string in base64.",
        returns: "The base64 of the text's UTF-8 bytes, padded with `=`.",
        notes: "",
        page: "base64-encode-tostring-function",
    },
    overloads: &[overload!([
        parameter("string", ScalarType::String).describe("The text to encode."),
    ] -> String, base64_encode_tostring)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print base64_encode_tostring('whoami')", "d2hvYW1p"),
        example("print base64_encode_tostring('é')", "w6k="),
    ],
};

fn base64_encode_tostring(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| {
        STANDARD.encode_string(text, out);
        Ok(Some(()))
    })
}

const BASE64_DECODE_TOSTRING: Function = Function {
    name: "base64_decode_tostring",
    aliases: &[Alias { name: "base64_decodestring", deprecated: true }],
    documentation: Documentation {
        summary: "Decodes base64 to a string.",
        returns: "The text, or the empty string when the input is not base64 or its bytes are not UTF-8.",
        notes: "The padding with `=` must be there. An encoded PowerShell command is UTF-16: its text comes out with a \
                `\\0` after every ASCII character, which `replace_string(s, '\\0', '')` takes out.",
        page: "base64-decode-tostring-function",
    },
    overloads: &[overload!([BASE64] -> String, base64_decode_tostring)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print base64_decode_tostring('d2hvYW1p')", "whoami"),
        example("print base64_decode_tostring('not base64')", ""),
    ],
};

fn base64_decode_tostring(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| {
        let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(decoded.map(|decoded| out.push_str(&decoded)))
    })
}

const BASE64_DECODE_TOARRAY: Function = Function {
    name: "base64_decode_toarray",
    aliases: &[],
    documentation: Documentation {
        summary: "Decodes base64 to an array of bytes.",
        returns: "An array of longs from 0 to 255, or null when the input is not base64.",
        notes: "",
        page: "base64-decode-toarray-function",
    },
    overloads: &[overload!([BASE64] -> Dynamic, base64_decode_toarray)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print base64_decode_toarray('a3Fs')", "[107,113,108]"),
        example("print base64_decode_toarray('?')", ""),
    ],
};

fn base64_decode_toarray(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    let mut bytes = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        bytes.clear();
        if STANDARD.decode_vec(texts.value(row), &mut bytes).is_err() {
            return Ok(false);
        }
        let mut array = Builder::new(out);
        array.begin_array();
        bytes.iter().for_each(|byte| array.long(i64::from(*byte)));
        array.end_array();
        Ok(true)
    })
}

const BASE64_ENCODE_FROMARRAY: Function = Function {
    name: "base64_encode_fromarray",
    aliases: &[],
    documentation: Documentation {
        summary: "Encodes an array of bytes in base64.",
        returns: "The base64 of the bytes, or the empty string when the argument is not an array of integers from 0 \
                  to 255.",
        notes: "",
        page: "base64-encode-fromarray-function",
    },
    overloads: &[overload!([
        parameter_of("base64_string_decoded_as_array", ParameterType::DynamicArray)
            .describe("The bytes, as integers from 0 to 255."),
    ] -> String, base64_encode_fromarray)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print base64_encode_fromarray(dynamic([107, 113, 108]))", "a3Fs"),
        example("print base64_encode_fromarray(dynamic([256]))", ""),
    ],
};

fn base64_encode_fromarray(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| {
        let array = Dynamic::new(text);
        let byte = |element: Dynamic<'_>| element.as_i64().and_then(|value| u8::try_from(value).ok());
        let bytes: Option<Vec<u8>> = array.elements().map(byte).collect();
        Ok(bytes.filter(|_| array.kind() == Kind::Array).map(|bytes| STANDARD.encode_string(bytes, out)))
    })
}

const BASE64_ENCODE_FROMGUID: Function = Function {
    name: "base64_encode_fromguid",
    aliases: &[],
    documentation: Documentation {
        summary: "Encodes a guid in base64.",
        returns: "The base64 of the guid's sixteen bytes; the empty string for null.",
        notes: "The bytes of the first three groups are swapped, as Windows stores guids.",
        page: "base64-encode-fromguid-function",
    },
    overloads: &[overload!([
        parameter("guid", ScalarType::Guid).describe("The guid to encode."),
    ] -> String, base64_encode_fromguid)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print base64_encode_fromguid(guid(00112233-4455-6677-8899-aabbccddeeff))",
        "MyIRAFVEd2aImaq7zN3u/w==",
    )],
};

fn base64_encode_fromguid(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let guids = arguments.get(0)?;
    let array = guids.array().as_fixed_size_binary_opt();
    let array = array.ok_or_else(|| KernelError("base64_encode_fromguid takes a guid".to_owned()))?;
    output::strings(arguments.rows(), |row, out| {
        let row = if guids.is_constant() { 0 } else { row };
        if array.is_valid(row)
            && let Ok(bytes) = array.value(row).try_into()
        {
            STANDARD.encode_string(as_windows_stores_it(bytes), out);
        }
        Ok(())
    })
}

const BASE64_DECODE_TOGUID: Function = Function {
    name: "base64_decode_toguid",
    aliases: &[],
    documentation: Documentation {
        summary: "Decodes base64 to a guid.",
        returns: "The guid, or null when the input is not the base64 of sixteen bytes.",
        notes: "The bytes of the first three groups are swapped, as Windows stores guids.",
        page: "base64-decode-toguid-function",
    },
    overloads: &[overload!([BASE64] -> Guid, base64_decode_toguid)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print base64_decode_toguid('MyIRAFVEd2aImaq7zN3u/w==')", "00112233-4455-6677-8899-aabbccddeeff"),
        example("print base64_decode_toguid('a3Fs')", ""),
    ],
};

fn base64_decode_toguid(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    let mut builder = FixedSizeBinaryBuilder::with_capacity(arguments.rows(), 16);
    for row in 0..arguments.rows() {
        let bytes = STANDARD.decode(texts.value(row)).ok();
        match bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()) {
            Some(bytes) => builder.append_value(as_windows_stores_it(bytes))?,
            None => builder.append_null(),
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// Swaps the bytes of the first three groups; twice gives the guid back.
fn as_windows_stores_it(guid: [u8; 16]) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = guid;
    let [i, j, k, l, m, n, o, p] = rest;
    [d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]
}

#[cfg(test)]
mod tests {
    use kql_types::{ScalarType, Value};

    use crate::Argument;
    use crate::testing::{call, dynamics, overload, strings};

    #[test]
    fn texts_are_encoded_and_decoded() {
        assert_eq!(call("base64_encode_tostring", &[strings(&["a", "é!", ""])]), "YQ==|w6kh|");
        let encoded = strings(&["YQ==", "w6kh", "", "YQ", "Y Q==", "/w==", "cABzAA=="]);
        assert_eq!(call("base64_decode_tostring", &[encoded]), "a|é!|||||p\0s\0");
    }

    #[test]
    fn bytes_are_encoded_and_decoded() {
        assert_eq!(call("base64_decode_toarray", &[strings(&["/wA=", "", "/wA"])]), "[255,0]|[]|null");
        let arrays = dynamics(&[Some("[255,0]"), Some("[]"), Some("[-1]"), Some("[\"a\"]"), Some("7"), None]);
        assert_eq!(call("base64_encode_fromarray", &[arrays]), "/wA=|||||");
    }

    #[test]
    fn guids_are_encoded_and_decoded() {
        let guid = Value::Guid(*b"0123456789abcdef");
        let encoded = call("base64_encode_fromguid", &[Argument::Constant(guid.to_array())]);
        let decoded = overload("base64_decode_toguid", 0, &[strings(&[&encoded, "", "YQ=="])]).unwrap();
        assert_eq!(Value::from_array(&decoded, 0, ScalarType::Guid), Some(guid));
        assert_eq!(Value::from_array(&decoded, 1, ScalarType::Guid), Some(Value::Null(ScalarType::Guid)));
        assert_eq!(Value::from_array(&decoded, 2, ScalarType::Guid), Some(Value::Null(ScalarType::Guid)));
        let null = Argument::Constant(Value::Null(ScalarType::Guid).to_array());
        assert_eq!(call("base64_encode_fromguid", &[null]), "");
    }
}
