//! Hashes of scalars: xxHash64 and the cryptographic ones.

use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type, Float64Type, Int32Type, Int64Type, ToByteSlice};
use kql_types::ScalarType;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use twox_hash::XxHash64;

use crate::documentation::example;
use crate::overload::{overload, unavailable};
use crate::signature::{integer, parameter_of};
use crate::{
    Argument, Arguments, Documentation, Function, KernelError, Parameter, ParameterType, PassedAs, ResultName, output,
};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[HASH, HASH_XXHASH64, HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_COMBINE, HASH_MANY];

const SOURCE: Parameter = parameter_of("source", ParameterType::NotDynamic).describe("The value to hash.");
const SOURCE_AS_TEXT: Parameter = SOURCE.passed_as(PassedAs::Converted(ScalarType::String));
const MODULUS: Parameter =
    integer("mod").optional().describe("Gives the remainder of dividing by this, from 0 to one less.");

const HASH: Function = Function {
    name: "hash",
    aliases: &[],
    documentation: Documentation {
        summary: "Hashes a scalar.",
        returns: "The xxHash64 of the value as a long, or its remainder from 0 to `mod` - 1; null for null and for \
                  a `mod` below 1.",
        notes: "Strings are hashed by their UTF-8 bytes, other values by the bytes in which they are stored, so \
                `hash(1)` and `hash('1')` differ. `hash_sha256` is the one to keep beyond a query.",
        page: "hash-function",
    },
    overloads: &[overload!([SOURCE, MODULUS] -> Long, xxhash64)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print hash('kusto')", "-4008127160729250337"), example("print hash('kusto', 100)", "79")],
};

const HASH_XXHASH64: Function = Function {
    name: "hash_xxhash64",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the xxHash64 of a scalar.",
        returns: "The hash as a long, or its remainder from 0 to `mod` - 1; null for null and for a `mod` below 1.",
        notes: "The same as `hash`.",
        page: "hash-xxhash64-function",
    },
    overloads: &[overload!([SOURCE, MODULUS] -> Long, xxhash64)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print hash_xxhash64('kusto') == hash('kusto')", "True")],
};

fn xxhash64(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let modulus = if arguments.len() > 1 { Some(arguments.primitives::<Int64Type>(1)?) } else { None };
    let hashes = Hashes::of(arguments.get(0)?)?;
    Ok(output::longs(arguments.rows(), |row| {
        let hash = hashes.get(row)?;
        let Some(modulus) = &modulus else { return Some(hash.cast_signed()) };
        let modulus = u64::try_from(modulus.get(row)?).ok()?;
        i64::try_from(hash.checked_rem(modulus)?).ok()
    }))
}

/// The hash of every value; null for null.
pub(crate) fn hashes(array: &dyn Array) -> Result<Vec<Option<u64>>, KernelError> {
    Ok(match array.data_type() {
        DataType::Utf8View => {
            let texts = array.as_string_view();
            // A null string is the empty string.
            texts.iter().map(|text| Some(hash(text.unwrap_or("").as_bytes()))).collect()
        }
        DataType::Boolean => array.as_boolean().iter().map(|value| Some(hash(&[u8::from(value?)]))).collect(),
        DataType::Int32 => primitives::<Int32Type>(array),
        DataType::Int64 => primitives::<Int64Type>(array),
        DataType::Float64 => primitives::<Float64Type>(array),
        DataType::Decimal128(..) => primitives::<Decimal128Type>(array),
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().iter().map(|bytes| Some(hash(bytes?))).collect(),
        other => return Err(KernelError(format!("hash does not know how to hash {other}"))),
    })
}

/// The hashes of an argument's values.
struct Hashes {
    values: Vec<Option<u64>>,
    constant: bool,
}

impl Hashes {
    fn of(argument: &Argument) -> Result<Hashes, KernelError> {
        let values = hashes(argument.array().as_ref())?;
        Ok(Hashes { values, constant: argument.is_constant() })
    }

    fn get(&self, row: usize) -> Option<u64> {
        self.values.get(if self.constant { 0 } else { row }).copied().flatten()
    }
}

fn primitives<T: ArrowPrimitiveType>(array: &dyn Array) -> Vec<Option<u64>> {
    array.as_primitive::<T>().iter().map(|value| Some(hash(value?.to_byte_slice()))).collect()
}

pub(crate) fn hash(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(0, bytes)
}

const HASH_MD5: Function = Function {
    name: "hash_md5",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the MD5 hash of a scalar's text.",
        returns: "The hash as 32 hexadecimal digits in lower case.",
        notes: "The value is hashed as `tostring` writes it. MD5 is not safe against forgery.",
        page: "hash-md5-function",
    },
    overloads: &[overload!([SOURCE_AS_TEXT] -> String, digest::<Md5>)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print hash_md5('kusto')", "344735b75f50f600dce1cac2d2d84005"),
        example("print hash_md5('')", "d41d8cd98f00b204e9800998ecf8427e"),
    ],
};

const HASH_SHA1: Function = Function {
    name: "hash_sha1",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the SHA-1 hash of a scalar's text.",
        returns: "The hash as 40 hexadecimal digits in lower case.",
        notes: "The value is hashed as `tostring` writes it. SHA-1 is not safe against forgery.",
        page: "hash-sha1-function",
    },
    overloads: &[overload!([SOURCE_AS_TEXT] -> String, digest::<Sha1>)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print hash_sha1('')", "da39a3ee5e6b4b0d3255bfef95601890afd80709")],
};

const HASH_SHA256: Function = Function {
    name: "hash_sha256",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the SHA-256 hash of a scalar's text.",
        returns: "The hash as 64 hexadecimal digits in lower case.",
        notes: "The value is hashed as `tostring` writes it.",
        page: "hash-sha256-function",
    },
    overloads: &[overload!([SOURCE_AS_TEXT] -> String, digest::<Sha256>)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print hash_sha256('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")],
};

fn digest<D: Digest>(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::strings(arguments.rows(), |row, out| {
        for byte in D::digest(texts.value(row).as_bytes()) {
            write!(out, "{byte:02x}").map_err(|error| KernelError(error.to_string()))?;
        }
        Ok(())
    })
}

const UNKNOWN_COMBINATION: &str = "how Kusto combines hashes is not documented; \
    hash_sha256(strcat_delim(…)) gives a hash of several values";

const HASH_COMBINE: Function = Function {
    name: "hash_combine",
    aliases: &[],
    documentation: Documentation {
        summary: "Combines hashes into one.",
        returns: "Nothing: it is known to the language and refused when run.",
        notes: "How Kusto combines hashes is not documented. Use `hash_sha256(strcat_delim('|', a, b))`.",
        page: "hash-combine-function",
    },
    overloads: &[unavailable!([
        parameter_of("source", ParameterType::Scalar).describe("A hash."),
        parameter_of("source", ParameterType::Scalar).repeated().describe("A further hash."),
    ] -> Long, UNKNOWN_COMBINATION)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[],
};

const HASH_MANY: Function = Function {
    name: "hash_many",
    aliases: &[],
    documentation: Documentation {
        summary: "Hashes several scalars into one hash.",
        returns: "Nothing: it is known to the language and refused when run.",
        notes: "How Kusto combines hashes is not documented. Use `hash_sha256(strcat_delim('|', a, b))`.",
        page: "hash-many-function",
    },
    overloads: &[unavailable!([SOURCE.repeated()] -> Long, UNKNOWN_COMBINATION)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[],
};

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int32Array};
    use kql_types::Value;

    use crate::Argument;
    use crate::testing::{call, long, longs, strings};

    #[test]
    fn texts_are_hashed_by_their_bytes() {
        // The first two are the algorithm's own test vectors.
        assert_eq!(call("hash", &[strings(&["", "abc"])]), "-1205034819632174695|4952883123889572249");
        assert_eq!(call("hash", &[strings(&["abc"]), long(100)]), "49");
        assert_eq!(
            call("hash", &[strings(&[""]), long(1000)]),
            ((-1205034819632174695i64).cast_unsigned() % 1000).to_string()
        );
        assert_eq!(call("hash", &[strings(&["a", "a", "a"]), longs(&[Some(0), Some(-1), None])]), "null|null|null");
    }

    #[test]
    fn other_values_are_hashed_by_how_they_are_stored() {
        let column = |array: ArrayRef| call("hash", &[Argument::Array(array)]);
        let one = column(Arc::new(Int32Array::from(vec![Some(1), None])));
        assert!(one.ends_with("|null"));
        assert_ne!(one.split('|').next(), Some(call("hash", &[long(1)]).as_str()));
        assert_eq!(column(Arc::new(Float64Array::from(vec![0.0]))), call("hash", &[long(0)]));
        assert_eq!(column(Arc::new(BooleanArray::from(vec![true]))), call("hash", &[strings(&["\u{1}"])]));
        let guid = Argument::Constant(Value::Guid(*b"0123456789abcdef").to_array());
        assert_eq!(call("hash_xxhash64", &[guid]), call("hash", &[strings(&["0123456789abcdef"])]));
    }

    #[test]
    fn digests_are_written_in_hexadecimal() {
        let words = strings(&["abc", "é"]);
        assert_eq!(
            call("hash_md5", std::slice::from_ref(&words)),
            "900150983cd24fb0d6963f7d28e17f72|66ddcd97cfdeabb2f6fb8a999b4bc76f"
        );
        assert_eq!(
            call("hash_sha1", std::slice::from_ref(&words)),
            "a9993e364706816aba3e25717850c26c9cd0d89d|bf15be717ac1b080b4f1c456692825891ff5073d"
        );
        assert_eq!(
            call("hash_sha256", &[words]),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\
             |4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
        );
    }
}
