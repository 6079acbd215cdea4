//! Text files as people have them: UTF-8 with and without a byte order mark, and the UTF-16 that PowerShell writes.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};

/// How a text lies in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16LittleEndian,
    Utf16BigEndian,
}

const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

impl Encoding {
    /// As the byte order mark says.
    fn of(bytes: &[u8]) -> Encoding {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8WithMark,
            [0xff, 0xfe, ..] => Encoding::Utf16LittleEndian,
            [0xfe, 0xff, ..] => Encoding::Utf16BigEndian,
            _ => Encoding::Utf8,
        }
    }

    /// The text without its mark; `None` where the bytes are no text.
    fn decode(self, mut bytes: Vec<u8>) -> Option<String> {
        let decode: fn([u8; 2]) -> u16 = match self {
            Encoding::Utf8 => return String::from_utf8(bytes).ok(),
            Encoding::Utf8WithMark => return String::from_utf8(bytes.split_off(UTF8_MARK.len())).ok(),
            Encoding::Utf16LittleEndian => u16::from_le_bytes,
            Encoding::Utf16BigEndian => u16::from_be_bytes,
        };
        if !bytes.len().is_multiple_of(2) {
            return None;
        }
        let units = bytes.chunks_exact(2).skip(1).filter_map(|pair| Some(decode(pair.try_into().ok()?)));
        String::from_utf16(&units.collect::<Vec<u16>>()).ok()
    }

    fn encode(self, text: &str) -> Vec<u8> {
        let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
        match self {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf8WithMark => [UTF8_MARK, text.as_bytes()].concat(),
            Encoding::Utf16LittleEndian => units().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16BigEndian => units().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

/// The text of a file, without its byte order mark.
///
/// # Errors
/// It cannot be read, or is no text.
pub fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    text(bytes, &path.display().to_string())
}

/// The text on standard input.
///
/// # Errors
/// It cannot be read, or is no text.
pub fn read_standard_input() -> Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    text(bytes, "standard input")
}

fn text(bytes: Vec<u8>, shown: &str) -> Result<String> {
    let text = Encoding::of(&bytes).decode(bytes);
    text.ok_or_else(|| anyhow!("cannot read {shown}: it is no text in UTF-8, nor in UTF-16 with a byte order mark"))
}

/// Writes another text into a file, whole or not at all, with the encoding and the permissions that it had.
///
/// # Errors
/// When it cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    // Behind a link lies the file that is meant.
    let path = std::fs::canonicalize(path)?;
    let encoding = Encoding::of(&std::fs::read(&path)?);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&encoding.encode(text))?;
    file.as_file().set_permissions(std::fs::metadata(&path)?.permissions())?;
    file.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    #[test]
    fn a_text_is_the_same_in_every_encoding() {
        let text = "Tä | where 𝄞 == 1\r\n";
        for encoding in [Encoding::Utf8, Encoding::Utf8WithMark, Encoding::Utf16LittleEndian, Encoding::Utf16BigEndian]
        {
            let bytes = encoding.encode(text);
            assert_eq!(Encoding::of(&bytes), encoding);
            assert_eq!(encoding.decode(bytes).as_deref(), Some(text));
        }
        assert_eq!(Encoding::of(&[0xff, 0xfe, 0x41]).decode(vec![0xff, 0xfe, 0x41]), None);
        assert_eq!(Encoding::Utf8.decode(vec![0xe9]), None);
    }
}
