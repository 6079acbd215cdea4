//! Base64, URL encoding, gzip and zlib.

use arrow::array::ArrayRef;

use crate::{Arguments, Function, KernelError, output};

mod base64;
mod compression;
mod url;

/// The families of this folder.
pub static FAMILIES: &[&[Function]] = &[base64::FUNCTIONS, url::FUNCTIONS, compression::FUNCTIONS];

/// Converts each text; where that gives nothing, the result is the empty string.
fn convert(
    arguments: &Arguments<'_>,
    convert: impl Fn(&str, &mut String) -> Result<Option<()>, KernelError>,
) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    output::strings(arguments.rows(), |row, out| {
        if convert(texts.value(row), out)?.is_none() {
            out.clear();
        }
        Ok(())
    })
}
