//! Texts compressed by gzip or zlib and written in base64.

use std::io::{Read, Write};

use arrow::array::ArrayRef;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use kql_types::ScalarType;

use super::convert;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[GZIP_COMPRESS, GZIP_DECOMPRESS, ZLIB_COMPRESS, ZLIB_DECOMPRESS];

/// The longest text that is decompressed, in bytes, so that a few bytes of input cannot fill the memory.
const LONGEST: u64 = 256 * 1024 * 1024;

/// Texts up to this many bytes are stored as they are: compressing them gains nothing.
const STORED: usize = 64;

const TEXT: Parameter = parameter("string", ScalarType::String).describe("The text to compress.");
const BASE64: Parameter = parameter("string", ScalarType::String).describe("The base64 of the compressed text.");

const GZIP_COMPRESS: Function = Function {
    name: "gzip_compress_to_base64_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Compresses a string by gzip and encodes the result in base64.",
        returns: "The base64 of the compressed text.",
        notes: "The same text may compress to other bytes elsewhere; they decompress to the same text.",
        page: "gzip-base64-compress",
    },
    overloads: &[overload!([TEXT] -> String, gzip_compress)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print gzip_decompress_from_base64_string(gzip_compress_to_base64_string('kusto'))", "kusto")],
};

fn gzip_compress(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| {
        let mut encoder = GzEncoder::new(Vec::new(), level(text));
        let compressed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
        let mut compressed = compressed.map_err(|error| KernelError(error.to_string()))?;
        // The ninth byte tells how hard the compressor tried; Kusto leaves it open.
        if let Some(effort) = compressed.get_mut(8) {
            *effort = 0;
        }
        STANDARD.encode_string(compressed, out);
        Ok(Some(()))
    })
}

const GZIP_DECOMPRESS: Function = Function {
    name: "gzip_decompress_from_base64_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Decodes base64 and decompresses the result by gzip.",
        returns: "The text, or the empty string when the input is not the base64 of a gzip of UTF-8 text.",
        notes: "",
        page: "gzip-base64-decompress",
    },
    overloads: &[overload!([BASE64] -> String, gzip_decompress)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print gzip_decompress_from_base64_string('H4sIAAAAAAACA8suzMkBAKGkHBUEAAAA')", "kqll"),
        example("print gzip_decompress_from_base64_string('no gzip')", ""),
    ],
};

fn gzip_decompress(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| decompress(text, |bytes| Box::new(GzDecoder::new(bytes)), out))
}

const ZLIB_COMPRESS: Function = Function {
    name: "zlib_compress_to_base64_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Compresses a string by zlib and encodes the result in base64.",
        returns: "The base64 of the compressed text.",
        notes: "The same text may compress to other bytes elsewhere; they decompress to the same text.",
        page: "zlib-base64-compress-function",
    },
    overloads: &[overload!([TEXT] -> String, zlib_compress)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print zlib_decompress_from_base64_string(zlib_compress_to_base64_string('kusto'))", "kusto")],
};

fn zlib_compress(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| {
        let mut encoder = ZlibEncoder::new(Vec::new(), level(text));
        let compressed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
        STANDARD.encode_string(compressed.map_err(|error| KernelError(error.to_string()))?, out);
        Ok(Some(()))
    })
}

const ZLIB_DECOMPRESS: Function = Function {
    name: "zlib_decompress_from_base64_string",
    aliases: &[],
    documentation: Documentation {
        summary: "Decodes base64 and decompresses the result by zlib.",
        returns: "The text, or the empty string when the input is not the base64 of zlib-compressed UTF-8 text.",
        notes: "",
        page: "zlib-base64-decompress-function",
    },
    overloads: &[overload!([BASE64] -> String, zlib_decompress)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print zlib_decompress_from_base64_string('eJzLLszJAQAERwG1')", "kqll"),
        example("print zlib_decompress_from_base64_string('no zlib')", ""),
    ],
};

fn zlib_decompress(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    convert(arguments, |text, out| decompress(text, |bytes| Box::new(ZlibDecoder::new(bytes)), out))
}

fn level(text: &str) -> Compression {
    if text.len() <= STORED { Compression::none() } else { Compression::default() }
}

/// Appends the text of compressed bytes in base64; `Ok(None)` when it is no such text.
fn decompress(
    text: &str,
    decoder: fn(&[u8]) -> Box<dyn Read + '_>,
    out: &mut String,
) -> Result<Option<()>, KernelError> {
    let Ok(bytes) = STANDARD.decode(text) else { return Ok(None) };
    let decompressed = decoder(&bytes).take(LONGEST + 1).read_to_string(out);
    match decompressed.map(u64::try_from) {
        Ok(Ok(length)) if length <= LONGEST => Ok(Some(())),
        Ok(_) => Err(KernelError(format!("a compressed text is longer than {LONGEST} bytes"))),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings, text};

    #[test]
    fn what_is_compressed_is_decompressed() {
        let long = "añb".repeat(100_000);
        let texts = [long.as_str(), "", "short 😀"];
        for (compress, decompress) in [
            ("gzip_compress_to_base64_string", "gzip_decompress_from_base64_string"),
            ("zlib_compress_to_base64_string", "zlib_decompress_from_base64_string"),
        ] {
            let compressed = call(compress, &[strings(&texts)]);
            assert!(compressed.len() < long.len() / 10);
            let compressed: Vec<&str> = compressed.split('|').collect();
            assert_eq!(call(decompress, &[strings(&compressed)]), texts.join("|"));
        }
    }

    #[test]
    fn short_texts_are_stored() {
        assert_eq!(call("zlib_compress_to_base64_string", &[text("kql")]), "eAEBAwD8/2txbAKSAUk=");
        assert_eq!(call("gzip_compress_to_base64_string", &[text("kql")]), "H4sIAAAAAAAA/wEDAPz/a3FsF5jjyQMAAAA=");
    }

    #[test]
    fn what_is_not_compressed_text_is_empty() {
        let texts = strings(&["", "kql", "a3Fs", "/w=="]);
        assert_eq!(call("gzip_decompress_from_base64_string", std::slice::from_ref(&texts)), "|||");
        assert_eq!(call("zlib_decompress_from_base64_string", &[texts]), "|||");
    }
}
